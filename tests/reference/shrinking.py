"""Makes a history on which code and reference disagree as small as it gets, and tells it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
from reference.compare import TwoLives
from reference.histories import At, History

from tactful.policy import Policy, Purpose
from tactful.policy.check import problems_of

_EMPTY: dict[str, tuple[Any, ...]] = {"quiet_hours": (None,), "best_time_within_ms": ({},)}
"""What is simpler still than the default."""


def disagree(history: History) -> dict[str, str]:
    """What the two lives differ in, by kind; a life that fails counts as a disagreement."""
    return lived(history)[0]


def lived(history: History) -> tuple[dict[str, str], Counter[str]]:
    """What the two lives differ in, and what happened in them."""
    try:
        lives = TwoLives(history)
        return {each.kind: str(each) for each in lives.disagreements()}, lives.counted()
    except Exception as error:  # noqa: BLE001 - shrunk like any other disagreement
        return {type(error).__name__: f"{type(error).__name__}: {error}"}, Counter()


def shrunk(history: History, most: int = 3000) -> History:
    """The smallest history around this one with the same kind of disagreement, greedily."""
    (kind, *_) = disagree(history)
    tried, found = 0, True
    while found and tried < most:
        found = False
        skipped = 0
        while tried < most:
            # What was no use before a step that was of use is tried again in the next round.
            other = next(islice(smaller(history), skipped, None), None)
            if other is None:
                break
            tried += 1
            if kind in disagree(other):
                history, found = other, True
            else:
                skipped += 1
    return history


def smaller(history: History) -> Iterator[History]:
    """Histories with a moment, a part of the policy or a field of a record less."""
    moments = history.moments
    for count in (4, 2, 1):
        for at in range(len(moments) - count + 1):
            yield replace(history, moments=moments[:at] + moments[at + count :])
    for policy in _plainer(history.policy):
        yield replace(history, policy=policy)
    for at, moment in enumerate(moments):
        for what in _plainer(moment.what):
            changed = At(moment.now_ms, what)
            yield replace(history, moments=(*moments[:at], changed, *moments[at + 1 :]))


def _plainer(what: Any) -> Iterator[Any]:
    """The same with one field as it is by default; of a policy also parts of its parts."""
    if not isinstance(what, msgspec.Struct):
        return
    for name, default in _defaults(what):
        value = getattr(what, name)
        for plain in (default, *_EMPTY.get(name, ())):
            if plain is not msgspec.NODEFAULT and plain != value:
                yield from _if_valid(what, name, plain)
        if isinstance(value, tuple) and len(value) > 1:
            for at in range(len(value)):
                yield from _if_valid(what, name, value[:at] + value[at + 1 :])
        if isinstance(value, dict) and len(value) > 1:
            for key in value:
                rest = {other: value[other] for other in value if other != key}
                yield from _if_valid(what, name, rest)
        inner = dict(enumerate(value)) if isinstance(value, tuple) else value
        if isinstance(inner, dict):
            for key, part in inner.items():
                for plain in _plainer(part):
                    changed = inner | {key: plain}
                    made = tuple(changed.values()) if isinstance(value, tuple) else changed
                    yield from _if_valid(what, name, made)
        else:
            for plain in _plainer(value):
                yield from _if_valid(what, name, plain)


def _defaults(what: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """The fields of a record, each with what it is by default."""
    for each in msgspec.structs.fields(type(what)):
        made = each.default_factory is not msgspec.NODEFAULT
        yield each.name, each.default_factory() if made else each.default


def _if_valid(what: Any, name: str, value: Any) -> Iterator[Any]:
    changed = msgspec.structs.replace(what, **{name: value})
    if not isinstance(changed, Policy):
        yield changed
        return
    missing = [each for each in Purpose if each not in changed.consent]
    if not missing and changed.types and problems_of(changed) == []:
        yield changed


def told(history: History) -> str:
    """A history in full, but for what is as it is by default, and what the two make of it."""
    moments = [f"@{each.now_ms // 60_000} {_told(each.what)}" for each in history.moments]
    return "\n".join([_told(history.policy), *moments, *disagree(history).values()])


def _told(what: Any) -> str:
    if isinstance(what, msgspec.Struct):
        fields = [
            f"{name}={_told(getattr(what, name))}"
            for name, default in _defaults(what)
            if getattr(what, name) != default
        ]
        return f"{type(what).__name__}({', '.join(fields)})"
    if isinstance(what, dict):
        return "{" + ", ".join(f"{key}: {_told(each)}" for key, each in what.items()) + "}"
    if isinstance(what, list | tuple):
        return "[" + ", ".join(map(_told, what)) + "]"
    return str(what)
