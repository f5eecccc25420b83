"""`tactful demo`: a minute of a small simulated world on the real stack, and what came of it."""

from typing import Annotated

import typer

from cli.reporting import reported


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
    from cli.demo_loop import DemoCrowd
    from cli.demo_run import run_crowd
    from tactful.simulator import population

    run_crowd(DemoCrowd(population(people, seed), seed), seconds, task_managers)
