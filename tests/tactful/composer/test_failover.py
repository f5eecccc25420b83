import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    at,
    knowledge,
    names,
    quiet,
)

from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import Failover, FailoverOutcome, Gap, GapPer
from tactful.records import LedgerEntry, Outcome, Request
from tactful.sends.log import COUNTED_BIT, entries


def trying(rule: Failover | None = None, **more: object) -> Knowledge:
    """Receipts are tried on another channel when one fails."""
    types = dict(PLAIN.types)
    types["receipt"] = msgspec.structs.replace(types["receipt"], failover=rule or Failover())
    return knowledge(**{"types": types, **more})


def a_receipt(id: str = "r1", **more: object) -> Request:  # noqa: A002
    return a_request(id, "receipt", **more)


def said(
    user: User,
    sent: LedgerEntry,
    outcome: Outcome = Outcome.FAILED,
    id: str | None = None,  # noqa: A002
) -> list[str]:
    """The verdicts that follow when a provider says so now."""
    channel = sent.channel or "email"
    record = a_feedback(sent.decision_id, outcome, user.now_ms, id, channel)
    effects = user.take(record)
    return names([each for each in effects.outputs if isinstance(each, LedgerEntry)])


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BOUNCED])
def test_what_failed_is_tried_on_the_next_channel_in_the_same_step(outcome: Outcome) -> None:
    user = a_user(trying())
    first = user.asked(a_receipt(data={"order": 7}))
    assert said(user, first, outcome) == ["r1 send failover"]
    one, two = user.decisions
    assert (one.attempt, one.channel) == (1, "email")
    assert (two.attempt, two.channel) == (2, "push")
    assert two.request_id == one.request_id
    assert two.decision_id != one.decision_id
    assert two.data == {"order": 7}
    assert user.ledger[-1].explanation.endswith(", attempt 2 after email failed")


def test_each_attempt_takes_a_channel_not_tried_yet_until_none_is_left() -> None:
    user = a_user(trying(Failover(max_attempts=8)))
    sent = user.asked(a_receipt())
    assert said(user, sent) == ["r1 send failover"]
    assert said(user, user.ledger[-1]) == ["r1 send failover"]
    assert [each.channel for each in user.decisions] == ["email", "push", "in_app"]
    assert said(user, user.ledger[-1]) == ["r1 suppress no_channel_left"]
    last = user.ledger[-1]
    assert last.attempt == 4
    assert last.explanation == "not sent again: no channel is left after email, push, in_app"
    assert user.state.sections[Section.ATTEMPTS] == b""


def test_a_request_that_named_one_channel_has_none_left() -> None:
    user = a_user(trying())
    sent = user.asked(a_receipt(channels=["push"]))
    assert said(user, sent) == ["r1 suppress no_channel_left"]


def test_attempts_end_at_the_most_that_the_policy_allows() -> None:
    user = a_user(trying(Failover(max_attempts=2)))
    sent = user.asked(a_receipt())
    assert said(user, sent) == ["r1 send failover"]
    assert said(user, user.ledger[-1]) == []


@pytest.mark.parametrize(
    "outcome",
    [
        *(Outcome.DELIVERED, Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED),
        *(Outcome.DISMISSED, Outcome.UNSUBSCRIBED, Outcome.COMPLAINED),
    ],
)
def test_an_answer_ends_it(outcome: Outcome) -> None:
    user = a_user(trying())
    sent = user.asked(a_receipt())
    assert said(user, sent, outcome) == []
    assert said(user, sent) == []
    assert len(user.decisions) == 1
    assert user.state.sections[Section.ATTEMPTS] == b""


def test_only_outcomes_that_the_policy_names_are_failures() -> None:
    user = a_user(trying(Failover(on=(FailoverOutcome.BOUNCED,))))
    sent = user.asked(a_receipt())
    assert said(user, sent, Outcome.FAILED) == []
    assert said(user, sent, Outcome.BOUNCED) == ["r1 send failover"]


def test_a_failure_that_is_said_twice_is_one() -> None:
    user = a_user(trying())
    sent = user.asked(a_receipt())
    assert said(user, sent, id="f1") == ["r1 send failover"]
    assert said(user, sent, id="f1") == []
    assert said(user, sent, id="f2") == []


def test_a_failure_of_an_earlier_attempt_is_no_failure_of_the_last() -> None:
    user = a_user(trying(Failover(max_attempts=8)))
    sent = user.asked(a_receipt())
    said(user, sent, Outcome.FAILED)
    assert said(user, sent, Outcome.BOUNCED) == []


@pytest.mark.parametrize(("late_ms", "expected"), [(0, ["r1 send failover"]), (1, [])])
def test_no_attempt_is_made_later_than_the_policy_allows_after_the_first_send(
    late_ms: int, expected: list[str]
) -> None:
    user = a_user(trying(Failover(within_ms=HOUR_MS)))
    sent = user.asked(a_receipt())
    user.now_ms = NOW + HOUR_MS + late_ms
    assert said(user, sent) == expected


@pytest.mark.parametrize(("late_ms", "expected"), [(0, ["r1 send failover"]), (1, [])])
def test_no_attempt_is_made_after_the_request_expired(late_ms: int, expected: list[str]) -> None:
    user = a_user(trying(Failover(within_ms=9 * DAY_MS)))
    sent = user.asked(a_receipt(expires_at_ms=NOW + HOUR_MS))
    user.now_ms = NOW + HOUR_MS + late_ms
    assert said(user, sent) == expected


