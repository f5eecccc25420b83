"""`tactful learn`: the learn job on the cluster."""

from typing import Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen


@reported
def learn(
    stop: Annotated[
        bool, typer.Option("--stop", help="End the job at a savepoint, from which it goes on.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin without what earlier runs learned.")
    ] = False,
) -> None:
    """Submit the learn job, unless it runs: it learns from examples and publishes models.

    It needs a TaskManager of its own beside the decide job's, and goes on from the newest savepoint
    or checkpoint of its earlier runs on this stack. The decide job takes each model up as it comes.

    For example:

    $ tactful up --task-managers 2

    $ tactful learn

    $ tactful learn --stop
    """
    from cli.pipeline import ensure_learn, stop_learn
    from cli.show import shown_progress
    from deploy.settings import Settings

    settings = Settings()
    screen = Screen()
    with shown_progress() as progress:
        if stop:
            savepoint = stop_learn(settings, progress)
        else:
            job_id, submitted = ensure_learn(settings, progress, fresh=fresh)
    if stop:
        screen.say(f"The learn job stopped at {savepoint}." if savepoint else "It did not run.")
        return
    screen.say(
        f"The learn job {'started' if submitted else 'was running'}: "
        f"{settings.flink_url}/#/job/{job_id}/overview"
    )
