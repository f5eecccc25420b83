"""What happens while time passes: users act, and upstream teams ask for notifications."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from tactful.records import DeviceInfo, Event, Priority, Request
from tactful.simulator.draws import chance, pick, uniform, weighted
from tactful.simulator.people import Person

_EVENTS = (
    ("app_open", 30.0),
    ("page_view", 40.0),
    ("search", 12.0),
    ("add_to_cart", 8.0),
    ("purchase", 4.0),
    ("content_read", 6.0),
)
_REQUESTS = (
    ("promotion", 20.0),
    ("recommendation", 20.0),
    ("cart_reminder", 14.0),
    ("social_activity", 14.0),
    ("order_update", 14.0),
    ("tip", 8.0),
    ("newsletter", 6.0),
    ("security_alert", 4.0),
)
_PRIORITIES = {
    "order_update": ((Priority.HIGH, 7.0), (Priority.NORMAL, 3.0)),
    "cart_reminder": ((Priority.HIGH, 4.0), (Priority.NORMAL, 6.0)),
    "security_alert": ((Priority.CRITICAL, 8.0), (Priority.HIGH, 2.0)),
}
_USUAL = ((Priority.HIGH, 1.5), (Priority.NORMAL, 6.0), (Priority.LOW, 2.5))
_TRANSACTIONAL = ("order_update", "security_alert")
_WISHES = {
    # Teams that know where they want to be; everyone else leaves the channel to Tactful.
    True: (["sms"], ["voice"], ["sms", "push"]),
    False: (["push"], ["web_push"], ["social"], ["in_app", "web_push"]),
}
_WISH_PROB = 0.3
_DEVICES = (("ios", "in_app"), ("android", "in_app"), ("web", "web_push"))
_REPEATED_PROB = 0.01
_SECOND_MS = 1000


@dataclasses.dataclass(frozen=True)
class Rates:
    """How much happens each second, over the whole population."""

    events_per_s: float = 60.0
    requests_per_s: float = 15.0


def traffic(
    people: Sequence[Person],
    seed: int,
    start_ms: int,
    duration_ms: int,
    rates: Rates | None = None,
) -> Iterator[Event | Request]:
    """Events and requests in the order of their times; about one in a hundred comes twice.

    Args:
        people: The users.
        seed: Another seed, another history.
        start_ms: The first moment.
        duration_ms: How long it goes on.
        rates: How much happens.
    """
    rates = rates or Rates()
    by_activity = [(person, person.activity) for person in people]
    for second in range(-(-duration_ms // _SECOND_MS)):
        second_ms = start_ms + second * _SECOND_MS
        due: list[tuple[int, int, bool]] = []
        for is_request, rate in ((False, rates.events_per_s), (True, rates.requests_per_s)):
            # A fraction of a record per second is a chance of one.
            count = int(rate) + chance(rate % 1, seed, second, is_request, "rest")
            due += [
                (
                    second_ms + int(uniform(seed, second, n, is_request, "when") * _SECOND_MS),
                    n,
                    is_request,
                )
                for n in range(count)
            ]
        for at_ms, number, is_request in sorted(due):
            if at_ms >= start_ms + duration_ms:
                continue
            about = (seed, second, number, is_request)
            if is_request:
                record: Event | Request = _request(pick(people, *about, "who"), at_ms, about)
            else:
                record = _event(weighted(by_activity, *about, "who"), at_ms, about)
            yield record
            if chance(_REPEATED_PROB, *about, "twice"):
                yield record


def _event(person: Person, at_ms: int, about: tuple[object, ...]) -> Event:
    name = weighted(_EVENTS, *about, "name")
    platform, channel = pick(_DEVICES, person.user_id, *about, "device")
    attributes: dict[str, Any] = {}
    if name in ("add_to_cart", "purchase"):
        attributes["amount"] = round(5 + 95 * uniform(*about, "amount"), 2)
    return Event(
        id=f"event-{at_ms}-{_short(about)}",
        user_id=person.user_id,
        name=name,
        at_ms=at_ms,
        channel=channel,
        session_id=f"session-{person.user_id}-{at_ms // 1_800_000}",
        device=DeviceInfo(platform=platform),
        time_zone=person.zone,
        attributes=attributes or None,
    )


def _request(person: Person, at_ms: int, about: tuple[object, ...]) -> Request:
    kind = weighted(_REQUESTS, *about, "type")
    priority = weighted(_PRIORITIES.get(kind, _USUAL), *about, "priority")
    return Request(
        id=f"request-{at_ms}-{_short(about)}",
        user_id=person.user_id,
        type=kind,
        priority=priority,
        at_ms=at_ms,
        channels=_channels(kind, about),
        campaign=f"{kind}-spring" if kind in ("promotion", "newsletter") else None,
        data={"item": f"item-{int(uniform(*about, 'item') * 500)}"},
    )


def _channels(kind: str, about: tuple[object, ...]) -> list[str] | None:
    if kind == "newsletter" or not chance(_WISH_PROB, *about, "wish"):
        return None
    return list(pick(_WISHES[kind in _TRANSACTIONAL], *about, "channels"))


def _short(about: tuple[object, ...]) -> str:
    return f"{int(uniform(*about, 'id') * 16**8):08x}"
