"""Seeded traffic for the benchmarks: mixed records over many users, as they lie in Kafka.

The mix per million: a profile update for each user first (50,000), then 83 % events, 6 % requests,
6 % feedback. Users are drawn uniformly, so each has about twenty records, and the times of the
records spread over the fifty minutes before now: a backlog being caught up.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from tactful.ids import decision_id
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    Event,
    Feedback,
    Outcome,
    Priority,
    ProfileUpdate,
    RecordKind,
    Request,
)

SPREAD_MS = 50 * 60_000
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")
EVENTS = ("app_open", "page_view", "search", "add_to_cart", "purchase")
PRIORITIES = (Priority.NORMAL,) * 6 + (Priority.LOW,) * 2 + (Priority.HIGH, Priority.CRITICAL)
ANSWERS = (Outcome.DELIVERED,) * 4 + (Outcome.OPENED,) * 3 + (Outcome.CLICKED, Outcome.DISMISSED)

_encode = msgspec.json.Encoder().encode


class Raw(NamedTuple):
    """A record as it lies in Kafka."""

    kind: RecordKind
    key: bytes
    value: bytes


def mixed(count: int, users: int, seed: int, now_ms: int) -> Iterator[Raw]:
    """`count` records over `users` users, the same for the same seed and `now_ms`."""
    rng = random.Random(seed)
    types = list(DEFAULT_POLICY.types)
    channels = list(DEFAULT_POLICY.channels)
    requested: list[tuple[str, str]] = []
    start_ms = now_ms - SPREAD_MS
    for index in range(count):
        at_ms = start_ms + SPREAD_MS * index // count
        if index < users:
            yield _profile_update(index, at_ms)
            continue
        number = rng.randrange(users)
        user = f"user-{number:06}"
        draw = rng.random()
        if draw < 0.06 * count / (count - users):
            request = Request(
                id=f"request-{index}",
                user_id=user,
                type=rng.choice(types),
                priority=rng.choice(PRIORITIES),
                at_ms=at_ms,
                data={"item": rng.randrange(10_000), "price": 19.9},
            )
            requested.append((user, request.id))
            yield Raw(RecordKind.REQUEST, user.encode(), _encode(request))
        elif requested and draw < 0.12 * count / (count - users):
            target, request_id = requested[rng.randrange(len(requested))]
            feedback = Feedback(
                id=f"feedback-{index}",
                user_id=target,
                decision_id=decision_id(target, request_id),
                channel=rng.choice(channels),
                outcome=rng.choice(ANSWERS),
                at_ms=at_ms,
            )
            yield Raw(RecordKind.FEEDBACK, target.encode(), _encode(feedback))
        else:
            event = Event(
                id=f"event-{index}",
                user_id=user,
                name=rng.choice(EVENTS),
                at_ms=at_ms,
                channel="in_app",
                session_id=f"session-{number}-{index * 40 // count}",
                time_zone=ZONES[number % len(ZONES)],
                attributes={"page": f"/p/{rng.randrange(1000)}"},
            )
            yield Raw(RecordKind.EVENT, user.encode(), _encode(event))


def _profile_update(number: int, at_ms: int) -> Raw:
    user = f"user-{number:06}"
    update = ProfileUpdate(
        id=f"update-{number}",
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
