from typing import Literal

EventType = Literal[
    "consent.changed",
    "decision",
    "decision.cancel",
    "decision.digest",
    "decision.expire",
    "decision.hold",
    "decision.send",
    "decision.suppress",
    "preferences.changed",
    "webhook.test",
]

EVENT_TYPE_VALUES: set[EventType] = {
    "consent.changed",
    "decision",
    "decision.cancel",
    "decision.digest",
    "decision.expire",
    "decision.hold",
    "decision.send",
    "decision.suppress",
    "preferences.changed",
    "webhook.test",
}


def check_event_type(value: str) -> EventType:
    if value in EVENT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVENT_TYPE_VALUES!r}")
