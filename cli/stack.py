"""`tactful up`, `status`, `down` and `logs`: the local stack."""

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.settings import MAX_TASK_MANAGERS, Settings

if TYPE_CHECKING:
    from pathlib import Path


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(up)
    app.command()(status)
    app.command()(down)
    app.command()(logs)


def up(
    task_managers: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_TASK_MANAGERS, help="Run exactly so many Flink TaskManagers."),
    ] = None,
) -> None:
    """Start Kafka, Cassandra, Redis and Flink on this machine, or what of them is missing."""
    from cli.show import shown_progress
    from deploy.local.stack import Stack

    settings = Settings()
    began = time.monotonic()
    with shown_progress() as progress:
        started = Stack(settings, progress).up(task_managers)
    if started:
        print(f"The stack is up ({time.monotonic() - began:.0f} s).")
    else:
        print("The stack is up already.")
    print(f"  Kafka {settings.kafka_bootstrap}   Flink {settings.flink_url}   data {settings.home}")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all addresses.")] = False,
) -> None:
    """Show each part: whether it runs, its pid, address and log."""
    from cli.show import status_table
    from deploy.local.stack import Stack

    settings = Settings()
    found = Stack(settings).status()
    complete = all(part.state == "running" for part in found)
    if as_json:
        document = {
            "up": complete,
            "home": str(settings.home),
            "addresses": settings.addresses(),
            "parts": [
                {
                    "name": part.name,
                    "state": part.state,
                    "pid": part.pid,
                    "address": part.address,
                    "log": str(part.log),
                    "started_at_ms": part.started_at_ms,
                }
                for part in found
            ],
        }
        print(json.dumps(document, indent=2))
    else:
        status_table(found)
    if not complete:
        raise typer.Exit(3)


def down(
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Delete the data as well (not the jars).")
    ] = False,
) -> None:
    """End what `up` has started, and nothing else; the data stay."""
    from cli.show import shown_progress
    from deploy.local.stack import Stack

    with shown_progress() as progress:
        ended = Stack(Settings(), progress).down(wipe=wipe)
    print(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")
    if wipe:
        print("The data are deleted.")


def logs(
    part: Annotated[str | None, typer.Argument(help="Whose log; all, if not given.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last.")] = 40,
) -> None:
    """Show the last lines of a part's log (kafka, redis, jobmanager, taskmanager-1 …)."""
    from cli.show import follow_logs
    from deploy.local.errors import StackError

    folder = Settings().logs
    known: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix in {".log", ".out"}:
            known.setdefault(path.stem, []).append(path)
    if part is not None and part not in known:
        raise StackError(
            f"There is no log of {part!r} in {folder}.",
            f"Logs: {', '.join(known)}." if known else "Start the stack first: `tactful up`.",
        )
    chosen = [path for name, paths in known.items() if part in {None, name} for path in paths]
    follow_logs(chosen, lines=lines, follow=follow, named=len(chosen) > 1)
