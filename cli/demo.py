"""`tactful demo`: a minute of a small simulated world on the real stack, and what came of it."""

from typing import Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen

_INTRODUCE_S = 90.0
_DRAIN_S = 30.0


@reported
def demo(
    seconds: Annotated[
        float, typer.Option("--seconds", "-n", min=1, help="How long traffic is sent.")
    ] = 60.0,
    people: Annotated[int, typer.Option(help="How many users there are.", min=10)] = 300,
    seed: Annotated[int, typer.Option(help="Another seed, other people and traffic.")] = 7,
    task_managers: Annotated[
        int | None, typer.Option(help="How many Flink TaskManagers.", min=1)
    ] = None,
) -> None:
    """Start everything, send a minute of simulated traffic, show what is decided.

    The stack stays up afterwards. A few hundred simulated users in several time zones act, upstream
    teams ask for notifications of all types, and the users answer what reaches them. Four broken
    records among them show what becomes of such.

    For example:

    $ tactful demo

    $ tactful demo --seconds 20 --people 50 --seed 1
    """
    from cli.broker import now_ms
    from cli.demo_loop import DemoLoop
    from cli.demo_summary import tell
    from cli.following import Follower
    from cli.pipeline import ensure_decide, ensure_sinks
    from cli.show import shown_progress
    from cli.watch import Drawer
    from deploy.local.errors import StackError
    from deploy.local.stack import Stack
    from deploy.settings import Settings
    from tactful.simulator import population

    settings = Settings()
    screen = Screen()
    with shown_progress() as progress:
        Stack(settings, progress).up(task_managers)
        job_id, submitted = ensure_decide(settings, progress)
        ensure_sinks(settings)
    screen.say("The stack is up, the decide job " + ("started." if submitted else "was running."))
    users = population(people, seed)
    began_ms = now_ms()
    with Follower(settings, began_ms) as follower:
        loop = DemoLoop(settings, users, seed, follower)
        try:
            with screen.progress(f"Introducing {people} users") as told:
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
