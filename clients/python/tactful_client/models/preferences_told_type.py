from typing import Literal

PreferencesToldType = Literal["preferences.changed"]

PREFERENCES_TOLD_TYPE_VALUES: set[PreferencesToldType] = {
    "preferences.changed",
}


def check_preferences_told_type(value: str) -> PreferencesToldType:
    if value in PREFERENCES_TOLD_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PREFERENCES_TOLD_TYPE_VALUES!r}")
