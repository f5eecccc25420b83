from typing import Literal

DecisionToldType = Literal[
    "decision.cancel",
    "decision.digest",
    "decision.expire",
    "decision.hold",
    "decision.send",
    "decision.suppress",
]

DECISION_TOLD_TYPE_VALUES: set[DecisionToldType] = {
    "decision.cancel",
    "decision.digest",
    "decision.expire",
    "decision.hold",
    "decision.send",
    "decision.suppress",
}


def check_decision_told_type(value: str) -> DecisionToldType:
    if value in DECISION_TOLD_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DECISION_TOLD_TYPE_VALUES!r}")
