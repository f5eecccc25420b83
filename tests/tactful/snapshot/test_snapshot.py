from itertools import pairwise

import msgspec
import pytest
from builders import (
    HOUR_MS,
    NOW,
    User,
    a_feedback,
    a_request,
    a_user,
    an_event,
    an_update,
    at,
    knowledge,
)

from tactful.policy.model import Limits
from tactful.records import Event, Input, Outcome, ProfileSnapshot, Wakeup
from tactful.snapshot.part import next_wakeup_ms


def asleep_until(user: User) -> int | None:
    """When the waiting snapshot is due; other parts may wake the user sooner."""
    return next_wakeup_ms(user.state.sections)


def test_the_first_change_goes_out_at_once() -> None:
    user = User(knowledge(), NOW)
    user.take(an_update(attributes={"city": "Bern"}, time_zone="Europe/Zurich"))
    [snapshot] = user.snapshots
    assert (snapshot.user_id, snapshot.version, snapshot.updated_at_ms) == ("ada", NOW, NOW)
    assert snapshot.time_zone == "Europe/Zurich"
    assert msgspec.json.decode(snapshot.attributes) == {"city": "Bern"}
    assert asleep_until(user) is None


def test_changes_within_a_second_wait_for_its_end_and_go_out_as_one() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    for number in range(1, 5):
        effects = user.take(an_event(f"e{number}"), NOW + number * 200)
        assert effects.outputs == []
        assert asleep_until(user) == NOW + 1000
    user.take(Wakeup(), NOW + 1000)
    assert [snapshot.activity.events for snapshot in user.snapshots] == [1, 5]
    assert asleep_until(user) is None


def test_a_wake_up_too_early_waits_on() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    user.take(an_event("e1"), NOW + 1)
    effects = user.take(Wakeup(), NOW + 999)
    assert (effects.outputs, asleep_until(user)) == ([], NOW + 1000)


def test_any_record_after_the_second_carries_the_waiting_snapshot() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    user.take(an_event("e1"), NOW + 1)
    user.take(an_event("e2"), NOW + 1001)
    assert [snapshot.activity.events for snapshot in user.snapshots] == [1, 3]
    assert asleep_until(user) is None


def test_a_copy_alone_brings_no_snapshot() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    effects = user.take(an_event("e0"), NOW + 60_000)
    assert effects.duplicate
    assert (effects.outputs, asleep_until(user)) == ([], None)


def test_a_request_that_changes_nothing_shown_brings_no_snapshot() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    user.take(a_request(), NOW + 60_000)
    assert user.verdicts() == ["suppress consent"]
    assert len(user.snapshots) == 1


def test_the_version_grows_even_when_the_clock_goes_back() -> None:
    user = User(knowledge(), NOW)
    for number, shift in enumerate((0, -5000, 0, -1_000_000, HOUR_MS)):
        user.take(an_event(f"e{number}"), NOW + shift)
    versions = [snapshot.version for snapshot in user.snapshots]
    assert versions == sorted(set(versions))
    assert len(versions) == 5
    assert versions[-1] == NOW + HOUR_MS


def test_the_policy_sets_the_interval() -> None:
    user = User(knowledge(limits=Limits(profile_snapshot_interval_ms=0)), NOW)
    for number in range(3):
        user.take(an_event(f"e{number}"))
    assert [snapshot.version for snapshot in user.snapshots] == [NOW, NOW + 1, NOW + 2]


MINUTES_10 = 600_000


def late(id: str, now_ms: int, age_ms: int = MINUTES_10) -> Event:  # noqa: A002
    return an_event(id, now_ms - age_ms)


def a_told_user(**limits: int) -> User:
    """A user whose profile went out just now."""
    user = User(knowledge(limits=Limits(**limits)), NOW)
    user.take(an_event("e0"))
    assert len(user.snapshots) == 1
    return user


