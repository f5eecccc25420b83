"""What keeps a policy of the right shape from being used.

Names that nothing bears, keys that contradict each other, conditions that don't compile.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tactful.conditions import ConditionError
from tactful.conditions import check as check_condition
from tactful.engagement.section import MAX_CHANNELS
from tactful.ids import tag
from tactful.local_time import DAY_MS, is_known_zone
from tactful.policy.durations import duration
from tactful.policy.faults import Fault, Path, one_of
from tactful.policy.model import MAX_COUNTED_SENDS, Cap, NotificationType, Policy
from tactful.records import Priority, Reason

MAX_SPAN_MS = 3660 * DAY_MS
"""The longest span a policy may name: ten years. Far beyond it, times would not fit the state."""

CONSTRAINTS: tuple[Reason, ...] = (
    Reason.CONSENT,
    Reason.UNREACHABLE,
    Reason.PREFERENCE_CHANNEL,
    Reason.PREFERENCE_TYPE,
    Reason.FREQUENCY_MODE,
    Reason.CONDITION,
    Reason.PAUSED,
    Reason.NOT_BEFORE,
    Reason.BATCH,
    Reason.DIGEST_HOUR,
    Reason.PREFERENCE_HOURS,
    Reason.CONFLICT,
    Reason.CAP_USER,
    Reason.CAP_TYPE,
    Reason.CAP_CHANNEL,
    Reason.CAP_CAMPAIGN,
    Reason.CAP_CATEGORY,
    Reason.COOL_DOWN,
    Reason.GAP,
    Reason.SEND_LOG_FULL,
    Reason.HOLIDAY,
    Reason.QUIET_HOURS,
    Reason.PRICE,
)
"""What `precedence` may name: the reasons of `tactful.constraints.CONSTRAINTS`, in their order.

