"""A simulated crowd on the real stack: start what is missing, run, tell what came of it."""

import typer

from cli.broker import now_ms
from cli.demo_loop import Crowd, DemoLoop
from cli.demo_summary import tell
from cli.following import Follower
from cli.pipeline import ensure_decide, ensure_sinks
from cli.screen import Screen
from cli.show import shown_progress
from cli.watch import Drawer
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.settings import Settings

_INTRODUCE_S = 90.0
_DRAIN_S = 30.0


def run_crowd(crowd: Crowd, seconds: float, task_managers: int | None = None) -> None:
    """Let a crowd live on the stack for so long; exits 1 if something did not work.

    Raises:
        StackError: if the stack does not start, or the job takes nothing.
    """
    settings = Settings()
    screen = Screen()
    with shown_progress() as progress:
        Stack(settings, progress).up(task_managers)
        job_id, submitted = ensure_decide(settings, progress)
        ensure_sinks(settings)
    screen.say("The stack is up, the decide job " + ("started." if submitted else "was running."))
    began_ms = now_ms()
    with Follower(settings, began_ms) as follower:
        loop = DemoLoop(settings, crowd, follower)
        try:
            with screen.progress(f"Introducing {len(crowd.user_ids)} users") as told:
                known = loop.introduce(_INTRODUCE_S, told)
            if known == 0:
                raise StackError(
                    f"The decide job took no profile update in {_INTRODUCE_S:.0f} s.",
                    "Look at `tactful logs taskmanager-1`, and at the job's page: "
                    f"{settings.flink_url}/#/job/{job_id}/overview",
                )
            screen.say(f"{known} users are known. Traffic for {seconds:g} s:")
            with Drawer(screen, follower.stats) as drawer:
                loop.run(seconds, drawer.draw)
                loop.drain(_DRAIN_S, drawer.draw)
        finally:
            loop.close()
        problems = tell(screen, settings, loop, follower.stats, job_id)
    for problem in problems:
        Screen(error=True).say(f"error: {problem}", style="red")
    if problems:
        raise typer.Exit(1)
