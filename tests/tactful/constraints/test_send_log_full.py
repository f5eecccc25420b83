import pytest
from asking import an_ask, earliest, sent, why
from builders import DAY_MS, NOW, a_cap, a_request, a_user, knowledge

from tactful.constraints.send_log import CONSTRAINT
from tactful.engine.state import Section
from tactful.policy.model import MAX_COUNTED_SENDS
from tactful.records import Priority
from tactful.sends.log import entries

MEMORY_MS = 7 * DAY_MS


def test_no_more_is_sent_than_the_log_can_remember() -> None:
    user = a_user()
    for number in range(MAX_COUNTED_SENDS):
        sent = user.asked(a_request(f"r{number}", at_ms=NOW + number * 1000))
        assert sent.verdict == "send"
    last = NOW + MAX_COUNTED_SENDS * 1000
    refused = user.asked(a_request("one too many", at_ms=last))
    assert (refused.verdict, refused.reason) == ("suppress", "send_log_full")
    assert "256 sends are remembered" in refused.explanation
    held = user.asked(a_request("later", "newsletter", at_ms=last))
    assert (held.reason, held.reconsider_at_ms) == ("send_log_full", NOW + MEMORY_MS)
    assert user.asked(a_request("c", at_ms=last, priority=Priority.CRITICAL)).verdict == "send"


def test_critical_sends_leave_the_log_first() -> None:
    user = a_user(knowledge(caps=(a_cap(max=MAX_COUNTED_SENDS),)))
    user.asked(a_request("r0"))
    for number in range(MAX_COUNTED_SENDS + 10):
        user.asked(a_request(f"c{number}", at_ms=NOW + number, priority=Priority.CRITICAL))
    assert len(entries(user.state.sections[Section.SENDS])) == MAX_COUNTED_SENDS
    user.knowledge = knowledge(caps=(a_cap(max=1),))
    assert user.asked(a_request("r1", at_ms=NOW + 1000)).reason == "cap_user"
    assert user.asked(a_request("r2", "receipt", at_ms=NOW + 1000)).verdict == "send"


@pytest.mark.parametrize(
    ("ages", "free"),
    [
        (range(MAX_COUNTED_SENDS - 1), NOW),
        (range(MAX_COUNTED_SENDS), NOW - MAX_COUNTED_SENDS + 1 + MEMORY_MS),
        (range(MAX_COUNTED_SENDS + 40), NOW - MAX_COUNTED_SENDS + 1 + MEMORY_MS),
        ([*range(MAX_COUNTED_SENDS - 1), MEMORY_MS], NOW),
        ([*range(MAX_COUNTED_SENDS - 1), MEMORY_MS - 1], NOW + 1),
        ([0] * MAX_COUNTED_SENDS, NOW + MEMORY_MS),
    ],
)
def test_the_log_has_room_when_enough_sends_are_forgotten(ages: list[int], free: int) -> None:
    ask = an_ask(sends=[sent(NOW - age) for age in ages])
    assert earliest(CONSTRAINT, ask) == free
    if free > NOW:
        assert why(CONSTRAINT, ask).startswith("256 sends are remembered for caps")


def test_sends_that_do_not_count_take_no_room() -> None:
    sends = [sent(NOW, counted=False)] * 200 + [sent(NOW)] * 200
    assert earliest(CONSTRAINT, an_ask(sends=sends)) == NOW