def test_the_bound_counts_from_the_first_send_at_every_attempt() -> None:
    user = a_user(trying(Failover(within_ms=HOUR_MS, max_attempts=8)))
    sent = user.asked(a_receipt())
    user.now_ms = NOW + 50 * MINUTE_MS
    assert said(user, sent) == ["r1 send failover"]
    assert user.ledger[-1].expires_at_ms == NOW + HOUR_MS
    assert user.decisions[-1].deliver_by_ms <= NOW + HOUR_MS
    second = user.ledger[-1]
    user.now_ms = NOW + HOUR_MS + 1
    assert said(user, second) == []


def test_a_type_without_failover_is_not_tried_again() -> None:
    user = a_user(trying())
    sent = user.asked(a_request())
    assert said(user, sent) == []
    assert user.state.sections[Section.ATTEMPTS] == b""


def capped() -> Knowledge:
    return trying(caps=(a_cap(max=1, purposes=tuple(Purpose)),))


def test_the_next_attempt_takes_over_the_slot_of_the_one_that_failed() -> None:
    user = a_user(capped())
    sent = user.asked(a_receipt())
    assert said(user, sent) == ["r1 send failover"]
    flags = [each.flags & COUNTED_BIT for each in entries(user.state.sections[Section.SENDS])]
    assert flags == [0, COUNTED_BIT]
    assert user.asked(a_receipt("r2")).reason == "cap_user"


def test_a_failure_that_nothing_follows_keeps_its_slot() -> None:
    user = a_user(capped())
    sent = user.asked(a_receipt(expires_at_ms=NOW + 1))
    user.now_ms = NOW + 2
    assert said(user, sent) == []
    assert user.asked(a_receipt("r2"), user.now_ms).reason == "cap_user"


def test_a_slot_that_was_given_back_is_there_for_others_while_the_next_attempt_waits() -> None:
    every = tuple(Purpose)
    known = trying(
        caps=(a_cap(max=2, purposes=every),),
        gaps=(Gap("gap", HOUR_MS, per=GapPer.CHANNEL, purposes=every),),
    )
    user = a_user(known)
    user.asked(a_receipt("r0", channels=["push"]))
    sent = user.asked(a_receipt("r1", channels=["email", "push"]))
    assert said(user, sent) == ["r1 hold gap"]
    # What failed counts for no gap either.
    assert user.asked(a_receipt("r2", channels=["email"])).verdict == "send"
    assert names(user.woken()) == ["r1 hold cap_user"]


def waiting_to_try_again() -> tuple[User, LedgerEntry]:
    """A user whose second attempt waits for the end of quiet hours."""
    user = a_user(trying(quiet_hours=quiet("12:30", "14:00")))
    sent = user.asked(a_receipt())
    user.now_ms = NOW + 40 * MINUTE_MS
    assert said(user, sent) == ["r1 hold quiet_hours"]
    assert user.ledger[-1].attempt == 2
    return user, sent


def test_a_further_attempt_obeys_all_constraints() -> None:
    user, _ = waiting_to_try_again()
    [second] = user.woken()
    assert (second.verdict, second.reason, second.attempt) == ("send", "failover", 2)
    assert second.decided_at_ms == at("2026-01-07 14:00")


@pytest.mark.parametrize("outcome", [Outcome.OPENED, Outcome.DELIVERED])
def test_a_further_attempt_that_waits_is_cancelled_by_an_answer_that_comes_late(
    outcome: Outcome,
) -> None:
    user, sent = waiting_to_try_again()
    assert said(user, sent, outcome) == ["r1 cancel answered"]
    assert user.ledger[-1].attempt == 2
    assert user.ledger[-1].explanation == f"cancelled: an earlier attempt was {outcome}"
    assert user.state.sections[Section.HELD] == b""


def test_a_further_attempt_goes_on_waiting_when_the_first_is_said_to_have_failed_again() -> None:
    user, sent = waiting_to_try_again()
    assert said(user, sent, Outcome.BOUNCED) == []
    user.knowledge = trying(Failover(on=(FailoverOutcome.BOUNCED,)))
    assert said(user, sent, Outcome.FAILED, "once more") == ["r1 send failover"]


def test_a_further_attempt_that_waits_expires_like_any_other() -> None:
    user, _ = waiting_to_try_again()
    user.woken(NOW + 2 * DAY_MS)
    assert user.verdicts() == ["send allowed", "hold quiet_hours", "expire expired"]


def test_a_copy_of_a_request_that_is_being_tried_is_a_copy() -> None:
    user, _ = waiting_to_try_again()
    assert user.take(a_receipt()).duplicate


def test_a_bounced_address_is_out_for_all_that_follows() -> None:
    user = a_user(trying())
    sent = user.asked(a_receipt())
    assert said(user, sent, Outcome.BOUNCED) == ["r1 send failover"]
    assert user.asked(a_receipt("r2")).channel == "push"


def test_a_policy_that_has_the_type_no_more_makes_no_attempt() -> None:
    user = a_user(trying())
    sent = user.asked(a_receipt())
    user.knowledge = knowledge(types={"promotion": PLAIN.types["promotion"]})
    assert said(user, sent) == []
