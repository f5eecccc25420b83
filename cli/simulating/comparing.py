"""`tactful simulate` in this process and its children: run, report, tell."""

from dataclasses import dataclass
from pathlib import Path

from cli.records_in import InputError
from cli.screen import Screen
from cli.simulating.report import tell, write
from cli.simulating.seeds import Comparison, compare
from tactful.simulator.world.policy import REFUSAL_COST
from tactful.simulator.world.running import POLICIES
from tactful.simulator.world.world import Plan


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    seeds: tuple[int, ...]
    users: int
    days: int
    drift_day: int | None
    policies: tuple[str, ...]
    output: Path
    jobs: int
    refusal_cost: float | None


def run(asked: Asked) -> None:
    """Compare the policies, write the report, and print the figures.

    Raises:
        InputError: for a policy that does not exist, or a folder that can't be written.
    """
    for name in asked.policies:
        if name not in POLICIES:
            raise InputError(f"--policy: found {name!r}, allowed: {', '.join(POLICIES)}")
    comparison = Comparison(
        plans=tuple(Plan(seed, asked.users, asked.days, asked.drift_day) for seed in asked.seeds),
        policies=tuple(name for name in POLICIES if not asked.policies or name in asked.policies),
        warm_up_users=max(20, asked.users // 2),
        folder=asked.output / "parts",
        refusal_cost=REFUSAL_COST if asked.refusal_cost is None else asked.refusal_cost,
    )
    screen = Screen()
    with screen.progress(f"{len(asked.seeds)} worlds, {len(comparison.policies)} policies") as told:
        runs = compare(comparison, asked.jobs, told)
    summary = write(asked.output, comparison, runs)
    tell(screen, summary)
    screen.say(f"The report: {asked.output / 'report.html'}")
