"""Two policies over one history: what is counted, what is called a change, and what is not."""

from builders import HOUR_MS, NOW, PLAIN, USER, a_cap, a_request, an_update, knowledge, quiet

from tactful.history import Lived, Past, live
from tactful.knowledge import Knowledge
from tactful.preview import Comparison, Difference, Ending
from tactful.preview.compare import Side
from tactful.records import ProfileUpdate, Reason, Request

WORDS = {Request: "requests", ProfileUpdate: "profile-updates"}


def past(*records: Lived) -> list[Past]:
    return [Past(each.at_ms, WORDS[type(each)], each.id, each) for each in records]  # type: ignore[index]


BORN = an_update(
    at_ms=NOW - HOUR_MS,
    consent={"marketing": True},
    identifiers={"email": "a@b.c", "push_token": "t"},
)
THREE = past(BORN, *(a_request(f"r{n}", at_ms=NOW + n * HOUR_MS) for n in (1, 2, 3)))


def compared(before: Knowledge, after: Knowledge) -> tuple[Comparison, list[Difference]]:
    found = Comparison()
    return found, found.add(USER, live(USER, THREE, before), live(USER, THREE, after))


def test_the_same_policy_changes_nothing() -> None:
    found, differences = compared(knowledge(), knowledge(version="another-name"))
    assert differences == []
    assert (found.users, found.users_changed) == (1, 0)
    assert (found.requests, found.requests_changed) == (3, 0)
    assert found.moves == {(Ending.SENT_AT_ONCE, Ending.SENT_AT_ONCE): 3}
    assert found.reason_moves == {}


def test_a_cap_moves_sends_to_later_and_to_silence() -> None:
    found, differences = compared(knowledge(), knowledge(caps=(a_cap("few", 1, 24 * HOUR_MS),)))
    assert [each.request_id for each in differences] == ["r2", "r3"]
    assert found.before.endings == {Ending.SENT_AT_ONCE: 3}
    assert found.after.endings == {
        Ending.SENT_AT_ONCE: 1,
        Ending.SENT_LATER: 1,
        Ending.SUPPRESSED: 1,
    }
    assert found.moves[Ending.SENT_AT_ONCE, Ending.SENT_LATER] == 1
    assert found.reason_moves[("sent at once (allowed)", "sent later (cap_user)")] == 1
    assert found.reason_moves[("sent at once (allowed)", "suppressed (cap_user)")] == 1
    assert found.before.sends == {("email", "promotion"): 3}
    assert found.after.sends_per_user == {2: 1}
    later = differences[1].after
    assert later is not None
    assert later.held == [Reason.CAP_USER]
    assert later.channels == ["email"]
    assert later.at_ms == NOW + 25 * HOUR_MS


def test_another_moment_for_the_same_ending_is_a_change() -> None:
    noon = knowledge(quiet_hours=quiet("12:00", "18:00"))
    evening = knowledge(quiet_hours=quiet("12:00", "20:00"))
    found, differences = compared(noon, evening)
    assert len(differences) == 3
    assert found.moves == {(Ending.SENT_LATER, Ending.SENT_LATER): 3}


def test_a_request_held_twice_for_a_reason_counts_once_in_it() -> None:
    user = past(BORN, a_request("r1", at_ms=NOW))
    # A new preference in the mid of a hold decides it again.
    user += past(an_update("p2", NOW + HOUR_MS, time_zone="Europe/Berlin"))
    outputs = live(USER, user, knowledge(quiet_hours=quiet("11:00", "18:00")))
    found = Comparison()
    found.add(USER, outputs, outputs)
    assert found.before.reasons[("hold", "quiet_hours")] == 1


def test_sends_of_several_attempts_are_all_counted_and_the_request_once() -> None:
    found, _ = compared(Knowledge(PLAIN), Knowledge(PLAIN))
    assert sum(found.before.endings.values()) == found.requests == 3


def test_waits_are_told_by_quantile_and_absent_without_sends() -> None:
    side = Side()
    assert side.delay_min(0.5) is None
    side.delays_min.update({0: 5, 10: 4, 600: 1})
    assert [side.delay_min(each) for each in (0.5, 0.9, 0.99)] == [0, 10, 600]
