import msgspec
from builders import (
    HOUR_MS,
    NOW,
    PLAIN,
    User,
    a_feedback,
    a_request,
    a_user,
    an_event,
    knowledge,
    names,
)

from tactful.engine.state import Section
from tactful.policy.model import Failover, Holdback
from tactful.profile.section import shown
from tactful.records import Outcome, ProfileSnapshot

HELD = [f"r{number}" for number in range(3)]
_EMPTIED = (
    *(Section.ACTIVITY, Section.ENGAGEMENT, Section.SENDS),
    *(Section.HELD, Section.ATTEMPTS, Section.FEATURES, Section.LABELS),
    Section.TRIALS,
)


def a_known_user() -> User:
    """A user with something in every section."""
    types = dict(PLAIN.types)
    types["receipt"] = msgspec.structs.replace(types["receipt"], failover=Failover())
    types["promotion"] = msgspec.structs.replace(types["promotion"], holdback=Holdback(share=0.0))
    user = a_user(knowledge(types=types), time_zone="Europe/Berlin")
    user.asked(a_request("tried", "receipt"))
    user.told(attributes={"city": "Bern"}, preferences={"channels": {"sms": False}})
    sent = user.asked(a_request("sent"))
    user.take(a_feedback(sent.decision_id, Outcome.OPENED))
    user.take(a_feedback("d", Outcome.BOUNCED, channel="push"))
    user.take(an_event())
    for request_id in HELD:
        user.asked(a_request(request_id, not_before_ms=NOW + HOUR_MS))
    assert all(user.state.sections)
    return user


def erased(user: User) -> ProfileSnapshot:
    user.now_ms = NOW + 10_000
    user.told(erase=True)
    return user.snapshots[-1]


def test_erasing_cancels_what_is_held() -> None:
    user = a_known_user()
    user.ledger.clear()
    erased(user)
    assert names(user.ledger[-3:]) == [f"{each} cancel erased" for each in HELD]
    assert user.ledger[-1].explanation == "cancelled: the user was erased"
    assert user.state.wakeup_ms is None


def test_erasing_wipes_what_is_known() -> None:
    user = a_known_user()
    erased(user)
    sections = user.state.sections
    for section in _EMPTIED:
        assert sections[section] == b""
    assert shown(sections[Section.PROFILE]) == shown(b"")
    for secret in (b"ada@example.org", b"Bern", b"Berlin", b"sms", b"t0"):
        assert not any(secret in section for section in sections)


def test_nothing_follows_a_send_from_before_the_erasure() -> None:
    user = a_known_user()
    tried = user.decisions[0]
    erased(user)
    user.outputs.clear()
    user.take(a_feedback(tried.decision_id, Outcome.BOUNCED, user.now_ms))
    assert user.ledger == []


def test_erasing_emits_an_empty_snapshot_that_says_so() -> None:
    user = a_known_user()
    version = user.snapshots[-1].version
    snapshot = erased(user)
    assert snapshot.erased
    assert snapshot.version > version
    assert snapshot.time_zone is None
    assert snapshot.channels == {}
    assert (snapshot.activity.events, snapshot.held.count) == (0, 0)
    for name in ("identifiers", "attributes", "preferences", "consent"):
        assert msgspec.json.decode(getattr(snapshot, name)) == {}


def test_an_erasure_within_a_second_of_a_snapshot_says_so_at_once() -> None:
    user = a_user()
    user.now_ms += 5000
    user.told(attributes={"city": "Bern"})
    user.now_ms += 1
    user.told(erase=True)
    assert [snapshot.erased for snapshot in user.snapshots] == [False, True]
    assert user.state.wakeup_ms is None


def test_after_erasure_nothing_is_sent_without_new_consent_and_a_new_address() -> None:
    user = a_known_user()
    erased(user)
    assert user.asked(a_request("r8", at_ms=user.now_ms)).reason == "consent"
    receipt = a_request("r9", "receipt", at_ms=user.now_ms, channels=["email"])
    assert user.asked(receipt).reason == "unreachable"


def test_an_older_update_that_comes_late_does_not_bring_the_erased_back() -> None:
    user = a_known_user()
    erased(user)
    user.told(
        id="late", at_ms=user.now_ms - 1, attributes={"city": "Basel"}, time_zone="Asia/Tokyo"
    )
    user.take(an_event("late", user.now_ms - 1, time_zone="Asia/Tokyo"))
    assert shown(user.state.sections[Section.PROFILE]) == shown(b"")


def test_a_user_who_comes_back_starts_afresh() -> None:
    user = a_known_user()
    erased(user)
    user.now_ms += 2000
    user.told(attributes={"city": "Basel"})
    snapshot = user.snapshots[-1]
    assert not snapshot.erased
    assert msgspec.json.decode(snapshot.attributes) == {"city": "Basel"}
    assert snapshot.version > user.snapshots[-2].version


def test_what_came_with_the_erasure_is_erased_too() -> None:
    user = a_user()
    user.now_ms += 5000
    user.told(erase=True, attributes={"city": "Bern"})
    assert shown(user.state.sections[Section.PROFILE]) == shown(b"")


def test_a_user_never_seen_can_be_erased() -> None:
    user = User(a_user().knowledge, NOW)
    user.told(erase=True)
    assert [snapshot.erased for snapshot in user.snapshots] == [True]


def test_an_erasure_that_comes_late_leaves_what_was_written_after_it() -> None:
    user = a_user()
    user.now_ms += 5000
    user.told(attributes={"city": "Basel"})
    user.told(erase=True, at_ms=NOW)
    snapshot = user.snapshots[-1]
    assert msgspec.json.decode(snapshot.attributes) == {"city": "Basel"}
    assert msgspec.json.decode(snapshot.identifiers) == {}
    # There is still a user, so nobody may delete the row.
    assert not snapshot.erased


def test_a_copy_of_an_erasure_erases_nothing() -> None:
    user = a_user()
    user.told(id="erasure", erase=True)
    user.now_ms += 5000
    user.told(attributes={"city": "Basel"})
    before = user.state.sections[Section.PROFILE]
    assert user.told(id="erasure", erase=True, at_ms=NOW).duplicate
    assert user.state.sections[Section.PROFILE] == before
