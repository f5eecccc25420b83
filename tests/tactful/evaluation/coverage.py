# ruff: noqa: T201
"""How often intervals hold, in simulated worlds: the tables of docs/evaluation.md are printed here.

Run it with `python tests/tactful/evaluation/coverage.py`; it takes a few minutes.
"""

from collections import defaultdict

import numpy as np
from logged_worlds import World

from tactful.evaluation import ActionMeans, Doubt, Intervals, Method, evaluate, path, table

SIZES = ((0, 5), (5, 10), (10, 20), (20, 40), (40, 10**9))
RUNS = 400


def worlds(seed: int) -> World:
    """Rates from rare to common, and policies from alike to far apart."""
    rng = np.random.default_rng(seed)
    actions = int(rng.integers(3, 35))
    top = 10 ** rng.uniform(-2.3, -0.5)
    even = np.full(actions, 1 / actions)
    mixed = [
        0.95 * rng.dirichlet(np.full(actions, rng.uniform(0.3, 3))) + 0.05 * even for _ in "ab"
    ]
    logging, wanted = [even, mixed[0]] if rng.random() < 0.5 else [mixed[0], even]
    if rng.random() < 0.3:
        logging, wanted = mixed
    return World(rng.uniform(top / 4, top, actions), logging, wanted)


def of_values() -> None:
    """Coverage by effective rewards, and by whether there was a warning."""
    counts: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for seed in range(RUNS * 2):
        world = worlds(seed)
        log = world.log(int(np.random.default_rng(seed).choice([1000, 3000, 10_000])), seed)
        asked = table(log, world.wanted[None, :])
        for method in (Method.NORMAL, Method.BOOTSTRAP):
            report = evaluate(log, asked, ActionMeans(), Intervals(method))
            size = next(f"{a}-{b}" for a, b in SIZES if a <= report.effective_rewards < b)
            doubts = {caution.doubt for caution in report.cautions}
            for name, estimate in report.estimates.items():
                hit = world.value in estimate.interval
                counts[method, name, size].append(hit)
                counts[method, name, "no warning" if not doubts else "warning"].append(hit)
                if doubts and Doubt.FEW_REWARDS not in doubts:
                    counts[method, name, "warning, not of few rewards"].append(hit)
    for key in sorted(counts):
        print(*key, f"{np.mean(counts[key]):.3f} of {len(counts[key])}", sep=" | ")


def of_sequences() -> None:
    """How often a sequence ever leaves out the truth."""
    rng = np.random.default_rng(0)
    for treated_rate, control_rate, share in (
        (0.01, 0.01, 0.5),
        (0.012, 0.006, 0.5),
        (0.012, 0.006, 0.9),
        (0.15, 0.10, 0.5),
        (0.15, 0.10, 0.9),
        (0.5, 0.5, 0.5),
    ):
        for spread in (3.0, 10.0, 20.0):
            missed, begun = 0, 0
            for _ in range(RUNS):
                treated = rng.random(20_000) < share
                happened = rng.random(20_000) < np.where(treated, treated_rate, control_rate)
                walked = path(treated, happened.astype(float), start_spread=spread)
                there = ~np.isnan(walked.low)
                truth = treated_rate - control_rate
                begun += bool(there.any())
                missed += bool(((walked.low > truth) | (walked.high < truth))[there].any())
            print(treated_rate, control_rate, share, f"start {spread:g}", sep=" | ", end=" | ")
            print(f"begun {begun / RUNS:.3f} | ever missed {missed / RUNS:.3f}")


if __name__ == "__main__":
    of_values()
    of_sequences()
