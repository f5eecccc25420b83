"""What waits for a user, until when, why, and what would release it: read from the ledger alone."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from builders import (
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    USER,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    quiet,
)

from tactful.knowledge import Knowledge
from tactful.outlook import Outlook, Release, ReleaseBy, counterfactual_words, outlook
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose, Timing
from tactful.policy.model import CancelledBy, Failover
from tactful.records import FrequencyMode, LedgerEntry, Outcome, Priority, Reason, Verdict

EVENING = at("2026-01-07 23:00")


def ahead(user: User, now_ms: int | None = None, **more: object) -> Outlook:
    now = user.now_ms if now_ms is None else now_ms
    policy = user.knowledge.policy
    return outlook(USER, user.ledger, now, policy=policy, **more)  # type: ignore[arg-type]


def releases(found: Sequence[Release], by: ReleaseBy) -> list[Release]:
    return [each for each in found if each.by is by]


def local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M")


def test_a_hold_is_told_with_its_moment_its_reason_and_its_expiry() -> None:
    user = a_user(knowledge(quiet_hours=quiet("22:00", "08:00")))
    user.asked(a_request(at_ms=EVENING))
    (waiting,) = ahead(user).waiting
    assert waiting.request_id == "r1"
    assert waiting.reason is Reason.QUIET_HOURS
    assert waiting.until_ms == at("2026-01-08 08:00")
    assert waiting.expires_at_ms == at("2026-01-08 23:00")
    assert "quiet hours 22:00-08:00" in waiting.why
    assert not waiting.late
    (moment,) = releases(waiting.releases, ReleaseBy.MOMENT)
    assert (moment.text, moment.at_ms) == ("the quiet hours end", waiting.until_ms)
    (expiry,) = releases(waiting.releases, ReleaseBy.EXPIRY)
    assert expiry.at_ms == waiting.expires_at_ms
    (setting,) = releases(waiting.releases, ReleaseBy.SETTING)
    assert setting.at_ms is None


def test_a_full_cap_is_named_with_how_full_it_is() -> None:
    user = a_user(knowledge(caps=(a_cap("marketing_weekly", 1, 5 * HOUR_MS),)))
    user.asked(a_request("first"))
    entry = user.asked(a_request("second"))
    (waiting,) = ahead(user).waiting
    (moment,) = releases(waiting.releases, ReleaseBy.MOMENT)
    assert moment.text == "a slot of the cap marketing_weekly (1 of 1) is free again"
    assert moment.at_ms == NOW + 5 * HOUR_MS
    assert counterfactual_words(entry, local) == (
        "would have been sent on email at 12:00 without the cap marketing_weekly (1 of 1)"
    )


def test_silence_that_one_constraint_explains_has_a_counterfactual_and_a_send_has_none() -> None:
    user = a_user(consent={})
    entry = user.asked(a_request())
    assert entry.verdict is Verdict.SUPPRESS
    assert counterfactual_words(entry, local) == (
        "would have been sent on email at 12:00 without the missing consent"
    )
    sent = user.asked(a_request("r2", type="receipt"))
    assert sent.verdict is Verdict.SEND
    assert counterfactual_words(sent, local) is None


def test_what_is_final_what_is_repeated_and_what_is_erased_does_not_wait() -> None:
    user = a_user(knowledge(quiet_hours=quiet("22:00", "08:00")))
    user.asked(a_request(at_ms=EVENING))
    held = user.ledger[0]
    user.woken()
    sent = user.ledger[-1]
    assert outlook(USER, [held, sent, held], NOW).waiting == []
    assert outlook(USER, [held, held], NOW).waiting == outlook(USER, [held], NOW).waiting
    user.told(erase=True)
    (*_, snapshot) = user.snapshots
    assert snapshot.erased
    assert outlook(USER, [held], NOW, snapshot=snapshot).waiting == []


def test_what_waits_beyond_the_horizon_is_counted_and_what_is_overdue_is_late() -> None:
    user = a_user(knowledge(quiet_hours=quiet("22:00", "08:00")))
    user.asked(a_request(at_ms=EVENING))
    near = ahead(user, ahead_ms=HOUR_MS)
    assert (near.waiting, near.later) == ([], 1)
    (late,) = ahead(user, at("2026-01-08 09:00")).waiting
    assert late.late


def waiting_for_a_better_hour() -> User:
    """Someone who is there at 20:00 asks at noon for a promotion that an app could show at once."""
    policy = msgspec.structs.replace(
        PLAIN,
        types={
            "promotion": NotificationType(
                Purpose.MARKETING,
                ("email", "in_app"),
                cancelled_by=(CancelledBy("purchase"),),
            )
        },
        channels={
            "email": ChannelPolicy(address="email", engage_prob=0.1),
            "in_app": ChannelPolicy(engage_prob=0.1, presence=True),
        },
        timing=Timing(best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS}),
    )
    user = a_user(Knowledge(policy))
    for day in range(1, 7):
        for number in range(4):
            user.take(an_event(f"e{day}{number}", at(f"2026-01-0{day} 20:0{number}")))
    user.asked(a_request(at_ms=NOW))
    return user


def test_a_wait_for_a_better_hour_ends_when_the_user_turns_up_or_has_bought() -> None:
    (waiting,) = ahead(waiting_for_a_better_hour()).waiting
    assert waiting.reason is Reason.BEST_TIME
    assert waiting.free_ms == NOW
    (event,) = releases(waiting.releases, ReleaseBy.EVENT)
    assert "in_app" in event.text
    assert event.at_ms == NOW
    (cancelled,) = releases(waiting.releases, ReleaseBy.CANCELLATION)
    assert "purchase" in cancelled.text


def test_without_the_policy_nothing_is_said_that_only_it_knows() -> None:
    user = waiting_for_a_better_hour()
    (waiting,) = outlook(USER, user.ledger, NOW).waiting
    (event,) = releases(waiting.releases, ReleaseBy.EVENT)
    assert event.text == "the user turns up"
    assert not releases(waiting.releases, ReleaseBy.CANCELLATION)


def escalating(**rule: object) -> User:
    kinds: dict[str, NotificationType] = {
        "receipt": NotificationType(
            Purpose.TRANSACTIONAL,
            ("email", "push", "in_app"),
            failover=Failover(**rule),  # type: ignore[arg-type]
        )
    }
    policy: Policy = msgspec.structs.replace(PLAIN, types=kinds)
    user = a_user(Knowledge(policy))
    user.asked(a_request(type="receipt"))
    return user


def test_a_send_that_another_may_follow_is_an_escalation_under_way() -> None:
    user = escalating(unopened_after_ms=HOUR_MS, within_ms=6 * HOUR_MS)
    (found,) = ahead(user).escalations
    assert (found.channel, found.attempt, found.max_attempts) == ("email", 1, 3)
    assert found.next_at_ms == NOW + HOUR_MS == user.state.wakeup_ms
    assert found.until_ms == NOW + 6 * HOUR_MS
    assert found.left == ["push", "in_app"]


def test_a_failure_moves_an_escalation_on_to_the_next_channel() -> None:
    user = escalating()
    sent = user.ledger[0]
    bounced = a_feedback(sent.decision_id, Outcome.BOUNCED, NOW + MINUTE_MS)
    user.take(bounced, NOW + MINUTE_MS)
    (found,) = ahead(user, feedback=[bounced]).escalations
    assert (found.channel, found.attempt, found.left) == ("push", 2, ["in_app"])
    assert found.next_at_ms is None


def test_what_was_opened_or_is_over_escalates_no_more() -> None:
    user = escalating(unopened_after_ms=HOUR_MS, within_ms=6 * HOUR_MS)
    opened = a_feedback(user.ledger[0].decision_id, Outcome.OPENED)
    assert ahead(user, feedback=[opened]).escalations == []
    delivered = a_feedback(user.ledger[0].decision_id, Outcome.DELIVERED)
    assert len(ahead(user, feedback=[delivered]).escalations) == 1
    assert ahead(user, NOW + 7 * HOUR_MS).escalations == []


def test_every_reason_to_hold_has_words_for_its_end() -> None:
    user = a_user(knowledge(), preferences={"frequency": FrequencyMode.DAILY_DIGEST})
    held: LedgerEntry = user.asked(a_request())
    assert held.verdict is Verdict.HOLD
    for reason in Reason:
        changed = msgspec.structs.replace(held, reason=reason)
        (waiting,) = outlook(USER, [changed], NOW).waiting
        assert waiting.releases[0].text
        assert "{" not in waiting.releases[0].text


def test_a_wait_that_goes_on_to_a_better_hour_names_that_hour_and_when_it_might_go_before() -> None:
    user = waiting_for_a_better_hour()
    held = msgspec.structs.replace(
        user.ledger[-1],
        reason=Reason.GAP,
        considered=[
            msgspec.structs.replace(each, earliest_ms=NOW + HOUR_MS)
            for each in user.ledger[-1].considered
        ],
    )
    (waiting,) = outlook(USER, [held], NOW).waiting
    (moment,) = releases(waiting.releases, ReleaseBy.MOMENT)
    assert (moment.text, moment.at_ms) == ("the better hour comes", waiting.until_ms)
    (event,) = releases(waiting.releases, ReleaseBy.EVENT)
    assert event.text == "enough time has passed since the last send and the user turns up"
    assert event.at_ms == NOW + HOUR_MS