They stand here once more, because the constraints themselves read the policy; a test holds the two
equal.
"""


def problems_of(policy: Policy) -> list[Fault]:
    """What is wrong with a policy of the right shape, each with its place."""
    return [fault for check in _CHECKS for fault in check(policy)]


def _channels(policy: Policy) -> Iterator[Fault]:
    count = len(policy.channels)
    if not count:
        yield Fault(("channels",), "found none, at least one is needed")
    if count > MAX_CHANNELS:
        yield Fault(("channels",), f"found {count}, allowed: up to {MAX_CHANNELS}")


def _types(policy: Policy) -> Iterator[Fault]:
    for name, kind in policy.types.items():
        path = "types", name
        yield from _names((*path, "channels"), kind.channels, policy.channels)
        if _above(kind.priority, kind.max_priority):
            yield Fault(
                (*path, "priority"),
                f"found {kind.priority}, allowed: at most max_priority, which is "
                f"{kind.max_priority}",
            )
        group = kind.conflict_group
        if group is not None and group not in policy.conflict_groups:
            yield Fault(
                (*path, "conflict_group"),
                f"found {group!r}, {one_of(group, policy.conflict_groups)}",
            )
        for index, each in enumerate(kind.cancelled_by):
            if each.when is not None:
                yield from _condition((*path, "cancelled_by", index, "when"), each.when)
        yield from _batch(path, kind)
        yield from _failover(path, kind)


def _above(one: Priority, other: Priority) -> bool:
    order = list(Priority)
    return order.index(one) < order.index(other)


def _batch(path: Path, kind: NotificationType) -> Iterator[Fault]:
    if kind.batch is not None and kind.batch.window_ms >= kind.ttl_ms:
        yield Fault(
            (*path, "batch", "window_ms"),
            f"found {duration(kind.batch.window_ms)}, allowed: less than the type's ttl, "
            f"{duration(kind.ttl_ms)}, or the first of a batch never goes",
        )


def _failover(path: Path, kind: NotificationType) -> Iterator[Fault]:
    failover = kind.failover
    if failover is None:
        return
    if len(set(kind.channels)) < 2:
        yield Fault(
            (*path, "failover"),
            f"found with channels {list(kind.channels)}, allowed: with two or more",
        )
    if not failover.on and failover.unopened_after_ms is None:
        yield Fault(
            (*path, "failover", "on"),
            "found none, at least one is needed where there is no unopened_after",
        )
    yield from _repeated((*path, "failover", "on"), failover.on)
    if failover.unopened_after_ms is not None and failover.unopened_after_ms >= failover.within_ms:
        yield Fault(
            (*path, "failover", "unopened_after_ms"),
            f"found {duration(failover.unopened_after_ms)}, allowed: less than within, "
            f"{duration(failover.within_ms)}",
        )


def _caps(policy: Policy) -> Iterator[Fault]:
    yield from _unique(policy, "caps")
    categories = sorted({kind.category for kind in policy.types.values() if kind.category})
    for index, cap in enumerate(policy.caps):
        path = "caps", index
        yield from _window(path, cap)
        if cap.max > MAX_COUNTED_SENDS:
            yield Fault((*path, "max"), f"found {cap.max}, allowed: 0 to {MAX_COUNTED_SENDS}")
        yield from _some((*path, "purposes"), cap.purposes)
        yield from _names((*path, "types"), cap.types, policy.types)
        yield from _names((*path, "categories"), cap.categories, categories)
        yield from _names((*path, "channels"), cap.channels, policy.channels)
        yield from _some((*path, "campaigns"), cap.campaigns)


def _window(path: Path, cap: Cap) -> Iterator[Fault]:
    allowed = "allowed: one of them"
    if cap.window_ms is None and cap.calendar is None:
        yield Fault(path, f"found neither window nor calendar, {allowed}")
    if cap.window_ms is not None and cap.calendar is not None:
        yield Fault((*path, "calendar"), f"found both window and calendar, {allowed}")


def _gaps(policy: Policy) -> Iterator[Fault]:
    yield from _unique(policy, "gaps")
    for index, gap in enumerate(policy.gaps):
        yield from _some(("gaps", index, "purposes"), gap.purposes)
        yield from _names(("gaps", index, "channels"), gap.channels, policy.channels)


def _cool_downs(policy: Policy) -> Iterator[Fault]:
    yield from _unique(policy, "cool_downs")
    for index, each in enumerate(policy.cool_downs):
        yield from _some(("cool_downs", index, "purposes"), each.purposes)


def _rules(policy: Policy) -> Iterator[Fault]:
    yield from _unique(policy, "rules")
    for index, rule in enumerate(policy.rules):
        path = "rules", index
        yield from _condition((*path, "only_if"), rule.only_if)
        yield from _names((*path, "types"), rule.types, policy.types)
        yield from _some((*path, "purposes"), rule.purposes)
        yield from _names((*path, "channels"), rule.channels, policy.channels)


def _places(policy: Policy) -> Iterator[Fault]:
    if not is_known_zone(policy.time_zone):
        yield Fault(("time_zone",), f"found {policy.time_zone!r}, allowed: a zone of the IANA list")
    if policy.holidays is None:
        return
    # The calendars are large, and they read the policy's model.
    from tactful.holidays import is_known_country  # noqa: PLC0415

    yield from _some(("holidays", "purposes"), policy.holidays.purposes)
    country = policy.holidays.default_country
    if country is not None and not is_known_country(country):
        yield Fault(
            ("holidays", "default_country"),
            f"found {country!r}, allowed: an ISO 3166 code of two capital letters whose holidays "
            "are known, such as DE",
        )


def _timing(policy: Policy) -> Iterator[Fault]:
    weights = policy.timing.global_hour_weights
    if not (min(weights) >= 0 and 0 < sum(weights) < float("inf")):
        yield Fault(
            ("timing", "global_hour_weights"),
            f"found {list(weights)}, allowed: 24 numbers from 0 up, not all 0",
        )


def _learning(policy: Policy) -> Iterator[Fault]:
    fatigue, exploration = policy.fatigue, policy.exploration
    yield from _repeated(("fatigue", "purposes"), fatigue.purposes)
    if fatigue.min_per_week > fatigue.max_per_week:
        yield Fault(
            ("fatigue", "min_per_week"),
            f"found {fatigue.min_per_week:g}, allowed: at most max_per_week, which is "
            f"{fatigue.max_per_week:g}",
        )
    if exploration is not None and exploration.min_prob * exploration.max_options > 1:
        yield Fault(
            ("exploration", "min_prob"),
            f"found {exploration.min_prob:g}, allowed: at most {1 / exploration.max_options:g}, as "
            f"each of max_options, which is {exploration.max_options}, may have it",
        )


def _precedence(policy: Policy) -> Iterator[Fault]:
    yield from _repeated(("precedence",), policy.precedence)
    for index, reason in enumerate(policy.precedence):
        if reason not in CONSTRAINTS:
            yield Fault(
                ("precedence", index),
                f"found {reason.value!r}, which no constraint gives, {one_of(reason, CONSTRAINTS)}",
            )


def _hashes(policy: Policy) -> Iterator[Fault]:
    for key, names in (("types", policy.types), ("channels", policy.channels)):
        seen: dict[int, str] = {}
        for name in names:
            other = seen.setdefault(tag(name), name)
            if other != name:
                said = f"{name!r} and {other!r} share a hash, rename one of them"
                yield Fault((key,), said)


def _spans(policy: Policy) -> Iterator[Fault]:
    for path, name, value in _fields(policy, ()):
        spans = value if isinstance(value, Mapping) else {None: value}
        for key, span in spans.items():
            if name.endswith("_ms") and isinstance(span, int) and span > MAX_SPAN_MS:
                place = path if key is None else (*path, str(key))
                yield Fault(
                    place, f"found {duration(span)}, allowed: up to {duration(MAX_SPAN_MS)}"
                )


def _fields(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """All fields of all structs in a value."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            each = getattr(value, name)
            yield (*path, name), name, each
            yield from _fields(each, (*path, name))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _fields(each, (*path, str(key)))
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _fields(each, (*path, index))


def _unique(policy: Policy, key: str) -> Iterator[Fault]:
    """Names that several of a list bear."""
    yield from _repeated((key,), [each.name for each in getattr(policy, key)], "name: ")


def _names(path: Path, found: Iterable[str] | None, known: Iterable[str]) -> Iterator[Fault]:
    """Names of a list that nothing bears, or that stand there twice; None is no list."""
    if found is None:
        return
    names, allowed = list(found), list(known)
    yield from _some(path, names)
    for index, name in enumerate(names):
        if name not in allowed:
            yield Fault((*path, index), f"found {name!r}, {one_of(name, allowed)}")


def _some(path: Path, found: Iterable[str] | None) -> Iterator[Fault]:
    """An empty list, or one with the same twice; None is no list."""
    if found is None:
        return
    names = list(found)
    if not names:
        yield Fault(path, "found none, at least one is needed")
    yield from _repeated(path, names)


def _repeated(path: Path, names: Iterable[str], what: str = "") -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Fault(path, f"{what}found {str(name)!r} {times} times, allowed: once")


def _condition(path: Path, text: str) -> Iterator[Fault]:
    try:
        check_condition(text)
    except ConditionError as error:
        yield Fault(path, f"found {text!r}, allowed: a condition that compiles: {error}")


_CHECKS: tuple[Callable[[Policy], Iterable[Fault]], ...] = (
    _channels,
    _types,
    _caps,
    _gaps,
    _cool_downs,
    _rules,
    _places,
    _timing,
    _learning,
    _precedence,
    _hashes,
    _spans,
)
