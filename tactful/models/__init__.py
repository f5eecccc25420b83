"""Models as the decision path has them: plain numbers, read and refused here, scored from here."""

from tactful.models.logistic import LogisticModel
from tactful.models.rates import Estimate, Rates
from tactful.models.snapshot import (
    FORMS,
    Form,
    Gain,
    RateTable,
    Snapshot,
    SnapshotError,
    Task,
    encode_snapshot,
    parse_snapshot,
)
from tactful.models.uplift import Uplift

Model = LogisticModel | Rates | Uplift


def model_of(snapshot: Snapshot) -> Model:
    """The model that a snapshot describes, made ready for the decision path."""
    match snapshot.form:
        case Form.LOGISTIC:
            return LogisticModel(snapshot)
        case Form.RATES:
            return Rates(snapshot)
        case Form.UPLIFT:
            return Uplift(snapshot)


__all__ = [
    "FORMS",
    "Estimate",
    "Form",
    "Gain",
    "LogisticModel",
    "Model",
    "RateTable",
    "Rates",
    "Snapshot",
    "SnapshotError",
    "Task",
    "Uplift",
    "encode_snapshot",
    "model_of",
    "parse_snapshot",
]
