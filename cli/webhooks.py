"""`tactful webhooks` runs the worker that tells subscribers of decisions and changes."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.settings import Settings

WEBHOOKS = "webhooks"
"""The worker's name among those of the stack, where the topics have their usual prefix."""


def ensure_webhooks(settings: "Settings") -> str:
    """Start the webhook worker beside the stack, unless it runs; gives its name."""
    from cli.pipeline import named
    from deploy.local.stack import Stack

    name = named(WEBHOOKS, settings)
    usual = name == WEBHOOKS
    argv = (
        sys.executable,
        "-m",
        "jobs.webhooks",
        f"--bootstrap={settings.kafka_bootstrap}",
        f"--prefix={settings.topic_prefix}",
        # Two can't share the port; the log of the second names the one it took.
        f"--metrics-port={settings.webhooks_metrics_port if usual else 0}",
    )
    address = settings.addresses()["webhooks_metrics"] if usual else ""
    Stack(settings).start_worker(name, argv, address)
    return name


def webhooks(
    background: Annotated[
        bool,
        typer.Option("--background", help="Run it beside the stack, until `tactful down`."),
    ] = False,
) -> None:
    """Send webhooks, signed and retried, in the foreground, until interrupted.

    Subscriptions are made by `POST /v1/webhooks` of the API. One worker is enough.
    """
    if background:
        from deploy.settings import Settings

        name = ensure_webhooks(Settings())
        print(f"The webhook worker runs; its log: `tactful logs {name}`.")
        return
    from jobs.webhooks import main

    # the port of the one in the background may be taken: any free one will do, the log names it
    raise typer.Exit(main(["--metrics-port=0"]))
