"""A policy, and what a draft would change, as numbers to draw and lines to read."""

from collections.abc import Mapping
from typing import Any

from tactful.engagement.section import decay
from tactful.local_time import DAY_MS
from tactful.policy import Policy
from tactful.policy.diff import changes
from tactful.policy.form import duration
from tactful.policy.model import Cap, Gap, NotificationType, QuietHoursPolicy
from tactful.records import LocalSpan, Weekday

_MOST_MOVES = 12
_WORTH_STEPS = 24


def drawn(policy: Policy) -> dict[str, Any]:
    """The pictures of a policy."""
    return {
        "quiet": quiet_of(policy.quiet_hours),
        "hours": list(policy.timing.global_hour_weights),
        "channels": [
            {
                "channel": name,
                "rate": channel.engage_prob,
                "cost": channel.cost,
                "per_s": channel.rate_per_s,
                "address": channel.address,
                "within": duration(channel.deliver_within_ms),
            }
            for name, channel in policy.channels.items()
        ],
        "types": [
            {
                "type": name,
                "purpose": str(kind.purpose),
                "value": kind.value,
                "worth": worth_of(kind),
                "ttl": duration(kind.ttl_ms),
                "half_life": duration(kind.value_half_life_ms),
                "priority": str(kind.priority),
                "channels": list(kind.channels),
                "holdback": None if kind.holdback is None else kind.holdback.share,
            }
            for name, kind in policy.types.items()
        ],
        "caps": [
            {"name": cap.name, "text": cap_words(cap), "per_week": _per_week(cap)}
            for cap in policy.caps
        ],
        "gaps": [{"name": gap.name, "text": gap_words(gap)} for gap in policy.gaps],
        "rests": [
            f"{each.name}: after {each.sends} sends within {duration(each.within_ms)} none for "
            f"{duration(each.rest_ms)}"
            for each in policy.cool_downs
        ],
    }


def worth_of(kind: NotificationType) -> list[list[float]]:
    """What an engagement is worth by the days since the request, to the type's expiry."""
    steps = [kind.ttl_ms * at // _WORTH_STEPS for at in range(_WORTH_STEPS + 1)]
    return [
        [ms / DAY_MS, round(kind.value * decay(0, ms, kind.value_half_life_ms), 4)] for ms in steps
    ]


def quiet_of(quiet: QuietHoursPolicy | None) -> list[dict[str, Any]]:
    """The quiet spans of each weekday, in local hours from 0 to 24, Monday first."""
    found: list[dict[str, Any]] = [{"day": day.value.capitalize(), "spans": []} for day in Weekday]
    if quiet is None:
        return found
    replaced = quiet.weekdays or {}
    for at, day in enumerate(Weekday):
        span: QuietHoursPolicy | LocalSpan | None = replaced.get(day, quiet)
        if span is None:
            continue
        start, end = _hours(span.start), _hours(span.end)
        if end > start:
            found[at]["spans"].append([start, end])
            continue
        found[at]["spans"].append([start, 24.0])
        if end:
            found[(at + 1) % 7]["spans"].append([0.0, end])
    return found


def cap_words(cap: Cap) -> str:
    """A cap as a sentence."""
    what = ", ".join(str(each) for each in cap.purposes) or "no"
    if cap.types:
        what = ", ".join(cap.types)
    when = f"in any {duration(cap.window_ms)}" if cap.window_ms else f"in each {cap.calendar}"
    return f"at most {cap.max} {what} {'send' if cap.max == 1 else 'sends'} {when} per {cap.per}"


def gap_words(gap: Gap) -> str:
    """A gap as a sentence."""
    what = ", ".join(str(each) for each in gap.purposes)
    return f"at least {duration(gap.min_ms)} between {what} sends per {gap.per}"


def differences(old: Policy, new: Policy) -> list[dict[str, str]]:
    """What differs, key by key."""
    return [
        {"turn": str(each.turn), "key": each.key, "old": each.old, "new": each.new}
        for each in changes(old, new)
    ]


def effect_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A preview (`POST /v1/policy/preview`) as numbers to draw: before and after, side by side."""
    before, after = document["before"], document["after"]
    names = list(dict.fromkeys([*before["endings"], *after["endings"]]))
    return {
        "users": document["users"],
        "users_changed": document["users_changed"],
        "requests": document["requests"],
        "requests_changed": document["requests_changed"],
        "endings": {
            "names": names,
            "before": [before["endings"].get(name, 0) for name in names],
            "after": [after["endings"].get(name, 0) for name in names],
        },
        "sends": _sends(before["sends"], after["sends"]),
        "moves": document["reason_moves"][:_MOST_MOVES],
        "delay_before": before["delay_min"],
        "delay_after": after["delay_min"],
    }


def _sends(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    """Sends by channel."""
    sides: list[dict[str, int]] = [{}, {}]
    for side, pairs in zip(sides, (before, after), strict=True):
        for pair in pairs:
            side[pair["of"]] = side.get(pair["of"], 0) + pair["count"]
    names = sorted({*sides[0], *sides[1]}, key=lambda n: -max(s.get(n, 0) for s in sides))
    return {
        "names": names,
        "before": [sides[0].get(name, 0) for name in names],
        "after": [sides[1].get(name, 0) for name in names],
    }


def _per_week(cap: Cap) -> float | None:
    """How many a week it lets through at most, where its window slides."""
    return None if cap.window_ms is None else round(cap.max * 7 * DAY_MS / cap.window_ms, 2)


def _hours(text: str) -> float:
    hour, _, minute = text.partition(":")
    return int(hour) + int(minute) / 60
