from builders import DAY_MS, NOW, a_cap, a_request, a_user, knowledge

from tactful.engine.state import Section
from tactful.ids import mark, tag
from tactful.policy.model import MAX_COUNTED_SENDS, Emergency, Timing
from tactful.records import Priority
from tactful.sends.log import (
    COUNTED_BIT,
    DIGEST_BIT,
    MAX_CLOCK_STEP_BACK_MS,
    WIDTH,
    Sent,
    appended,
    contains,
    entries,
    note_outcome,
    uncounted,
)

DAILY = {"frequency": "daily_digest"}


def a_send(number: int, flags: int = COUNTED_BIT, name: str = "d") -> Sent:
    place = mark(f"{name}{number}")
    return Sent(NOW + number, tag("promotion"), tag("email"), tag("spring"), place, flags)


def a_log(count: int, flags: int = COUNTED_BIT) -> bytes:
    section = b""
    for number in range(count):
        section = appended(section, a_send(number, flags), 0)
    return section


def test_a_send_is_remembered_with_its_type_channel_campaign_and_purpose() -> None:
    user = a_user()
    sent = user.asked(a_request(campaign="spring")).decision_id
    critical = user.asked(a_request("c", "receipt", Priority.CRITICAL)).decision_id
    assert entries(user.state.sections[Section.SENDS]) == [
        (NOW, tag("promotion"), tag("email"), tag("spring"), mark(sent), 0b011),
        (NOW, tag("receipt"), tag("email"), 0, mark(critical), 0b100),
    ]


def test_an_emergency_is_counted_where_the_policy_says_so() -> None:
    user = a_user(knowledge(emergency=Emergency(counts_for_caps=True)))
    user.asked(a_request("c", "receipt", Priority.CRITICAL))
    assert [sent.flags for sent in entries(user.state.sections[Section.SENDS])] == [0b101]


def test_the_digest_of_a_mode_is_remembered_as_one() -> None:
    user = a_user(knowledge(timing=Timing(digest_hour=12)), preferences=DAILY)
    user.asked(a_request("digest"))
    user.asked(a_request("urgent", priority=Priority.HIGH))
    user.asked(a_request("receipt", "receipt"))
    flags = [sent.flags & DIGEST_BIT for sent in entries(user.state.sections[Section.SENDS])]
    assert flags == [DIGEST_BIT, 0, 0]


def test_a_send_whose_slot_another_attempt_took_is_known_but_not_counted() -> None:
    log = uncounted(a_log(3), mark("d1"))
    assert [sent.flags for sent in entries(log)] == [1, 0, 1]
    assert contains(log, mark("d1"))
    assert uncounted(log, mark("other")) == log


def test_an_outcome_is_marked_once() -> None:
    log = a_log(3)
    noted = note_outcome(log, mark("d1"), 1 << 5)
    assert noted is not None
    changed, before = noted
    assert before == entries(log)[1]
    assert [sent.flags for sent in entries(changed)] == [1, 33, 1]
    assert note_outcome(changed, mark("d1"), 1 << 5) == (changed, entries(changed)[1])
    assert note_outcome(log, mark("other"), 1 << 5) is None


def test_a_mark_is_found_only_where_marks_stand() -> None:
    # The bytes of one entry's end and the next one's start may look like a mark.
    log = a_log(2)
    for start in range(len(log) - 6):
        piece = log[start : start + 6]
        assert contains(log, piece) == (start % WIDTH == 20)


def test_what_no_cap_can_count_any_more_is_forgotten_at_the_next_send() -> None:
    user = a_user()
    user.asked(a_request("r1"))
    memory_ms = 7 * DAY_MS + MAX_CLOCK_STEP_BACK_MS
    user.asked(a_request("r2", at_ms=NOW + memory_ms - 1))
    assert len(entries(user.state.sections[Section.SENDS])) == 2
    user.asked(a_request("r3", at_ms=NOW + memory_ms))
    assert [sent.at_ms for sent in entries(user.state.sections[Section.SENDS])] == [
        NOW + memory_ms - 1,
        NOW + memory_ms,
    ]


def test_a_full_log_drops_the_oldest_send_that_no_cap_counts() -> None:
    log = a_log(MAX_COUNTED_SENDS - 2)
    for number in (1000, 1001):
        log = appended(log, a_send(number, flags=0), 0)
    log = appended(log, a_send(2000), 0)
    assert len(entries(log)) == MAX_COUNTED_SENDS
    assert [sent.at_ms - NOW for sent in entries(log)][-2:] == [1001, 2000]


def test_a_log_full_of_counted_sends_takes_no_uncounted_one() -> None:
    log = a_log(MAX_COUNTED_SENDS)
    assert appended(log, a_send(1000, flags=0), 0) == log


def test_a_log_full_of_counted_sends_drops_the_oldest_for_a_counted_one() -> None:
    # The constraint `send_log_full` keeps this from happening; the bound holds all the same.
    log = appended(a_log(MAX_COUNTED_SENDS), a_send(1000), 0)
    assert [sent.at_ms - NOW for sent in entries(log)][::255] == [1, 1000]


def test_a_longer_cap_keeps_sends_for_longer() -> None:
    user = a_user(knowledge(caps=(a_cap(max=9, window_ms=30 * DAY_MS),)))
    user.asked(a_request("r1"))
    user.asked(a_request("r2", at_ms=NOW + 29 * DAY_MS))
    assert len(entries(user.state.sections[Section.SENDS])) == 2
