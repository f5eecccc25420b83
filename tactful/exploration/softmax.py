"""A softmax with a floor, and a draw from it that depends on (seed, user, request) alone."""

from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from tactful.ids import uniform

_PURPOSE = b"exploration"


class Draw(NamedTuple):
    """Which option was drawn, and how likely that was."""

    option: int
    propensity: float


def probabilities(
    utilities: Sequence[float], temperature: float, min_prob: float
) -> tuple[float, ...]:
    """How likely each option is drawn.

    p_i = f + (1 - n f) exp(u_i / T) / sum_j exp(u_j / T), with f = min(min_prob, 1 / n)

    Args:
        utilities: of n options, at least one, in units of value.
        temperature: T, in units of value, above 0: two options that differ by T differ in their
            softmax by a factor of e.
        min_prob: the floor of each, 0 to 1. With 1 / n and more, all options are as likely.

    >>> probabilities([0.2, 0.2], 0.05, 0.0)
    (0.5, 0.5)
    """
    count = len(utilities)
    floor = min(min_prob, 1.0 / count)
    # Against the best, so that nothing overflows.
    best = max(utilities)
    weights = [exp((utility - best) / temperature) for utility in utilities]
    scale = max(0.0, 1.0 - count * floor) / sum(weights)
    return tuple(floor + scale * weight for weight in weights)


def draw(probs: Sequence[float], seed: int, user_id: str, request_id: str) -> Draw:
    """Draw one option: the same for the same seed, user and request, in any replay.

    >>> draw([1.0], 0, "u1", "r1")
    Draw(option=0, propensity=1.0)
    """
    left = uniform(_PURPOSE, str(seed), user_id, request_id) * sum(probs)
    for index, prob in enumerate(probs):
        left -= prob
        if left < 0.0:
            return Draw(index, prob)
    # Rounding may leave a grain beyond the last.
    likely = max(index for index, prob in enumerate(probs) if prob > 0.0)
    return Draw(likely, probs[likely])
