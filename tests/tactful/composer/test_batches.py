import msgspec
import pytest
from builders import (
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    a_cap,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    names,
)

from tactful.composer.digests import MAX_DATA_BYTES
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy.model import Batch, CancelledBy, Per
from tactful.records import Priority, Request, Wakeup
from tactful.sends.log import entries

AGES_MS = 10**15
"""A half-life after which nobody looks: of equals, the one asked for first goes first."""
CLOSES = NOW + 30 * MINUTE_MS


def collecting(batch: Batch | None = None, **more: object) -> Knowledge:
    """Promotions and newsletters are collected for half an hour."""
    types = {
        name: msgspec.structs.replace(
            kind,
            batch=batch or Batch(window_ms=30 * MINUTE_MS),
            value_half_life_ms=AGES_MS,
        )
        for name, kind in PLAIN.types.items()
        if name != "receipt"
    }
    return knowledge(**{"types": types | {"receipt": PLAIN.types["receipt"]}, **more})


def after(minutes: int, id: str, key: str = "b", **more: object) -> Request:  # noqa: A002
    """A request of a batch, some minutes after noon."""
    return a_request(id, at_ms=NOW + minutes * MINUTE_MS, batch_key=key, data={"n": id}, **more)


def test_requests_of_one_batch_key_go_out_as_one() -> None:
    user = a_user(collecting())
    first = user.asked(after(0, "r1"))
    second = user.asked(after(10, "r2"))
    assert (first.reason, first.reconsider_at_ms) == ("batch", CLOSES)
    assert (second.reason, second.reconsider_at_ms) == ("batch", CLOSES)
    assert names(user.woken()) == ["r1 send allowed", "r2 digest batch"]
    [decision] = user.decisions
    assert decision.request_id == "r1"
    assert decision.digest is not None
    assert decision.digest.count == 2
    assert [(each.request_id, each.data) for each in decision.digest.items] == [
        ("r1", {"n": "r1"}),
        ("r2", {"n": "r2"}),
    ]
    merged = user.ledger[-1]
    assert (merged.merged_into, merged.channel) == ("r1", "email")
    assert merged.explanation == "went out with r1 on email, one of 2 in the digest"
    assert user.ledger[-2].explanation.endswith(", as a digest of 2")


def test_a_batch_of_one_is_no_digest() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.woken()
    assert user.decisions[0].digest is None


def test_a_digest_spends_one_slot() -> None:
    user = a_user(collecting(caps=(a_cap(max=2),)))
    for number in range(5):
        user.asked(after(number, f"r{number}"))
    user.woken()
    assert len(entries(user.state.sections[Section.SENDS])) == 1
    assert user.asked(a_request("single", at_ms=user.now_ms)).verdict == "send"
    assert user.asked(a_request("third", at_ms=user.now_ms)).reason == "cap_user"


def test_who_comes_after_the_digest_begins_a_batch_of_its_own() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.woken()
    late = user.asked(after(31, "r2"))
    assert (late.reason, late.reconsider_at_ms) == ("batch", NOW + 61 * MINUTE_MS)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "other"},
        {"type": "newsletter"},
        {"key": None},
    ],
    ids=["key", "type", "no key"],
)
def test_only_the_same_type_and_key_go_along(other: dict[str, str]) -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.asked(after(1, "r2", **other, not_before_ms=CLOSES))
    user.woken()
    assert user.verdicts("r1") == ["hold batch", "send allowed"]
    assert user.decisions[0].digest is None


def test_what_can_not_be_digested_is_not_collected() -> None:
    types = dict(collecting().policy.types)
    types["promotion"] = msgspec.structs.replace(types["promotion"], digestible=False)
    user = a_user(knowledge(types=types))
    assert user.asked(after(0, "r1")).verdict == "send"


@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.CRITICAL])
def test_what_is_urgent_is_not_collected(priority: Priority) -> None:
    user = a_user(collecting())
    assert user.asked(after(0, "r1", priority=priority)).verdict == "send"


def test_what_is_urgent_takes_along_what_is_being_collected() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.asked(after(5, "urgent", priority=Priority.HIGH))
    assert names(user.ledger[1:]) == ["urgent send allowed", "r1 digest batch"]


def test_who_may_not_use_the_channel_stays_and_is_decided_by_itself() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.asked(after(1, "push", channels=["push"]))
    user.asked(after(2, "r3"))
    # What stays is the first of its batch from here on.
    assert names(user.woken()) == ["r1 send allowed", "r3 digest batch", "push hold batch"]
    assert names(user.woken()) == ["push send allowed"]
    assert user.now_ms == CLOSES + MINUTE_MS


def test_who_has_no_slot_of_its_own_stays() -> None:
    user = a_user(collecting(caps=(a_cap(max=1, per=Per.CAMPAIGN),)))
    user.asked(a_request("r0", campaign="full"))
    user.asked(after(0, "r1", campaign="free"))
    user.asked(after(1, "r2", campaign="full"))
    assert names(user.woken()) == ["r1 send allowed"]
    assert user.decisions[-1].digest is None
    assert user.verdicts("r2") == ["hold cap_campaign"]


