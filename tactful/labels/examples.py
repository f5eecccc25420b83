"""Between what was known at a decision and a window, and between a window and its example."""

from collections.abc import Mapping

import msgspec

from tactful.features import NUMERIC
from tactful.labels import outcomes
from tactful.labels.section import (
    CHURN,
    CONTROL,
    HOLDBACK,
    MAX_NUMERIC,
    NO_HOUR,
    OF_CHANNEL,
    OF_TYPE,
    SEND,
    Window,
)
from tactful.records import Example, ExampleKind

MAX_EXTRAS = 32
"""Features whose names this version does not know, per window; further ones are left out."""

_KINDS = {
    SEND: ExampleKind.SEND,
    CHURN: ExampleKind.CHURN,
    HOLDBACK: ExampleKind.HOLDBACK,
}
_INDEX = {name: place for place, name in enumerate(NUMERIC)}
_HOURS = {f"hour:{hour}": hour for hour in range(24)}
_HOUR_NAMES = tuple(_HOURS)
_encode = msgspec.json.Encoder(order="deterministic").encode
_models = msgspec.json.Decoder(dict[str, str])
_extras = msgspec.json.Decoder(dict[str, float])


class Known(msgspec.Struct, frozen=True):
    """What a window keeps of the features of a decision."""

    flags: int
    hour: int
    known: int
    values: tuple[float, ...]
    extras: str


def known_of(features: Mapping[str, float], type_name: str, channel_name: str) -> Known:
    """The features in the form a window has them: numbers to the precision of 32 bits."""
    flags, hour, known = 0, NO_HOUR, 0
    values = [0.0] * MAX_NUMERIC
    extras: dict[str, float] = {}
    for name, value in features.items():
        place = _INDEX.get(name)
        if place is not None:
            values[place] = value
            known |= 1 << place
        elif name in _HOURS and hour == NO_HOUR:
            hour = _HOURS[name]
        elif name == f"type:{type_name}":
            flags |= OF_TYPE
        elif name == f"channel:{channel_name}":
            flags |= OF_CHANNEL
        elif len(extras) < MAX_EXTRAS:
            extras[name] = value
    return Known(flags, hour, known, tuple(values), _encode(extras).decode() if extras else "")


def models_word(model_versions: Mapping[str, str]) -> str:
    """The versions of the models as a window has them."""
    return _encode(model_versions).decode() if model_versions else ""


def features_of(window: Window) -> dict[str, float]:
    """The features as they were at the decision, to seven digits."""
    words = window.words
    known = window.known
    found = {
        name: float(f"{value:.7g}")
        for place, (name, value) in enumerate(zip(NUMERIC, window.values, strict=False))
        if known >> place & 1
    }
    if window.flags & OF_TYPE:
        found[f"type:{words.type}"] = 1.0
    if window.flags & OF_CHANNEL:
        found[f"channel:{words.channel}"] = 1.0
    if window.hour != NO_HOUR:
        found[_HOUR_NAMES[window.hour]] = 1.0
    if words.extras:
        found.update(_extras.decode(words.extras))
    return found


def labels_of(window: Window, seen: int) -> dict[str, int]:
    """The labels of a window after what was seen."""
    if window.kind == SEND:
        return outcomes.labels(seen)
    if window.kind == CHURN:
        return {"churned": int(not seen)}
    return {"outcome": int(bool(seen))}


def example_of(
    window: Window, user_id: str, now_ms: int, corrects: dict[str, int] | None = None
) -> Example:
    """The example of a window as it stands.

    Args:
        window: the window, its outcomes and its revision up to date.
        user_id: whose.
        now_ms: when the labels became known.
        corrects: the labels told before.
    """
    words = window.words
    decision_id = None if window.kind == CHURN else window.key.hex()
    if window.kind == SEND:
        name = window.key.hex()
    elif window.kind == CHURN:
        name = f"churn-{user_id}-{window.opened_ms}"
    else:
        name = f"{decision_id}:holdback"
    group = None
    if window.kind == HOLDBACK:
        group = "control" if window.flags & CONTROL else "treated"
    return Example(
        id=f"{name}:{window.revision}",
        user_id=user_id,
        kind=_KINDS[window.kind],
        at_ms=window.opened_ms,
        labelled_at_ms=now_ms,
        labels=labels_of(window, window.seen),
        features=features_of(window),
        segment=words.segment,
        policy_version=words.policy,
        model_versions=_models.decode(words.models) if words.models else {},
        decision_id=decision_id,
        channel=words.channel or None,
        type=words.type or None,
        propensity=window.propensity,
        group=group,
        revision=window.revision,
        corrects=corrects,
    )
