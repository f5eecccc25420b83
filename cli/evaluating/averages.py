"""What a model of engagement has to beat: each user's exponential average of past answers."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from tactful.evaluation.estimate import Floats
from tactful.learning.replay import Scored

_CLIP_PROB = 0.001
_PRIOR_RATE, _PRIOR_SENDS = 0.1, 20.0
"""The global rate before the first label, and how many sends it is worth."""


def averages(
    rows: Sequence[Scored], labels_after_ms: int, half_lives: Sequence[int]
) -> dict[int, Floats]:
    """By half-life in sends: of each row the user's average over labels known at its moment.

    It starts from the rate of all labels known when the user's first send was.
    """
    gains = {each: 1.0 - 0.5 ** (1.0 / each) for each in half_lives}
    of_user: dict[str, dict[int, float]] = {}
    waiting: deque[Scored] = deque()
    known = engaged = 0
    found: dict[int, list[float]] = {each: [] for each in half_lives}
    for row in rows:
        while waiting and waiting[0].at_ms + labels_after_ms <= row.at_ms:
            past = waiting.popleft()
            known += 1
            engaged += past.engaged
            mine = of_user[past.user_id]
            for half_life, gain in gains.items():
                mine[half_life] += gain * (past.engaged - mine[half_life])
        if row.user_id not in of_user:
            rate = (engaged + _PRIOR_SENDS * _PRIOR_RATE) / (known + _PRIOR_SENDS)
            of_user[row.user_id] = dict.fromkeys(half_lives, rate)
        for half_life in half_lives:
            found[half_life].append(of_user[row.user_id][half_life])
        waiting.append(row)
    return {each: np.asarray(values) for each, values in found.items()}


def global_rate(rows: Sequence[Scored], labels_after_ms: int) -> Floats:
    """Of each row the rate of all labels known at its moment."""
    waiting: deque[Scored] = deque()
    known = engaged = 0
    found = []
    for row in rows:
        while waiting and waiting[0].at_ms + labels_after_ms <= row.at_ms:
            known += 1
            engaged += waiting.popleft().engaged
        found.append((engaged + _PRIOR_SENDS * _PRIOR_RATE) / (known + _PRIOR_SENDS))
        waiting.append(row)
    return np.asarray(found)


def clipped(probs: Floats) -> Floats:
    """Kept away from 0 and 1, which an average reaches and a log loss can't stand."""
    return np.clip(probs, _CLIP_PROB, 1 - _CLIP_PROB)


def calibrated(probs: Floats, labels: Floats, train: "np.ndarray") -> Floats:  # type: ignore[type-arg]
    """The same ranking with the best log loss on the training rows.

    Platt's scaling (1999): sigmoid(a + b log-odds), a and b by maximum likelihood.
    """
    odds = np.log(clipped(probs) / (1 - clipped(probs)))
    x, y = odds[train], labels[train]

    def loss(ab: Floats) -> float:
        z = ab[0] + ab[1] * x
        return float((np.logaddexp(0, z) - y * z).mean())

    a, b = minimize(loss, np.array([0.0, 1.0]), method="Nelder-Mead").x
    return np.asarray(1.0 / (1.0 + np.exp(-(a + b * odds))))
