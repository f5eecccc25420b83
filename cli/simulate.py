"""`tactful simulate`: policies in a world whose truth is known, and how far each is from it."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from cli.records_in import InputError
from cli.reporting import reported


class Through(enum.StrEnum):
    """Where Tactful decides."""

    PROCESS = "process"
    KAFKA = "kafka"


_OF_PROCESS = ["seeds", "days", "output", "drift_day", "policy", "refusal_cost", "jobs", "quick"]
"""Options that mean nothing on the stack."""
_LIVE_USERS = 300


@reported
def simulate(
    context: typer.Context,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many worlds.")] = 10,
    users: Annotated[
        int, typer.Option("--users", min=20, help="Users of a world (kafka: 300).")
    ] = 2000,
    days: Annotated[int, typer.Option("--days", min=4, max=365, help="How long it lasts.")] = 60,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the report; parts are kept in it.")
    ] = Path("simulation"),
    drift_day: Annotated[
        int,
        typer.Option("--drift-day", min=0, help="When a quarter of the users change; 0: never."),
    ] = 30,
    first_seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed.")] = 1,
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help="Only this one; repeatable. Default: all."),
    ] = None,
    refusal_cost: Annotated[
        float | None,
        typer.Option(
            "--refusal-cost",
            min=0,
            help="What an unsubscribe or complaint costs by Tactful's policy, in engagements. "
            "Default: 40, as in the simulated shop.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes at once (cores).")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Two worlds of 150 users and 20 days, to look around.")
    ] = False,
    through: Annotated[
        Through,
        typer.Option("--through", help="Decide in this process, or by the job on the stack."),
    ] = Through.PROCESS,
    seconds: Annotated[
        float, typer.Option("--seconds", min=5, help="With --through kafka: how long.")
    ] = 60.0,
) -> None:
    """Let policies run in a simulated world, and measure them against each other and the truth.

    What was finished is kept in the output folder: the same command again goes on from there.

    For example:

    $ tactful simulate --quick

    $ tactful simulate --seeds 10 --users 2000 --days 60 --output report
    """
    if through is Through.KAFKA:
        from cli.simulating.live import run_live

        given = {each for each in context.params if _given(context, each)}
        wrong = [_option(each) for each in _OF_PROCESS if each in given]
        if wrong:
            raise InputError(
                f"--through kafka: found {', '.join(wrong)}, "
                "allowed beside it: --users, --seed, --seconds"
            )
        run_live(users if "users" in given else _LIVE_USERS, first_seed, seconds)
        return
    import os

    from cli.simulating.comparing import Asked, run

    if quick:
        seeds, users, days, drift_day = 2, 150, 20, 10
    run(
        Asked(
            seeds=tuple(range(first_seed, first_seed + seeds)),
            users=users,
            days=days,
            drift_day=drift_day or None,
            policies=tuple(policy or ()),
            output=output,
            jobs=jobs or os.cpu_count() or 1,
            refusal_cost=refusal_cost,
        )
    )


def _given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
