"""`tactful volume` runs the volume controller, which keeps the providers' rates by prices."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.settings import Settings

VOLUME = "volume"
"""The controller's name among the stack's workers, where the topics have their usual prefix."""


def ensure_volume(settings: "Settings") -> str:
    """Start the volume controller beside the stack, unless it runs; gives its name."""
    from cli.pipeline import named
    from deploy.local.stack import Stack

    name = named(VOLUME, settings)
    usual = name == VOLUME
    argv = (
        sys.executable,
        "-m",
        "jobs.volume",
        f"--bootstrap={settings.kafka_bootstrap}",
        f"--prefix={settings.topic_prefix}",
        # Two can't share the port; the log of the second names the one it took.
        f"--metrics-port={settings.volume_metrics_port if usual else 0}",
    )
    address = settings.addresses()["volume_metrics"] if usual else ""
    Stack(settings).start_worker(name, argv, address)
    return name


def missing_controller(settings: "Settings") -> str | None:
    """What to say where the policy in force has rates and no controller runs beside the stack."""
    from cli.pipeline import named
    from connectors.kafka.consumer import read_to_end
    from deploy.connections import kafka_of
    from deploy.local import processes
    from deploy.local.stack import Stack
    from tactful import topics
    from tactful.knowledge import POLICY_KEY, InvalidKnowledgeError, Knowledge

    record = Stack(settings).record(named(VOLUME, settings))
    if record is not None and processes.alive(record):
        return None
    knowledge = Knowledge()
    topic = topics.name_of(topics.KNOWLEDGE, settings.topic_prefix)
    for message in read_to_end(kafka_of(settings), [topic]):
        if message.key() == POLICY_KEY.encode():
            try:
                knowledge = knowledge.with_update(POLICY_KEY, message.value() or b"")
            except InvalidKnowledgeError:
                continue  # the job refuses it too
    limited = [
        f"{name} ({channel.rate_per_s:g}/s)"
        for name, channel in sorted(knowledge.policy.channels.items())
        if channel.rate_per_s is not None
    ]
    if not limited:
        return None
    return (
        f"The policy limits {', '.join(limited)}, and nothing on this stack keeps to it: "
        "`tactful volume --background`."
    )


def volume(
    background: Annotated[
        bool,
        typer.Option("--background", help="Run it beside the stack, until `tactful down`."),
    ] = False,
) -> None:
    """Keep the channels' rates (`rate_per_s`), in the foreground, until interrupted.

    It reads the ledger, and publishes a price for each channel on which more wants to go than its
    provider takes; the most valuable goes first. One is enough; a second does no harm.
    """
    if background:
        from deploy.settings import Settings

        name = ensure_volume(Settings())
        print(f"The volume controller runs; its log: `tactful logs {name}`.")
        return
    from jobs.volume import main

    # the port of the one in the background may be taken: any free one will do, the log names it
    raise typer.Exit(main(["--metrics-port=0"]))
