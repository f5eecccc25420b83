"""How well the hours of a user's next opens are foretold, each from the opens before it alone.

`score` asks any way of predicting; the ways themselves are in `tactful.evaluation.hour_models`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from tactful.evaluation.estimate import Estimate, Floats, Ints
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.policy_value import INTERVALS, Intervals
from tactful.evaluation.predictions import hits
from tactful.evaluation.targets import Mask

HOURS = 24
HOURS_OF_WEEK = 168
VISIT_GAP_MS = 30 * 60_000
"""An open later than this after the user's last one begins a new visit."""


@dataclass(frozen=True, slots=True)
class Opens:
    """When users opened something, in the order of time.

    Attributes:
        users: (rows,) as numbers from 0.
        at_ms: (rows,) epoch milliseconds, never falling.
        hours_of_week: (rows,) in the user's own zone, 0 to 167; 0 is Monday 00:00 to 01:00.
    """

    users: Ints
    at_ms: Ints
    hours_of_week: Ints

    def __post_init__(self) -> None:
        rows = len(self.at_ms)
        for name in ("users", "hours_of_week"):
            if len(getattr(self, name)) != rows:
                raise EvaluationError(
                    f"opens.{name}: found {len(getattr(self, name))} rows, allowed: {rows}"
                )
        falls = np.flatnonzero(np.diff(self.at_ms) < 0)
        if len(falls):
            raise EvaluationError(
                f"opens.at_ms: found row {falls[0] + 1} earlier than the one before it, "
                "allowed: the order of time"
            )
        hours = self.hours_of_week
        if rows and not 0 <= hours.min() <= hours.max() < HOURS_OF_WEEK:
            raise EvaluationError(
                f"opens.hours_of_week: found {hours.min()} to {hours.max()}, allowed: 0 to 167"
            )

    def __len__(self) -> int:
        return len(self.at_ms)


@dataclass(frozen=True, slots=True)
class Past:
    """All that may be known of an open before it happens; the time of the open is not among it.

    Attributes:
        user: whose open it will be.
        at_ms: the user's earlier opens, in order.
        hours_of_week: of the user's earlier opens, 0 to 167.
        begins_visit: which of them began a visit.
        everyone: (168,) earlier opens of all users by hour of the week.
        everyone_visits: (168,) those of them that began a visit.
    """

    user: int
    at_ms: list[int]
    hours_of_week: list[int]
    begins_visit: list[bool]
    everyone: Floats
    everyone_visits: Floats


Predict = Callable[[Past, int], Floats]
"""(past, weekday with 0 for Monday) -> (24,) probabilities of the hours of that day.

Opens are asked for in the order of time, so a predictor may keep a state per user; the lists and
arrays of the past are the scorer's own and grow after the call.
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """How each scored open was foretold.

    Attributes:
        users: (rows,) whose open it was.
        begins_visit: (rows,) whether it began a visit.
        hits: (rows,) whether its hour was among the k likeliest, 0 to 1 (see `hits`).
        losses: (rows,) -log of the probability given to its hour, in nats.
    """

    users: Ints
    begins_visit: Mask
    hits: Floats
    losses: Floats

    def __len__(self) -> int:
        return len(self.losses)

    @property
    def visits(self) -> "Scored":
        """The opens that began a visit alone: the others only say that the user was still there."""
        rows = self.begins_visit
        return Scored(self.users[rows], rows[rows], self.hits[rows], self.losses[rows])

    def hit(self, intervals: Intervals = INTERVALS) -> Estimate:
        """The share of hits, with an interval over users."""
        return self._mean(self.hits, intervals)

    def log_loss(self, intervals: Intervals = INTERVALS) -> Estimate:
        """The mean loss, with an interval over users."""
        return self._mean(self.losses, intervals)

    def gains(self, other: "Scored", intervals: Intervals = INTERVALS) -> tuple[Estimate, Estimate]:
        """Hits more, and loss less, than another way on the same opens: paired, over users."""
        if len(self) != len(other):
            raise EvaluationError(
                f"gains: found {len(other)} opens, allowed: the same {len(self)} as scored here"
            )
        return (
            self._mean(self.hits - other.hits, intervals),
            self._mean(other.losses - self.losses, intervals),
        )

    def _mean(self, values: Floats, intervals: Intervals) -> Estimate:
        units = np.unique(self.users, return_inverse=True)[1]
        return intervals.of(values, np.ones(len(values)), units)


def score(
    opens: Opens,
    predict: Predict,
    *,
    k: int = 3,
    warm_up: float = 0.3,
    visit_gap_ms: int = VISIT_GAP_MS,
) -> Scored:
    """Walk through the opens; each is foretold from those before it, then told.

    Prequential evaluation (Dawid, 1984, JRSS A 147). The weekday of an open is given, its time is
    not: how long the user was away would say whether it belongs to the same visit.

    Args:
        opens: in the order of time.
        predict: the way of predicting.
        k: how many hours may be named.
        warm_up: the first share of the opens, learned from but not scored.
        visit_gap_ms: an open later than this after the user's last one begins a new visit.

    Raises:
        EvaluationError: If nothing is left to score, or a prediction is no distribution.
    """
    if not 0 <= warm_up < 1:
        raise EvaluationError(f"warm_up: found {warm_up}, allowed: 0 up to 1, without 1")
    first = ceil(warm_up * len(opens))
    if first >= len(opens):
        raise EvaluationError(f"opens: found {len(opens)} rows, allowed: some after the warm-up")
    everyone, everyone_visits = np.zeros(HOURS_OF_WEEK), np.zeros(HOURS_OF_WEEK)
    pasts: dict[int, Past] = {}
    begun = np.zeros(len(opens), dtype=bool)
    predicted = np.zeros((len(opens) - first, HOURS))
    rows = zip(
        opens.users.tolist(), opens.at_ms.tolist(), opens.hours_of_week.tolist(), strict=True
    )
    for row, (user, at_ms, hour_of_week) in enumerate(rows):
        past = pasts.get(user)
        if past is None:
            past = pasts[user] = Past(user, [], [], [], everyone, everyone_visits)
        if row >= first:
            predicted[row - first] = predict(past, hour_of_week // HOURS)
        begins = not past.at_ms or at_ms - past.at_ms[-1] > visit_gap_ms
        begun[row] = begins
        past.at_ms.append(at_ms)
        past.hours_of_week.append(hour_of_week)
        past.begins_visit.append(begins)
        everyone[hour_of_week] += 1
        everyone_visits[hour_of_week] += begins
    return _scored(opens, predicted, begun, first, k)


def _scored(opens: Opens, predicted: Floats, begun: Mask, first: int, k: int) -> Scored:
    wrong = ~(np.abs(predicted.sum(axis=1) - 1) < 1e-6) | (predicted < 0).any(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise EvaluationError(
            f"predict: found a sum of {predicted[row].sum():.6f}, least {predicted[row].min():g}, "
            f"for open {first + row}, allowed: 24 probabilities that sum to 1"
        )
    hours = opens.hours_of_week[first:] % HOURS
    given = predicted[np.arange(len(hours)), hours]
    with np.errstate(divide="ignore"):
        losses = -np.log(given)
    return Scored(opens.users[first:], begun[first:], hits(predicted, hours, k), losses)
