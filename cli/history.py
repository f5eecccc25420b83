"""`tactful history` runs the history sink: ledger and audit records into Cassandra."""

from typing import Annotated

import typer


def history(
    background: Annotated[
        bool,
        typer.Option("--background", help="Run it beside the stack, until `tactful down`."),
    ] = False,
) -> None:
    """Write the ledger and audit records from Kafka to Cassandra, in the foreground.

    Any number of them may run; they share the work.
    """
    from deploy.settings import Settings

    if background:
        from cli.pipeline import ensure_history_sink

        name = ensure_history_sink(Settings())
        print(f"The history sink runs; its log: `tactful logs {name}`.")
        return
    from jobs.history import main

    # the port of the one in the background may be taken: any free one will do, the log names it
    raise typer.Exit(main(["--metrics-port=0"]))
