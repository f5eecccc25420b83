"""All policies on all seeds: a process a seed, as many at once as there are cores to use."""

import gc
import multiprocessing
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.simulating.parts import Parts
from tactful.simulator.world.policy import REFUSAL_COST
from tactful.simulator.world.running import (
    COLD,
    LEARNED,
    ORACLE,
    TIRELESS,
    WARM,
    run_policy,
    warm_up,
)
from tactful.simulator.world.tally import Outcome
from tactful.simulator.world.world import Plan, world_of

_WARM_UP = "warm-up"
_COST = {COLD: 12.0, WARM: 16.0, TIRELESS: 16.0, ORACLE: 4.0, _WARM_UP: 5.0}
"""How long each takes, roughly, beside a baseline: for the progress bar."""
_LOOK_EVERY_S = 0.5

_told: Any = None
"""In a worker: the queue to tell progress by."""


@dataclass(frozen=True)
class Comparison:
    """What is to be compared.

    Attributes:
        plans: a world each.
        policies: their names, in the order of the report.
        warm_up_users: how many users the warm-up learns from.
        folder: where parts are kept.
        refusal_cost: what an unsubscribe or complaint costs by Tactful's policy, in engagements.
    """

    plans: tuple[Plan, ...]
    policies: tuple[str, ...]
    warm_up_users: int
    folder: Path
    refusal_cost: float = REFUSAL_COST

    def parts(self) -> Parts:
        """The folder of parts."""
        return Parts(self.folder, warm_up_users=self.warm_up_users, refusal_cost=self.refusal_cost)


def compare(
    comparison: Comparison, jobs: int, progress: Callable[[float], None]
) -> dict[str, list[Outcome]]:
    """Run what was not kept already; by policy, one outcome a seed.

    Args:
        comparison: what to run.
        jobs: processes at once.
        progress: told the share done.
    """
    parts = comparison.parts()
    missing = [plan for plan in comparison.plans if _missing(parts, comparison, plan)]
    if missing:
        _run(comparison, missing, min(jobs, len(missing)), progress)
    found: dict[str, list[Outcome]] = {policy: [] for policy in comparison.policies}
    for plan in comparison.plans:
        for policy in comparison.policies:
            outcome = parts.outcome(plan, policy)
            assert outcome is not None, f"seed {plan.seed}, {policy}"
            found[policy].append(outcome)
    return found


def _missing(parts: Parts, comparison: Comparison, plan: Plan) -> list[str]:
    return [policy for policy in comparison.policies if parts.outcome(plan, policy) is None]


def _run(
    comparison: Comparison,
    plans: Sequence[Plan],
    jobs: int,
    progress: Callable[[float], None],
) -> None:
    if jobs == 1:
        for done, plan in enumerate(plans):

            def tell(share: float, done: int = done) -> None:
                progress((done + share) / len(plans))

            _seed(comparison, plan, tell)
        return
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    shares: dict[int, float] = {plan.seed: 0.0 for plan in plans}
    with ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(told,)) as pool:
        waiting: set[Future[None]] = {pool.submit(_seed, comparison, plan) for plan in plans}
        try:
            while waiting:
                finished, waiting = wait(waiting, _LOOK_EVERY_S, FIRST_COMPLETED)
                for future in finished:
                    future.result()
                _look(told, shares)
                progress(sum(shares.values()) / len(shares))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _look(told: Any, shares: dict[int, float]) -> None:
    while True:
        try:
            seed, share = told.get_nowait()
        except queue.Empty:
            return
        shares[seed] = share


def _begin(told: Any) -> None:
    global _told  # noqa: PLW0603 - a worker process has one queue, given when it begins
    _told = told


def _seed(
    comparison: Comparison, plan: Plan, progress: Callable[[float], None] | None = None
) -> None:
    """All that is missing of one seed, each kept as soon as it is there."""

    def tell(share: float) -> None:
        if progress is not None:
            progress(share)
        elif _told is not None:
            _told.put((plan.seed, share))

    parts = comparison.parts()
    missing = _missing(parts, comparison, plan)
    world_of(plan)
    gc.freeze()  # the world stays as it is: no use in looking through it again and again
    learned = None
    steps = list(missing)
    if any(policy in LEARNED for policy in missing):
        learned = parts.learned(plan)
        if learned is None:
            steps.insert(0, _WARM_UP)
    total = sum(_COST.get(step, 1.0) for step in steps)
    done = 0.0
    for step in steps:
        cost = _COST.get(step, 1.0)

        def within(share: float, done: float = done, cost: float = cost) -> None:
            tell((done + share * cost) / total)

        if step == _WARM_UP:
            learned = warm_up(plan, comparison.warm_up_users, within, comparison.refusal_cost)
            parts.keep_learned(plan, learned)
        else:
            found = run_policy(plan, step, learned, within, comparison.refusal_cost)
            parts.keep(plan, found)
        done += cost
        tell(done / total)
