"""Rule 7: state stays bounded: each list keeps to its limit, and the whole to a stated one."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from histories import USER, Writer, end_of
from hypothesis import given
from interpreter import Life, Moment, Record
from lively import any_knowledge, changing
from strategies import CHANNELS, TYPES, Dice

from tactful.activity import part as activity
from tactful.composer import held
from tactful.composer.digests import MAX_DATA_BYTES
from tactful.dedup.part import OTHERS, REQUESTS
from tactful.engagement import section as engagement
from tactful.engine.state import Section, UserState
from tactful.features import section as features
from tactful.knowledge import Knowledge
from tactful.labels import section as labels
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.policy import ChannelPolicy, ConsentMode, NotificationType, Policy, Purpose, Timing
from tactful.policy.model import MAX_COUNTED_SENDS, Failover, Limits
from tactful.profile import section as profile
from tactful.profile.fields import MAX_FIELDS
from tactful.records import (
    Event,
    Feedback,
    FrequencyMode,
    Input,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    Request,
)
from tactful.sends import log

START_MS = 500 * 7 * DAY_MS
SMALL_VALUE = 64
"""Bytes that one name and value take at most in these histories."""

LIMITS = {
    Section.DEDUP: 16 + 8 * (REQUESTS + OTHERS),
    # Four groups of fields and the channels that bounced, each with its writer.
    Section.PROFILE: 1024 + 5 * MAX_FIELDS * (2 * SMALL_VALUE + 64),
    Section.ACTIVITY: 64 + 2 * activity.BINS,
    Section.ENGAGEMENT: engagement.MAX_CHANNELS * (128 + SMALL_VALUE),
    Section.SENDS: log.WIDTH * MAX_COUNTED_SENDS,
    Section.SNAPSHOT: 32,
    Section.FEATURES: 64 + 12 * (features.MAX_TYPES + features.MAX_CHANNELS),
}
"""What a section may take, in bytes, if names and values are small."""


SMALL_REQUEST = 512
"""Bytes that one request takes at most in these histories, with all that is known of its wait."""
SMALL_ITEM = 128
"""And as part of a digest."""


def _check(
    state: UserState, held_most: int = 32, tracked_most: int = 16, windows_most: int = 64
) -> None:
    a_watched = SMALL_REQUEST + held_most * SMALL_ITEM
    limits = LIMITS | {
        Section.HELD: 16 + held_most * (SMALL_REQUEST + held_most * SMALL_ITEM),
        Section.ATTEMPTS: 16 + tracked_most * a_watched,
        # One of churn is open, and one may be remembered.
        Section.LABELS: 32 + (windows_most + 2) * (labels.WIDTH + 5 * SMALL_VALUE),
    }
    assert set(limits) == set(Section)
    for section, limit in limits.items():
        size = len(state.sections[section])
        assert size <= limit, f"{section.name}: {size} bytes, allowed {limit}"
    fields = profile.unpack(state.sections[Section.PROFILE])
    for name, piece in zip(profile.PIECES[:-1], fields.pieces, strict=False):
        assert len(msgspec.json.decode(piece)) <= MAX_FIELDS, name
    assert held.size(state.sections[Section.HELD]) <= held_most
    assert held.size(state.sections[Section.ATTEMPTS]) <= tracked_most
    windows = labels.Windows(state.sections[Section.LABELS])
    churn = [start for start in windows.starts() if windows.status(start).kind == labels.CHURN]
    assert len(churn) <= 2
    assert len(windows) - len(churn) <= windows_most


_POLICY = Policy(
    version="v",
    types={
        name: NotificationType(purpose=Purpose.MARKETING, channels=CHANNELS, ttl_ms=30 * DAY_MS)
        for name in TYPES
    },
    channels={name: ChannelPolicy() for name in CHANNELS},
    consent=dict.fromkeys(Purpose, ConsentMode.OPT_OUT),
)


_TRIED = msgspec.structs.replace(
    _POLICY,
    quiet_hours=None,
    types={
        name: msgspec.structs.replace(
            kind,
            failover=Failover(unopened_after_ms=HOUR_MS, within_ms=30 * DAY_MS, max_attempts=8),
        )
        for name, kind in _POLICY.types.items()
    },
    timing=Timing(best_time_within_ms={}, digest_hour=12),
)
"""Every send is watched, and nothing but the digest hour holds any back."""


def _policy(*, quiet_all_night: bool) -> Knowledge:
    return Knowledge(
        _POLICY if quiet_all_night else msgspec.structs.replace(_POLICY, quiet_hours=None)
    )


def _events(count: int, chance: random.Random) -> Iterator[tuple[int, Input]]:
    now_ms = START_MS
    for place in range(count):
        now_ms += chance.choice((1, 1000, DAY_MS // 50, DAY_MS))
        yield (
            now_ms,
            Event(
                id=f"event-{place}",
                user_id=USER,
                name=f"name-{place}",
                at_ms=now_ms - chance.choice((0, 0, 10 * DAY_MS)),
                channel=f"channel-{place}",
                session_id=f"session-{place}",
                time_zone=chance.choice(("Europe/Berlin", "UTC", f"No/Zone{place}")),
                attributes={f"attribute-{place}": place},
            ),
        )


def _requests_in_a_minute(count: int, chance: random.Random) -> Iterator[tuple[int, Input]]:
    for place in range(count):
        now_ms = START_MS + 60_000 * place // count
        yield (
            now_ms,
            Request(
                id=f"request-{place}",
                user_id=USER,
                type=chance.choice(TYPES),
                priority=chance.choice(tuple(Priority)),
                at_ms=now_ms,
                batch_key=f"batch-{place}",
                data={"title": "x" * chance.randrange(60)},
            ),
        )


def _fields(count: int, chance: random.Random) -> Iterator[tuple[int, Input]]:
    for place in range(count):
        now_ms = START_MS + place
        yield (
            now_ms,
            ProfileUpdate(
                id=f"update-{place}",
                user_id=USER,
                at_ms=now_ms - chance.randrange(1000),
                attributes={f"attribute-{place}": chance.choice((place, "x" * 30, None))},
                identifiers={f"identifier-{place}": f"value-{place}"},
                preferences=Preferences(
                    channels={f"channel-{place}": False},
                    types={
                        f"type-{place}": (
                            {f"channel-{place}": False} if chance.random() < 0.5 else False
                        )
                    },
                ),
                consent={f"consent-{place}": True},
                time_zone=f"No/Zone{place}",
            ),
        )


def _refusals(count: int, chance: random.Random) -> Iterator[tuple[int, Input]]:
    for place in range(count):
        now_ms = START_MS + place
        yield (
            now_ms,
            Feedback(
                id=f"feedback-{place}",
                user_id=USER,
                decision_id=f"decision-{place}",
                channel=f"channel-{place}",
                outcome=chance.choice([each for each in Outcome if each is not Outcome.BOUNCED]),
                at_ms=now_ms,
            ),
        )


def _bounces(count: int, _chance: random.Random) -> Iterator[tuple[int, Input]]:
    for place in range(count):
        now_ms = START_MS + place
        yield (
            now_ms,
            Feedback(
                id=f"feedback-{place}",
                user_id=USER,
                decision_id=f"decision-{place}",
                channel=f"channel-{place}",
                outcome=Outcome.BOUNCED,
                at_ms=now_ms,
            ),
        )


def _odd_names(count: int, _chance: random.Random) -> Iterator[tuple[int, Input]]:
    for place in range(count):
        now_ms = START_MS + place
        yield (
            now_ms,
            ProfileUpdate(
                id=f"update-{place}",
                user_id=USER,
                at_ms=now_ms,
                attributes={f"unit\x1fseparator-{place}": place},
            ),
        )


Flood = Callable[[int, random.Random], Iterator[tuple[int, Input]]]


@pytest.mark.parametrize(
    ("flood", "count"),
    [
        (_events, 2500),
        (_requests_in_a_minute, 10_000),
        (_fields, 400),
        (_refusals, 600),
        (_bounces, 600),
        (_odd_names, 600),
    ],
)
@pytest.mark.parametrize("quiet_all_night", [True, False])
def test_a_flood_leaves_a_state_within_its_limits(
    flood: Flood, count: int, quiet_all_night: bool
) -> None:
    life = Life(USER, _policy(quiet_all_night=quiet_all_night))
    for place, (now_ms, record) in enumerate(flood(count, random.Random(7))):
        life.take(record, now_ms)
        if place % 100 == 0:
            life.steps.clear()
            _check(life.state)
    _check(life.state)


def test_a_full_send_log_holds_counted_sends_back_and_forgets_uncounted_ones() -> None:
    life = Life(USER, _policy(quiet_all_night=False))
    sent = {Priority.CRITICAL: 0, Priority.HIGH: 0}
    for place in range(3 * MAX_COUNTED_SENDS):
        now_ms = START_MS + place
        priority = Priority.CRITICAL if place % 2 else Priority.HIGH
        step = life.take(Request(f"r{place}", USER, "tip", now_ms, priority), now_ms)
        sent[priority] += len(step.decisions)
        entries = log.entries(life.state.sections[Section.SENDS])
        assert len(entries) <= MAX_COUNTED_SENDS
    assert sent[Priority.HIGH] == MAX_COUNTED_SENDS
    assert sent[Priority.CRITICAL] == 3 * MAX_COUNTED_SENDS // 2


def _requests(count: int, now_ms: int, **more: Any) -> list[Request]:
    data = {"title": "x" * 32}
    return [
        Request(f"r{now_ms}-{at}", USER, TYPES[at % len(TYPES)], now_ms, data=data, **more)
        for at in range(count)
    ]


def test_no_more_attempts_are_watched_than_the_policy_says() -> None:
    for most in (1, 3, 16, 64):
        limits = Limits(tracked_attempts=most)
        life = Life(USER, Knowledge(msgspec.structs.replace(_TRIED, limits=limits)))
        for request in _requests(100, START_MS):
            life.take(request, START_MS)
        assert held.size(life.state.sections[Section.ATTEMPTS]) == most
        _check(life.state, tracked_most=most)
        # The newest are watched; each gets at most one further attempt for each other channel.
        life.wake_until(START_MS + 40 * DAY_MS)
        tried_again = {each.request_id for each in life.decisions if each.attempt > 1}
        assert tried_again == {each.id for each in _requests(100, START_MS)[-most:]}
        assert life.state.wakeup_ms is None


def test_digests_that_are_watched_stay_within_their_limits() -> None:
    life = Life(USER, Knowledge(_TRIED))
    daily = Preferences(frequency=FrequencyMode.DAILY_DIGEST)
    life.take(ProfileUpdate("p", USER, START_MS, preferences=daily), START_MS)
    for day in range(40):
        now_ms = START_MS + day * DAY_MS
        for request in _requests(32, now_ms):
            life.take(request, now_ms)
        life.wake_until(now_ms + DAY_MS - 1)
        _check(life.state)
    assert max(len(each.digest.items) for each in life.decisions if each.digest) >= 32


def test_the_data_of_a_digest_that_is_watched_are_bounded() -> None:
    life = Life(USER, Knowledge(_TRIED))
    daily = Preferences(frequency=FrequencyMode.DAILY_DIGEST)
    life.take(ProfileUpdate("p", USER, START_MS, preferences=daily), START_MS)
    for request in _requests(32, START_MS):
        life.take(msgspec.structs.replace(request, data={"x": "x" * 20_000}), START_MS)
    life.wake_until(START_MS + 40 * DAY_MS)
    watched = [len(step.after.sections[Section.ATTEMPTS]) for step in life.steps]
    assert MAX_DATA_BYTES // 2 < max(watched) < MAX_DATA_BYTES + 16 + 32 * SMALL_REQUEST


@given(any_knowledge, changing)
def test_any_history_keeps_to_the_limits(knowledge: Knowledge, moments: list[Moment]) -> None:
    held_most = tracked_most = windows_most = 0
    for step in Life(USER, knowledge).live(moments).wake_until(end_of(moments)).steps:
        # A tighter limit counts at the next one that is to be kept.
        limits = step.knowledge.policy.limits
        held_most, tracked_most, windows_most = (
            max(held_most, limits.held),
            max(tracked_most, limits.tracked_attempts),
            max(windows_most, limits.label_windows),
        )
        _check(step.after, held_most, tracked_most, windows_most)


@given(any_knowledge, changing)
def test_no_more_requests_wait_than_the_policy_says(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for step in Life(USER, knowledge).live(moments).steps:
        if isinstance(step.record, Request) and not step.duplicate:
            limit = step.knowledge.policy.limits.held
            assert held.size(step.after.sections[Section.HELD]) <= limit


@pytest.mark.parametrize("seed", range(3))
def test_a_long_life_keeps_to_the_limits(seed: int) -> None:
    dice = Dice(seed, "long life")
    writer = Writer(dice)
    life = Life(USER, _policy(quiet_all_night=True))
    makers: tuple[Callable[[int], Record], ...] = (
        writer.request,
        writer.event,
        writer.event,
        writer.feedback,
        writer.update,
    )
    now_ms = START_MS
    for place in range(2000):
        now_ms += dice.one_of(0, 1000, DAY_MS // 20, DAY_MS)
        life.live([Moment(now_ms, dice.one_of(*makers)(now_ms))])
        if place % 50 == 0:
            life.steps.clear()
            _check(life.state)
    _check(life.state)
    assert len(life.packed or b"") < 40_000
