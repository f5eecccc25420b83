from typing import Literal

FrequencyMode = Literal["daily_digest", "immediate", "only_high_priority", "weekly_digest"]

FREQUENCY_MODE_VALUES: set[FrequencyMode] = {
    "daily_digest",
    "immediate",
    "only_high_priority",
    "weekly_digest",
}


def check_frequency_mode(value: str) -> FrequencyMode:
    if value in FREQUENCY_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FREQUENCY_MODE_VALUES!r}")
