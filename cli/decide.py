"""`tactful decide`: the decide job on the cluster, live or over the history in the topics."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen

if TYPE_CHECKING:
    from deploy.settings import Settings


def _written(settings: "Settings") -> tuple[int, int]:
    """How many verdicts and how many dead letters there have been so far."""
    from cli.broker import Reader
    from deploy.connections import kafka_of
    from tactful import topics

    with Reader(kafka_of(settings)) as reader:
        return (
            reader.written(topics.name_of(topics.LEDGER, settings.topic_prefix)),
            reader.written(topics.name_of(topics.DEAD_LETTERS, settings.topic_prefix)),
        )


@reported
def decide(
    history: Annotated[
        bool,
        typer.Option("--history", help="Decide all that is in the topics, by its own times, once."),
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Seconds that --history may take.", min=1)
    ] = 3600.0,
    stop: Annotated[
        bool, typer.Option("--stop", help="End the job at a savepoint, from which it goes on.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin without the state of earlier runs.")
    ] = False,
) -> None:
    """Submit the decide job, unless it runs, and start the sinks of profiles and history.

    It goes on from the newest savepoint or checkpoint of its earlier runs on this stack.

    With --history a second job reads the topics from their start to their end as they are now,
    takes its clock from the records, writes its verdicts, and is over. Give history a topic prefix
    of its own, or the live job meets its old records too.

    For example:

    $ tactful decide

    $ tactful decide --stop

    $ TACTFUL_TOPIC_PREFIX=replay tactful decide --history
    """
    from cli.pipeline import ensure_decide, ensure_sinks, run_history, stop_decide
    from cli.show import shown_progress
    from cli.volume import missing_controller
    from cli.words import plural
    from deploy.local.errors import StackError
    from deploy.local.flink import Flink
    from deploy.settings import Settings
    from tactful import topics

    settings = Settings()
    screen = Screen()
    began_s = time.monotonic()
    before = _written(settings) if history else (0, 0)
    with shown_progress() as progress:
        if history:
            job_id = run_history(settings, progress, timeout)
        elif stop:
            savepoint = stop_decide(settings, progress)
        else:
            job_id, submitted = ensure_decide(settings, progress, fresh=fresh)
            ensure_sinks(settings)
    if history:
        verdicts, refused = (
            now - then for now, then in zip(_written(settings), before, strict=True)
        )
        state = str(Flink(settings).job(job_id)["state"])
        screen.say(
            f"The history job {job_id} {state} after {time.monotonic() - began_s:.0f} s: "
            f"{plural(verdicts, 'verdict')} in {settings.topic_prefix}.{topics.LEDGER}, "
            f"{plural(refused, 'record')} refused."
        )
        if state != "FINISHED":
            raise StackError(
                f"The history job is {state}:\n{Flink(settings).root_cause(job_id)}",
                "More is in `tactful logs taskmanager-1`.",
            )
        if verdicts == 0:
            raise StackError(
                "Nothing was decided: the topics hold no request, or all were refused.",
                f"{settings.topic_prefix}.{topics.DEAD_LETTERS} says why.",
            )
        return
    if stop:
        screen.say(f"The decide job stopped at {savepoint}." if savepoint else "It did not run.")
        return
    screen.say(
        f"The decide job {'started' if submitted else 'was running'}: "
        f"{settings.flink_url}/#/job/{job_id}/overview"
    )
    told = missing_controller(settings)
    if told is not None:
        screen.say(told, style="yellow")
