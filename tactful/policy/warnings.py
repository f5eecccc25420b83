"""What a valid policy says and hardly means: it is shown, and refused by nobody."""

from collections.abc import Callable, Iterable, Iterator

from tactful.local_time import DAY_MS
from tactful.policy.faults import Fault, Path
from tactful.policy.model import Cap, NotificationType, Per, Policy, Purpose
from tactful.records import Priority


def warnings_of(policy: Policy) -> list[Fault]:
    """What is probably not meant, each with its place."""
    return [fault for look in _LOOKS for fault in look(policy)]


def _types(policy: Policy) -> Iterator[Fault]:
    for name, kind in policy.types.items():
        path = "types", name
        if kind.ttl_ms > policy.limits.max_ttl_ms:
            yield Fault((*path, "ttl_ms"), "is longer than limits.max_ttl, which cuts it")
        if kind.purpose is Purpose.MARKETING and kind.max_priority is Priority.CRITICAL:
            yield Fault(
                (*path, "max_priority"),
                "is critical: a request for this marketing may pass caps and quiet hours",
            )
        yield from _batch(path, kind)
        if kind.purpose is Purpose.TRANSACTIONAL and kind.holdback is not None:
            yield Fault(
                (*path, "holdback"), "keeps what users need to know from some of them, to measure"
            )
        failover = kind.failover
        if failover is not None and failover.max_attempts > len(kind.channels):
            yield Fault(
                (*path, "failover", "max_attempts"),
                f"is {failover.max_attempts}, but each attempt takes another channel and there are "
                f"{len(kind.channels)}",
            )


def _batch(path: Path, kind: NotificationType) -> Iterator[Fault]:
    batch = kind.batch
    if batch is None:
        return
    if not batch.window_ms and batch.hour is None:
        yield Fault((*path, "batch"), "has neither window nor hour, so it closes at once")
    if not kind.digestible:
        yield Fault((*path, "batch"), "has no effect on a type that is not digestible")
    # An hour that has just gone by comes again a day later, or 25 hours when clocks go back.
    if batch.hour is not None and kind.ttl_ms < batch.window_ms + DAY_MS:
        yield Fault(
            (*path, "batch", "hour"),
            "may be up to a day after the window, when the type's ttl is over",
        )


def _caps(policy: Policy) -> Iterator[Fault]:
    for index, cap in enumerate(policy.caps):
        path = "caps", index
        bound = [name for name, kind in policy.types.items() if _binds(cap, name, kind)]
        if not bound:
            yield Fault(path, f"{cap.name} binds no type of the policy")
        elif cap.max == 0:
            yield Fault(
                (*path, "max"), f"is 0: {cap.name} lets nothing go of {', '.join(sorted(bound))}"
            )


def _binds(cap: Cap, name: str, kind: NotificationType) -> bool:
    return (
        kind.purpose in cap.purposes
        and (cap.types is None or name in cap.types)
        and (cap.categories is None or kind.category in cap.categories)
        and (cap.channels is None or not set(cap.channels).isdisjoint(kind.channels))
        and (cap.per is not Per.CATEGORY or kind.category is not None)
    )


def _unused(policy: Policy) -> Iterator[Fault]:
    used = {channel for kind in policy.types.values() for channel in kind.channels}
    for name, channel in policy.channels.items():
        if name not in used:
            yield Fault(("channels", name), "is a channel of no type")
        if channel.address is None and channel.address_ttl_ms is not None:
            yield Fault(
                ("channels", name, "address_ttl_ms"), "has no effect on a channel without address"
            )
    groups = {kind.conflict_group for kind in policy.types.values()}
    for name in policy.conflict_groups:
        if name not in groups:
            yield Fault(("conflict_groups", name), "is the group of no type")


def _silence(policy: Policy) -> Iterator[Fault]:
    quiet = policy.quiet_hours
    if quiet is None:
        return
    spans = quiet.weekdays or {}
    # Seven equal spans of 24 hours: `weekdays` may replace any of them.
    own = [span for span in spans.values() if span is None or span.start != span.end]
    if quiet.start == quiet.end and not own:
        yield Fault(
            ("quiet_hours",),
            "never end: users without quiet hours of their own get nothing but critical",
        )


def _consent(policy: Policy) -> Iterator[Fault]:
    for purpose in Purpose:
        if purpose not in policy.consent:
            yield Fault(("consent",), f"says nothing of {purpose}, so it is opt_in")


_LOOKS: tuple[Callable[[Policy], Iterable[Fault]], ...] = (
    _types,
    _caps,
    _unused,
    _silence,
    _consent,
)
