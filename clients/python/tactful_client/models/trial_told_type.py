from typing import Literal

TrialToldType = Literal["webhook.test"]

TRIAL_TOLD_TYPE_VALUES: set[TrialToldType] = {
    "webhook.test",
}


def check_trial_told_type(value: str) -> TrialToldType:
    if value in TRIAL_TOLD_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRIAL_TOLD_TYPE_VALUES!r}")
