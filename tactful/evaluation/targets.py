"""Policies whose value can be asked for: uniform, one action always, a table, the row's own."""

from dataclasses import dataclass

import numpy as np

from tactful.evaluation.estimate import Floats, Ints
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.feedback import Feedback

_SUM_TOLERANCE = 1e-6
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class TableTarget:
    """A policy that depends on the situation alone.

    Attributes:
        table: (cells, actions) probabilities; a row of zeros is a situation it does not know.
        cells: (rows,) the situation of each row of the log.
        actions: (rows,) what the log did.
    """

    table: Floats
    cells: Ints
    actions: Ints

    def __post_init__(self) -> None:
        sums = self.table.sum(axis=1)
        wrong = (np.abs(sums - 1) > _SUM_TOLERANCE) & (sums != 0)
        if wrong.any() or (self.table < 0).any():
            cell = int(np.argmax(wrong | (self.table < 0).any(axis=1)))
            raise EvaluationError(
                f"target: found probabilities of cell {cell} from {self.table[cell].min():g} that "
                f"sum to {sums[cell]:.6f}, allowed: 0 to 1 that sum to 1"
            )
        missing = np.unique(self.cells[sums[self.cells] == 0])
        if len(missing):
            raise EvaluationError(
                f"target: found no probabilities for {len(missing)} situations of the log, "
                "allowed: a target that knows each"
            )

    @property
    def of_logged(self) -> Floats:
        """(rows,) the probability of what the log did."""
        return np.asarray(self.table[self.cells, self.actions])

    def of(self, action: int) -> Floats:
        """(rows,) the probability of an action."""
        return np.asarray(self.table[self.cells, action])

    def take(self, rows: Mask) -> "TableTarget":
        """The policy at these rows alone."""
        return TableTarget(self.table, self.cells[rows], self.actions[rows])


@dataclass(frozen=True, slots=True)
class LoggedTarget:
    """A policy of which only the probability of what the log did is known, row by row.

    It serves for IPS and SNIPS; doubly robust needs the other actions' probabilities too.
    """

    of_logged: Floats

    def __post_init__(self) -> None:
        wrong = ~((self.of_logged >= 0) & (self.of_logged <= 1))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise EvaluationError(
                f"target: found {self.of_logged[row]} in row {row}, allowed: 0 to 1"
            )

    def of(self, action: int) -> None:  # noqa: ARG002
        """None: it is not known."""
        return

    def take(self, rows: Mask) -> "LoggedTarget":
        """The policy at these rows alone."""
        return LoggedTarget(self.of_logged[rows])


@dataclass(frozen=True, slots=True)
class MatrixTarget:
    """A policy that depends on anything: (rows, actions) probabilities."""

    matrix: Floats
    actions: Ints

    @property
    def of_logged(self) -> Floats:
        """(rows,) the probability of what the log did."""
        return np.asarray(self.matrix[np.arange(len(self.actions)), self.actions])

    def of(self, action: int) -> Floats:
        """(rows,) the probability of an action."""
        return np.asarray(self.matrix[:, action])

    def take(self, rows: Mask) -> "MatrixTarget":
        """The policy at these rows alone."""
        return MatrixTarget(self.matrix[rows], self.actions[rows])


def uniform(log: Feedback) -> TableTarget:
    """Every action with the same probability, in every situation."""
    table = np.full((1, log.action_count), 1 / log.action_count)
    return TableTarget(table, np.zeros(len(log), dtype=np.int64), log.actions)


def always(log: Feedback, action: int) -> TableTarget:
    """One action, in every situation."""
    table = np.zeros((1, log.action_count))
    table[0, action] = 1.0
    return TableTarget(table, np.zeros(len(log), dtype=np.int64), log.actions)


def table(log: Feedback, probabilities: Floats) -> TableTarget:
    """The policy of a (cells, actions) table of probabilities over the log's situations."""
    return TableTarget(probabilities, log.situations, log.actions)


def frequencies(log: Feedback, actions: Ints, cells: Ints | None = None) -> TableTarget:
    """The policy that another log shows: how often it did each action in each situation.

    Args:
        log: whose rows are weighed.
        actions: (other rows,) what the other log did, numbered as in `log`.
        cells: (other rows,) its situations, numbered as in `log`.
    """
    places = np.zeros(len(actions), dtype=np.int64) if cells is None else cells
    here = log.situations
    size = max(int(places.max(initial=0)), int(here.max(initial=0))) + 1
    counts = np.zeros((size, log.action_count))
    np.add.at(counts, (places, actions), 1)
    totals = counts.sum(axis=1, keepdims=True)
    return TableTarget(counts / np.maximum(totals, 1), here, log.actions)
