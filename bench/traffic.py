"""Seeded traffic for the benchmarks: mixed records over many users, as they lie in Kafka.

The mix: 87 % events, 6 % requests, 6 % feedback, 1 % profile updates. Users are drawn uniformly,
and the times of the records spread over the fifty minutes before now: a backlog that is caught up.
"""

import random
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from tactful.ids import decision_id
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    Event,
    Feedback,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    RecordKind,
    Request,
)

LAST_EVENTS = 64
SPREAD_MS = 50 * 60_000
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")
EVENTS = ("app_open", "page_view", "search", "add_to_cart", "purchase")
PRIORITIES = (Priority.NORMAL,) * 6 + (Priority.LOW,) * 2 + (Priority.HIGH, Priority.CRITICAL)
ANSWERS = (Outcome.DELIVERED,) * 4 + (Outcome.OPENED,) * 3 + (Outcome.CLICKED, Outcome.DISMISSED)

_TYPES = tuple(DEFAULT_POLICY.types)
_CHANNELS = tuple(DEFAULT_POLICY.channels)
_encode = msgspec.json.Encoder().encode


class Raw(NamedTuple):
    """A record as it lies in Kafka."""

    kind: RecordKind
    key: bytes
    value: bytes


def user_id(number: int) -> str:
    """The users' names."""
    return f"user-{number:06}"


def first_updates(users: int, at_ms: int) -> Iterator[Raw]:
    """A profile for each user: addresses, consent, zone. Without it nothing could be sent."""
    for number in range(users):
        yield _profile_update(number, f"update-{number}", at_ms)


def mixed(count: int, users: int, seed: int, now_ms: int) -> Iterator[Raw]:
    """`count` records over `users` users, the same for the same seed and `now_ms`."""
    rng = random.Random(seed)
    requested: list[tuple[str, str]] = []
    for index in range(count):
        at_ms = now_ms - SPREAD_MS + SPREAD_MS * index // count
        number = rng.randrange(users)
        name = f"{seed}-{index}"
        draw = rng.random()
        if draw < 0.06:
            yield _request(rng, number, name, at_ms, requested)
        elif draw < 0.12 and requested:
            yield _feedback(rng, name, at_ms, requested)
        elif draw < 0.13:
            yield _profile_update(number, f"update-{name}", at_ms)
        else:
            session = index * 4 // count
            yield _event(rng, number, name, at_ms, f"session-{number}-{session}")


def last_events(name: str) -> Iterator[Raw]:
    """Events of users nobody knows yet, to be written behind all others.

    Each brings a profile at once, so that they tell when the whole topic was worked off: there are
    enough of them for every partition.
    """
    at_ms = time.time_ns() // 1_000_000
    for number in range(LAST_EVENTS):
        user = f"last-{name}-{number}"
        event = Event(id=f"event-{user}", user_id=user, name="app_open", at_ms=at_ms)
        yield Raw(RecordKind.EVENT, user.encode(), _encode(event))


def live(count: int, users: int, seed: int) -> Iterator[tuple[Raw, str]]:
    """The same mix with the time of this moment, and the name of each request's id."""
    rng = random.Random(seed)
    requested: list[tuple[str, str]] = []
    for index in range(count):
        at_ms = time.time_ns() // 1_000_000
        number = rng.randrange(users)
        name = f"live-{seed}-{index}"
        draw = rng.random()
        if draw < 0.06:
            yield _request(rng, number, name, at_ms, requested), f"request-{name}"
        else:
            yield _event(rng, number, name, at_ms, f"session-{number}-{seed}"), name


def unsettled(count: int, users: int, seed: int) -> Iterator[Raw]:
    """The mix at this moment, with what makes keeping a profile hard.

    Two records in a hundred come twice, users change their minds about channels and consent, and
    one record in five hundred erases its user, who may come back.
    """
    rng = random.Random(seed)
    requested: list[tuple[str, str]] = []
    for index in range(count):
        at_ms = time.time_ns() // 1_000_000
        number, name, draw = rng.randrange(users), f"{seed}-{index}", rng.random()
        if draw < 0.06:
            raw = _request(rng, number, name, at_ms, requested)
        elif draw < 0.12 and requested:
            raw = _feedback(rng, name, at_ms, requested)
        elif draw < 0.13:
            raw = _profile_update(number, f"update-{name}", at_ms)
        elif draw < 0.18:
            raw = _change_of_mind(rng, number, f"update-{name}", at_ms)
        elif draw < 0.182:
            update = ProfileUpdate(
                id=f"update-{name}", user_id=user_id(number), at_ms=at_ms, erase=True
            )
            raw = Raw(RecordKind.PROFILE_UPDATE, update.user_id.encode(), _encode(update))
        else:
            raw = _event(rng, number, name, at_ms, f"session-{number}-{index * 4 // count}")
        yield raw
        if rng.random() < 0.02:
            yield raw


def _change_of_mind(rng: random.Random, number: int, record_id: str, at_ms: int) -> Raw:
    user = user_id(number)
    update = ProfileUpdate(
        id=record_id,
        user_id=user,
        at_ms=at_ms,
        preferences=Preferences(channels={rng.choice(_CHANNELS): rng.random() < 0.5}),
        consent={"marketing": rng.random() < 0.8},
    )
    return Raw(RecordKind.PROFILE_UPDATE, user.encode(), _encode(update))


def _request(
    rng: random.Random, number: int, name: str, at_ms: int, requested: list[tuple[str, str]]
) -> Raw:
    user = user_id(number)
    request = Request(
        id=f"request-{name}",
        user_id=user,
        type=rng.choice(_TYPES),
        priority=rng.choice(PRIORITIES),
        at_ms=at_ms,
        data={"item": rng.randrange(10_000), "price": 19.9},
    )
    requested.append((user, request.id))
    return Raw(RecordKind.REQUEST, user.encode(), _encode(request))


def _feedback(rng: random.Random, name: str, at_ms: int, requested: list[tuple[str, str]]) -> Raw:
    user, request_id = requested[rng.randrange(len(requested))]
    feedback = Feedback(
        id=f"feedback-{name}",
        user_id=user,
        decision_id=decision_id(user, request_id),
        channel=rng.choice(_CHANNELS),
        outcome=rng.choice(ANSWERS),
        at_ms=at_ms,
    )
    return Raw(RecordKind.FEEDBACK, user.encode(), _encode(feedback))


def _event(rng: random.Random, number: int, name: str, at_ms: int, session: str) -> Raw:
    user = user_id(number)
    event = Event(
        id=f"event-{name}",
        user_id=user,
        name=rng.choice(EVENTS),
        at_ms=at_ms,
        channel="in_app",
        session_id=session,
        time_zone=ZONES[number % len(ZONES)],
        attributes={"page": f"/p/{rng.randrange(1000)}"},
    )
    return Raw(RecordKind.EVENT, user.encode(), _encode(event))


def _profile_update(number: int, record_id: str, at_ms: int) -> Raw:
    user = user_id(number)
    update = ProfileUpdate(
        id=record_id,
        user_id=user,
        at_ms=at_ms,
        attributes={"country": "DE", "plan": "pro" if number % 3 else "free", "age": number % 60},
        identifiers={
            "email": f"{user}@example.org",
            "push_token": f"token-{number:012x}",
            "phone": f"+49151{number:07}",
        },
        consent={"marketing": True},
        time_zone=ZONES[number % len(ZONES)],
    )
    return Raw(RecordKind.PROFILE_UPDATE, user.encode(), _encode(update))
