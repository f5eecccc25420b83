# ruff: noqa: T201
"""Chooses the numbers of `visit_rhythm` on a log of opens: the tables of docs/evaluation.md.

Run it with `python tests/tactful/evaluation/choose_hours.py OPENS ZONE`, where OPENS is a CSV with
`user_id` and `opened_at_utc`. Users are split into five; each fifth is scored by the numbers that
lose least on the visits of the other four.
"""

import sys
from itertools import product

import numpy as np
import pandas as pd

from tactful.evaluation import Opens, Scored, ShrunkHours, Staying, VisitRhythm, score
from tactful.evaluation.hour_models import RhythmSettings

HALF_LIVES_DAYS = (28.0, 56.0, 112.0, 224.0, 1e6)
SIGMAS_HOURS = (0.0, 0.5, 1.0, 1.5)
KAPPAS_WEEK = (5.0, 10.0, 15.0, 20.0, 30.0)
KAPPAS_DAY_TYPE = (10.0, 20.0, 50.0, 1e9)
FOLDS = 5


def read(path: str, zone: str) -> Opens:
    frame = pd.read_csv(path)
    at = pd.to_datetime(frame["opened_at_utc"], utc=True)
    order = np.argsort(at.to_numpy(), kind="stable")
    local = at.dt.tz_convert(zone).dt
    return Opens(
        pd.factorize(frame["user_id"])[0][order],
        at.astype("datetime64[ms, UTC]").astype("int64").to_numpy()[order],
        (local.dayofweek * 24 + local.hour).to_numpy()[order],
    )


def say(name: str, scored: Scored) -> None:
    visits = scored.visits
    print(
        name,
        *(f"{part.hits.mean():.3f} / {part.losses.mean():.3f}" for part in (scored, visits)),
        sep=" | ",
    )


def main(path: str, zone: str) -> None:
    opens = read(path, zone)
    print("way | all opens: hit / log loss | visits: hit / log loss")
    say("own hours, shrunk", score(opens, ShrunkHours()))
    say(
        "first try: 28 days, sigma 1, kappas 20 and 20",
        score(opens, VisitRhythm(28.0, RhythmSettings(1.0, 20.0, 20.0))),
    )
    grid = list(product(HALF_LIVES_DAYS, SIGMAS_HOURS, KAPPAS_WEEK, KAPPAS_DAY_TYPE))
    found = {
        (half_life, *rest): score(opens, VisitRhythm(half_life, RhythmSettings(*rest)), warm_up=0)
        for half_life, *rest in grid
    }
    late = np.arange(len(opens)) >= len(opens) - len(score(opens, ShrunkHours()))
    losses = {key: each.losses for key, each in found.items()}
    visits = next(iter(found.values())).begins_visit
    early = min(losses, key=lambda key: float(losses[key][~late & visits].mean()))
    say(f"chosen on the first 30 %: {early}", _late(found[early], late))
    for seed in range(3):
        folds = np.random.default_rng(seed).permutation(opens.users.max() + 1) % FOLDS
        hits, lost, chosen = np.zeros(len(opens)), np.zeros(len(opens)), []
        for fold in range(FOLDS):
            own = folds[opens.users] == fold
            others = late & visits & ~own
            best = min(losses, key=lambda key, rows=others: float(losses[key][rows].mean()))
            hits[own], lost[own] = found[best].hits[own], found[best].losses[own]
            chosen.append(best)
        say(
            f"chosen on other users, split {seed}: {chosen}",
            _late(Scored(opens.users, visits, hits, lost), late),
        )
    best = min(losses, key=lambda key: float(losses[key][late & visits].mean()))
    say(f"chosen on all: {best}", _late(found[best], late))
    say(
        "  the same without day types",
        score(opens, VisitRhythm(best[0], RhythmSettings(best[1], best[2], 1e9, 1e9))),
    )
    say("  the same, or still there", score(opens, Staying(VisitRhythm())))


def _late(scored: Scored, late: np.ndarray) -> Scored:
    return Scored(
        scored.users[late], scored.begins_visit[late], scored.hits[late], scored.losses[late]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
