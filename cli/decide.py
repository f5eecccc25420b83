"""`tactful decide`: the decide job on the cluster, live or over the history in the topics."""

import time
from typing import Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen


@reported
def decide(
    history: Annotated[
        bool,
        typer.Option("--history", help="Decide all that is in the topics, by its own times, once."),
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Seconds that --history may take.", min=1)
    ] = 3600.0,
) -> None:
    """Submit the decide job, unless it runs, and start the profile sink.

    With --history a second job reads the topics from their start to their end as they are now,
    takes its clock from the records, writes its verdicts, and is over. Give history a topic prefix
    of its own, or the live job meets its old records too.

    For example:

    $ tactful decide

    $ TACTFUL_TOPIC_PREFIX=replay tactful decide --history
    """
    from cli.pipeline import ensure_decide, ensure_profile_sink, run_history
    from cli.show import shown_progress
    from deploy.local.flink import Flink
    from deploy.settings import Settings

    settings = Settings()
    screen = Screen()
    began_s = time.monotonic()
    with shown_progress() as progress:
        if history:
            job_id = run_history(settings, progress, timeout)
        else:
            job_id, submitted = ensure_decide(settings, progress)
            ensure_profile_sink(settings)
    if history:
        state = str(Flink(settings).job(job_id)["state"])
        screen.say(
            f"History decided: job {job_id} {state} after {time.monotonic() - began_s:.0f} s. "
            f"Verdicts are in {settings.topic_prefix}.ledger."
        )
        if state != "FINISHED":
            Screen(error=True).say(f"error: {Flink(settings).root_cause(job_id)}", style="red")
            raise typer.Exit(1)
        return
    screen.say(
        f"The decide job {'started' if submitted else 'was running'}: "
        f"{settings.flink_url}/#/job/{job_id}/overview"
    )