@pytest.mark.parametrize(
    ("age_ms", "wait_ms"),
    [
        (0, 1000),
        (10_000, 1000),
        (10_010, 1001),
        (50_000, 5000),
        (300_000, 30_000),
        (MINUTES_10, 30_000),
        (HOUR_MS, 30_000),
    ],
)
def test_an_event_taken_late_lets_the_snapshot_wait_for_a_tenth_of_its_age(
    age_ms: int, wait_ms: int
) -> None:
    user = a_told_user()
    effects = user.take(late("e1", NOW, age_ms))
    assert (effects.outputs, asleep_until(user)) == ([], NOW + wait_ms)
    effects = user.take(Wakeup(), NOW + wait_ms - 1)
    assert (effects.outputs, asleep_until(user)) == ([], NOW + wait_ms)
    effects = user.take(Wakeup(), NOW + wait_ms)
    assert [type(output) for output in effects.outputs] == [ProfileSnapshot]
    assert asleep_until(user) is None
    assert user.take(Wakeup(), NOW + wait_ms + HOUR_MS).outputs == []


@pytest.mark.parametrize(
    "record",
    [
        a_request("late", at_ms=NOW - HOUR_MS, not_before_ms=NOW + HOUR_MS),
        a_feedback("d", Outcome.OPENED, NOW - HOUR_MS),
    ],
    ids=lambda record: type(record).__name__,
)
def test_so_do_a_request_and_feedback_taken_late(record: Input) -> None:
    user = a_user()
    user.take(an_event("e0"))
    told = len(user.snapshots)
    user.take(record, NOW + 100)
    assert asleep_until(user) == NOW + 30_000
    assert len(user.snapshots) == told


def test_the_first_profile_of_a_user_goes_out_at_once_however_late_the_event() -> None:
    user = User(knowledge(), NOW)
    user.take(late("e0", NOW))
    assert len(user.snapshots) == 1


def test_the_policy_sets_how_long_the_snapshot_of_a_late_event_waits() -> None:
    user = a_told_user(profile_snapshot_catch_up_ms=7000)
    assert user.take(late("e1", NOW)).next_wakeup_ms == NOW + 7000
    # Never shorter than the interval.
    user = a_told_user(profile_snapshot_catch_up_ms=0, profile_snapshot_interval_ms=2000)
    assert user.take(late("e1", NOW)).next_wakeup_ms == NOW + 2000


FRESH: list[Input] = [
    an_event("fresh", NOW + 200),
    an_update("fresh", NOW + 200, attributes={"city": "Bern"}),
    # However old: a user who just set a preference looks for it.
    an_update("old", NOW - HOUR_MS, attributes={"city": "Bern"}),
    a_request("fresh", at_ms=NOW + 200),
    a_feedback("d", Outcome.OPENED, NOW + 200),
    # It takes a consent away.
    a_feedback("d", Outcome.UNSUBSCRIBED, NOW - HOUR_MS),
]


@pytest.mark.parametrize("record", FRESH, ids=lambda record: f"{type(record).__name__}-{record.id}")
def test_a_fresh_event_or_another_record_brings_the_waiting_snapshot_forward(
    record: Input,
) -> None:
    user = a_told_user()
    user.take(late("e1", NOW + 100), NOW + 100)
    user.take(record, NOW + 200)
    assert asleep_until(user) == NOW + 1000
    assert len(user.snapshots) == 1
    user.take(Wakeup(), NOW + 1000)
    assert len(user.snapshots) == 2
    assert asleep_until(user) is None


@pytest.mark.parametrize("record", FRESH, ids=lambda record: f"{type(record).__name__}-{record.id}")
def test_a_fresh_record_after_the_second_carries_what_waits(record: Input) -> None:
    user = a_told_user()
    user.take(late("e1", NOW + 100), NOW + 100)
    user.take(record, NOW + 1000)
    assert len(user.snapshots) == 2
    assert asleep_until(user) is None


def test_a_late_event_does_not_put_off_what_is_due_sooner() -> None:
    user = a_told_user()
    user.take(an_event("e1", NOW + 100), NOW + 100)
    assert user.take(late("e2", NOW + 200), NOW + 200).next_wakeup_ms == NOW + 1000
    user.take(late("e3", NOW + 1000), NOW + 1000)
    assert asleep_until(user) is None
    assert [snapshot.activity.events for snapshot in user.snapshots] == [1, 4]


