import msgspec
from builders import HOUR_MS, NOW, User, a_request, a_user, an_event, an_update, at, knowledge

from tactful.policy.model import Limits
from tactful.records import Wakeup


def test_the_first_change_goes_out_at_once() -> None:
    user = User(knowledge(), NOW)
    effects = user.take(an_update(attributes={"city": "Bern"}, time_zone="Europe/Zurich"))
    [snapshot] = user.snapshots
    assert (snapshot.user_id, snapshot.version, snapshot.updated_at_ms) == ("ada", NOW, NOW)
    assert snapshot.time_zone == "Europe/Zurich"
    assert msgspec.json.decode(snapshot.attributes) == {"city": "Bern"}
    assert effects.next_wakeup_ms is None


def test_changes_within_a_second_wait_for_its_end_and_go_out_as_one() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    for number in range(1, 5):
        effects = user.take(an_event(f"e{number}"), NOW + number * 200)
        assert effects.outputs == []
        assert effects.next_wakeup_ms == NOW + 1000
    user.take(Wakeup(), NOW + 1000)
    assert [snapshot.activity.events for snapshot in user.snapshots] == [1, 5]
    assert user.state.wakeup_ms is None


def test_a_wake_up_too_early_waits_on() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    user.take(an_event("e1"), NOW + 1)
    effects = user.take(Wakeup(), NOW + 999)
    assert (effects.outputs, effects.next_wakeup_ms) == ([], NOW + 1000)


def test_any_record_after_the_second_carries_the_waiting_snapshot() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    user.take(an_event("e1"), NOW + 1)
    user.take(an_event("e2"), NOW + 1001)
    assert [snapshot.activity.events for snapshot in user.snapshots] == [1, 3]
    assert user.state.wakeup_ms is None


def test_a_copy_alone_brings_no_snapshot() -> None:
    user = User(knowledge(), NOW)
    user.take(an_event("e0"))
    effects = user.take(an_event("e0"), NOW + 60_000)
    assert effects.duplicate
    assert (effects.outputs, effects.next_wakeup_ms) == ([], None)


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
