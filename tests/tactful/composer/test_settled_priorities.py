import pytest
from builders import HOUR_MS, NOW, User, a_request, a_user, an_event, knowledge, names, quiet

from tactful.policy import NotificationType, Purpose
from tactful.policy.model import Batch
from tactful.records import Priority


def of_type(**more: object) -> User:
    """A user whose one type has a priority of its own, in quiet hours all day."""
    types = {"promotion": NotificationType(Purpose.MARKETING, ("email",), **more)}
    return a_user(knowledge(types=types, quiet_hours=quiet("11:00", "14:00")))


def test_a_request_without_a_priority_has_its_type_s() -> None:
    user = of_type(priority=Priority.LOW)
    held = user.asked(a_request(priority=None))
    assert held.priority is Priority.LOW
    user.woken()
    assert user.decisions[0].priority is Priority.LOW


def test_a_request_s_own_priority_counts_before_its_type_s() -> None:
    user = of_type(priority=Priority.LOW)
    assert user.asked(a_request(priority=Priority.HIGH)).priority is Priority.HIGH


@pytest.mark.parametrize("asked", [Priority.CRITICAL, Priority.HIGH, None])
def test_no_request_is_more_urgent_than_its_type_may_be(asked: Priority | None) -> None:
    user = of_type(priority=Priority.HIGH, max_priority=Priority.NORMAL)
    verdict = user.asked(a_request(priority=asked))
    # So it does not pass quiet hours as critical would.
    assert (verdict.priority, verdict.verdict) == (Priority.NORMAL, "hold")


def test_less_than_a_type_may_is_left_as_it_is() -> None:
    user = of_type(max_priority=Priority.HIGH)
    assert user.asked(a_request(priority=Priority.LOW)).priority is Priority.LOW


def test_a_type_that_is_critical_by_itself_passes_quiet_hours() -> None:
    user = of_type(priority=Priority.CRITICAL)
    assert user.asked(a_request(priority=None)).reason == "critical"


def test_the_priority_of_an_unknown_type_is_normal_or_the_request_s_own() -> None:
    user = of_type()
    assert user.asked(a_request("r1", "birthday", None)).priority is Priority.NORMAL
    assert user.asked(a_request("r2", "birthday", Priority.LOW)).priority is Priority.LOW


def test_a_new_policy_settles_the_priority_of_what_waits_anew() -> None:
    user = of_type(priority=Priority.HIGH)
    user.asked(a_request("type's", priority=None))
    user.asked(a_request("own", priority=Priority.HIGH))
    user.knowledge = of_type(priority=Priority.LOW).knowledge
    sent = {entry.request_id: entry.priority for entry in user.woken()}
    assert sent == {"type's": Priority.LOW, "own": Priority.HIGH}


def test_what_waits_and_becomes_critical_goes_at_once() -> None:
    user = of_type(max_priority=Priority.HIGH)
    user.asked(a_request(priority=Priority.CRITICAL))
    user.knowledge = of_type().knowledge
    user.take(an_event(at_ms=NOW + 1), NOW + 1)
    assert user.verdicts() == ["hold quiet_hours", "send critical"]


def test_what_is_settled_anew_is_neither_its_own_rival_nor_a_member_of_its_own_digest() -> None:
    batch = {"batch": Batch(window_ms=HOUR_MS)}
    user = of_type(priority=Priority.LOW, **batch)
    for number in range(2):
        user.asked(a_request(f"r{number}", priority=None, batch_key="b"))
    user.knowledge = of_type(priority=Priority.NORMAL, **batch).knowledge
    assert names(user.woken()) == ["r0 send allowed", "r1 digest batch"]
    digest = user.decisions[0].digest
    assert digest is not None
    assert [each.request_id for each in digest.items] == ["r0", "r1"]