def test_a_backlog_caught_up_is_told_of_once_in_30_seconds() -> None:
    user = a_told_user()
    for number in range(1, 61):
        now_ms = NOW + number * 1000
        user.take(late(f"e{number}", now_ms), now_ms)
    assert [snapshot.version - NOW for snapshot in user.snapshots] == [0, 30_000, 60_000]


def test_a_user_who_is_caught_up_with_is_told_of_no_more_than_once_a_second() -> None:
    user = a_told_user()
    now_ms = NOW
    for number in range(1, 400):
        now_ms += 50 + number % 7 * 30
        age_ms = (0, 0, 12_000, MINUTES_10)[number % 4]
        due_ms = asleep_until(user)
        if due_ms is not None and due_ms <= now_ms:
            user.take(Wakeup(), due_ms)
        user.take(late(f"e{number}", now_ms, age_ms), now_ms)
    told = [snapshot.version for snapshot in user.snapshots]
    assert len(told) > 10
    assert min(after - before for before, after in pairwise(told)) >= 1000


def test_what_a_wake_up_itself_changes_waits_no_longer_than_a_second() -> None:
    user = a_user()
    user.asked(a_request("r1", not_before_ms=NOW + 300))
    user.asked(a_request("r2", not_before_ms=NOW + 1500))
    for moment, due_ms in ((300, NOW + 1000), (1000, NOW + 1500), (1500, NOW + 2000)):
        assert user.take(Wakeup(), NOW + moment).next_wakeup_ms == due_ms
    user.take(Wakeup(), NOW + 2000)
    assert [snapshot.version - NOW for snapshot in user.snapshots] == [0, 1000, 2000]


def test_what_a_wake_up_changes_brings_the_snapshot_of_a_late_event_forward() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=NOW + 3000))
    assert user.take(late("e1", NOW + 100), NOW + 100).next_wakeup_ms is not None
    user.take(Wakeup(), NOW + 1000)
    user.take(late("e2", NOW + 1100), NOW + 1100)
    user.take(Wakeup(), NOW + 3000)
    assert user.verdicts() == ["hold not_before", "send allowed"]
    assert user.snapshots[-1].version == NOW + 3000
    assert user.snapshots[-1].held.count == 0


def test_a_policy_that_shortens_the_wait_moves_what_waits() -> None:
    user = a_told_user()
    user.take(late("e1", NOW))
    user.knowledge = knowledge(limits=Limits(profile_snapshot_catch_up_ms=5000))
    assert user.take(Wakeup(), NOW + 2000).next_wakeup_ms == NOW + 5000


def test_it_shows_what_is_held_and_until_when() -> None:
    user = a_user()
    user.now_ms += 5000
    until = at("2026-01-07 18:00")
    user.asked(a_request("r1", not_before_ms=until))
    held = user.snapshots[-1].held
    assert (held.count, held.next_wakeup_ms) == (1, until)
    user.woken()
    held = user.snapshots[-1].held
    assert (held.count, held.next_wakeup_ms) == (0, None)


def test_it_shows_what_the_user_did() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0", NOW - HOUR_MS))
    user.take(an_event("e1", NOW), NOW + 2000)
    activity = user.snapshots[-1].activity
    assert (activity.events, activity.sessions) == (2, 2)
    assert (activity.first_seen_ms, activity.last_seen_ms) == (NOW - HOUR_MS, NOW)


def test_a_snapshot_is_one_json_object() -> None:
    user = a_user()
    user.now_ms += 5000
    user.told(attributes={"text": "Grüße ☃"}, preferences={"channels": {"email": False}})
    shown = msgspec.json.decode(msgspec.json.encode(user.snapshots[-1]))
    assert shown["attributes"] == {"text": "Grüße ☃"}
    assert shown["preferences"] == {"channels": {"email": False}}
    assert shown["consent"] == {"marketing": True}
