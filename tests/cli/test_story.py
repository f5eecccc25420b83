"""The ledger as sentences: in order, in the user's zone, each verdict with its why."""

from zoneinfo import ZoneInfo

import pytest

from cli.story import OUTCOMES, REASONS, as_text, considered_line, tell, verdict_sentence
from tactful.ids import decision_id
from tactful.records import (
    Considered,
    Feedback,
    LedgerEntry,
    Outcome,
    Priority,
    Reason,
    Request,
    Verdict,
)

MADRID = ZoneInfo("Europe/Madrid")
AT_MS = 1_772_442_000_000  # Monday 2026-03-02 10:00 in Madrid
HOUR_MS = 3_600_000
REQUEST = Request(
    id="r1",
    user_id="u1",
    type="tip",
    priority=Priority.NORMAL,
    at_ms=AT_MS,
    channels=["email", "push"],
    campaign="spring",
)


def entry(verdict: Verdict, reason: Reason, decided_at_ms: int, **fields: object) -> LedgerEntry:
    given: dict[str, object] = {
        "decision_id": decision_id("u1", "r1"),
        "request_id": "r1",
        "user_id": "u1",
        "type": "tip",
        "verdict": verdict,
        "reason": reason,
        "priority": Priority.NORMAL,
        "requested_at_ms": AT_MS,
        "decided_at_ms": decided_at_ms,
        "expires_at_ms": AT_MS + 24 * HOUR_MS,
        "explanation": "",
        "policy_version": "default-1",
        "model_versions": {},
        **fields,
    }
    return LedgerEntry(**given)  # type: ignore[arg-type]


HELD = entry(
    Verdict.HOLD,
    Reason.QUIET_HOURS,
    AT_MS + 10,
    channel="push",
    explanation="held until Mon 2026-03-02 11:00: quiet hours",
    considered=[
        Considered("email", 0.2),
        Considered("sms", 0.3, None, [Reason.UNREACHABLE]),
        Considered("push", 0.1, AT_MS + HOUR_MS, [Reason.QUIET_HOURS, Reason.CAP_USER]),
    ],
)
SENT = entry(
    Verdict.SEND,
    Reason.ALLOWED,
    AT_MS + HOUR_MS,
    channel="push",
    explanation="sent on push, the best of 2 channels",
)
OPENED = Feedback(
    id="f1",
    user_id="u1",
    decision_id=decision_id("u1", "r1"),
    channel="push",
    outcome=Outcome.OPENED,
    at_ms=AT_MS + 2 * HOUR_MS,
)


def test_the_story_is_told_in_the_order_of_time_and_the_users_zone() -> None:
    # Handed over in the wrong order on purpose.
    asked, held, *below, sent, opened = as_text(
        tell([REQUEST], [SENT, HELD], [OPENED], MADRID), MADRID
    )
    assert asked == (
        "2026-03-02 10:00:00 CET  tip r1 was asked for with priority normal, on email and push, "
        "for the campaign spring."
    )
    assert held == (
        "2026-03-02 10:00:00 CET  tip r1 was held until Mon 2026-03-02 11:00: quiet hours. "
        "[hold, quiet_hours]"
    )
    until = "until Mon 2026-03-02 11:00"
    assert below == [
        f"    push: score 0.100, chosen, blocked by quiet hours and cap user, {until}",
        "    sms: score 0.300, blocked by unreachable, never before it expires",
        "    email: score 0.200",
    ]
    assert sent.endswith("CET  tip r1 was sent on push, the best of 2 channels. [send, allowed]")
    assert opened == "2026-03-02 12:00:00 CET  tip r1 was opened (push)."


def test_what_a_recovery_wrote_twice_is_told_once() -> None:
    once = tell([REQUEST], [HELD, SENT], [OPENED])
    assert tell([REQUEST, REQUEST], [HELD, SENT, HELD, SENT], [OPENED, OPENED]) == once


def test_a_request_that_kafka_forgot_is_told_from_the_ledger() -> None:
    first = tell([], [SENT], [])[0]
    assert first.at_ms == AT_MS
    assert first.text == "tip r1 was asked for with priority normal."


def test_a_request_without_a_verdict_says_so() -> None:
    (line,) = tell([REQUEST], [], [])
    assert line.below == ("nothing is decided yet",)


def test_feedback_to_other_decisions_is_left_out() -> None:
    other = Feedback("f2", "u1", "ffff", "push", Outcome.OPENED, AT_MS)
    assert tell([REQUEST], [SENT], [other]) == tell([REQUEST], [SENT], [])


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("reason", list(Reason))
def test_every_verdict_and_reason_makes_a_sentence(verdict: Verdict, reason: Reason) -> None:
    text = verdict_sentence(entry(verdict, reason, AT_MS, channel="push"))
    assert text.startswith("tip r1 was ")
    assert text.endswith(f"{REASONS[reason]}. [{verdict.value}, {reason.value}]")


def test_every_outcome_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_a_channel_that_nothing_blocks_says_only_its_score() -> None:
    assert considered_line(Considered("email", 0.25, AT_MS), None, MADRID) == "email: score 0.250"