def test_a_member_that_expires_before_the_batch_closes_is_not_kept_in_vain() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    gone = user.asked(after(1, "r2", expires_at_ms=CLOSES - 1))
    assert (gone.verdict, gone.reason) == ("suppress", "batch")
    user.woken()
    assert user.decisions[0].digest is None


def test_a_digest_with_nobody_left_is_never_sent() -> None:
    types = dict(collecting().policy.types)
    types["promotion"] = msgspec.structs.replace(
        types["promotion"], cancelled_by=(CancelledBy("purchase"),)
    )
    user = a_user(knowledge(types=types))
    for number in range(3):
        user.asked(after(number, f"r{number}"))
    user.take(an_event("e1", NOW + 5 * MINUTE_MS, name="purchase"), NOW + 5 * MINUTE_MS)
    assert user.state.sections[Section.HELD] == b""
    user.take(Wakeup(), CLOSES)
    assert user.decisions == []


def test_a_batch_with_an_hour_closes_at_that_local_hour() -> None:
    user = a_user(collecting(Batch(hour=18)), time_zone="Asia/Kolkata")  # it is 17:30 there
    early = user.asked(after(0, "r1"))
    assert early.reconsider_at_ms == at("2026-01-07 18:00", "Asia/Kolkata")
    user.asked(after(10, "r2"))
    assert names(user.woken()) == ["r1 send allowed", "r2 digest batch"]
    late = user.asked(after(31, "r3"))
    assert late.reconsider_at_ms == at("2026-01-08 18:00", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        # Berlin leaves out 02:00 to 03:00: the batch closes when the gap ends.
        ("2026-03-29 01:30", "2026-03-29 03:00"),
        # And shows it twice: the first 02:00 counts.
        ("2026-10-25 01:30", "2026-10-25 02:00"),
    ],
)
def test_a_batch_closes_once_on_days_that_clocks_change(now: str, closes: str) -> None:
    zone = "Europe/Berlin"
    now_ms = at(now, zone)
    user = a_user(collecting(Batch(hour=2)), now_ms=now_ms, time_zone=zone)
    for number in range(2):
        held = user.asked(a_request(f"r{number}", at_ms=now_ms + number, batch_key="b"))
        assert held.reconsider_at_ms == at(closes, zone)
    assert names(user.woken()) == ["r0 send allowed", "r1 digest batch"]


def test_a_batch_closes_when_the_quiet_hours_end() -> None:
    user = a_user(collecting(), preferences={"quiet_hours": {"start": "12:15", "end": "14:00"}})
    for number in range(2):
        held = user.asked(after(number, f"r{number}"))
        assert held.reconsider_at_ms == at("2026-01-07 14:00")
    assert names(user.woken()) == ["r0 send allowed", "r1 digest batch"]


def test_the_first_to_be_seen_opens_the_batch_whoever_goes_first() -> None:
    user = a_user(collecting())
    user.asked(after(0, "low", priority=Priority.LOW))
    user.asked(after(20, "normal"))
    assert names(user.woken()) == ["normal send allowed", "low digest batch"]
    assert user.now_ms == CLOSES


def test_data_that_would_grow_too_large_stay_out_of_the_digest() -> None:
    user = a_user(collecting())
    for number in range(3):
        request = after(number, f"r{number}")
        data = {"x": "x" * (MAX_DATA_BYTES // 2 - 100)}
        user.asked(msgspec.structs.replace(request, data=data))
    user.woken()
    digest = user.decisions[0].digest
    assert digest is not None
    assert [each.data is None for each in digest.items] == [False, False, True]
    assert digest.count == 3


@pytest.mark.parametrize(("more", "left_out"), [(0, False), (1, True)])
def test_data_that_just_fit_stay_in_the_digest(more: int, left_out: bool) -> None:
    user = a_user(collecting())
    half = MAX_DATA_BYTES // 2
    for number, size in enumerate((half, half + more)):
        data = {"x": "x" * (size - len('{"x":""}'))}
        request = msgspec.structs.replace(after(number, f"r{number}"), data=data)
        user.asked(request)
    user.woken()
    digest = user.decisions[0].digest
    assert digest is not None
    assert [each.data is None for each in digest.items] == [False, left_out]


def test_a_batch_holds_no_longer_than_its_type_asks_after_a_new_policy() -> None:
    user = a_user(collecting())
    user.asked(after(0, "r1"))
    user.asked(after(1, "r2"))
    user.knowledge = collecting(Batch(window_ms=HOUR_MS))
    user.take(an_event(at_ms=NOW + 2 * MINUTE_MS), NOW + 2 * MINUTE_MS)
    assert user.ledger[-1].reconsider_at_ms == NOW + HOUR_MS
