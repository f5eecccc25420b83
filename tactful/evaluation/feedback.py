"""Logged bandit feedback: what was done, with what probability, and what came of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tactful.evaluation.estimate import Floats, Ints
from tactful.evaluation.faults import EvaluationError


@dataclass(frozen=True, slots=True)
class Feedback:
    """A log of decisions whose probability is known.

    Attributes:
        actions: (rows,) what was done, as numbers from 0 to `action_count` - 1.
        rewards: (rows,) what came of it.
        propensities: (rows,) the probability with which the log's policy did it.
        action_count: how many actions there are.
        cells: (rows,) the situation, as numbers from 0, where a policy depends on one that can be
            counted (a position, a segment). None: there is only one.
        units: (rows,) which rows belong together, as numbers from 0, such as a user's. None: each
            row is independent.
    """

    actions: Ints
    rewards: Floats
    propensities: Floats
    action_count: int
    cells: Ints | None = None
    units: Ints | None = None

    def __post_init__(self) -> None:
        rows = len(self.actions)
        for name in ("rewards", "propensities", "cells", "units"):
            values = getattr(self, name)
            if values is not None and len(values) != rows:
                raise EvaluationError(
                    f"feedback.{name}: found {len(values)} rows, allowed: {rows}, as of actions"
                )
        if rows and not 0 <= self.actions.min() <= self.actions.max() < self.action_count:
            raise EvaluationError(
                f"feedback.actions: found {self.actions.min()} to {self.actions.max()}, "
                f"allowed: 0 to {self.action_count - 1}"
            )

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def situations(self) -> Ints:
        """(rows,) the cell of each row; zeros where there is only one."""
        return np.zeros(len(self), dtype=np.int64) if self.cells is None else self.cells

    def usable(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(rows,) whether a row has a propensity in (0, 1] and a reward that is a number."""
        with np.errstate(invalid="ignore"):
            fine = (self.propensities > 0) & (self.propensities <= 1)
        return np.asarray(fine & np.isfinite(self.rewards))

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Feedback":
        """The log of these rows alone."""
        return Feedback(
            self.actions[rows],
            self.rewards[rows],
            self.propensities[rows],
            self.action_count,
            None if self.cells is None else self.cells[rows],
            None if self.units is None else np.unique(self.units[rows], return_inverse=True)[1],
        )


class Target(Protocol):
    """The policy whose value is asked for."""

    @property
    def of_logged(self) -> Floats:
        """(rows,) its probability of what the log did at each row."""
        ...

    def of(self, action: int) -> Floats | None:
        """(rows,) its probability of an action at each row; None if it knows the logged only."""
        ...

    def take(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Target":
        """The policy at these rows alone."""
        ...
