import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    User,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    quiet,
)

from tactful.composer.round import Round
from tactful.policy import NotificationType, Purpose, Timing
from tactful.records import Priority

SEVEN = at("2026-01-07 19:00")


def a_reader(channel: str = "in_app", **changes: object) -> User:
    """Seven in the evening is the best hour, and who is in the app sees it now."""
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS},
        global_hour_weights=tuple(5.0 if hour == 19 else 1.0 for hour in range(24)),
        presence_worth=10.0,
        kappa_user=1_000.0,
    )
    channels = dict(PLAIN.channels)
    channels["in_app"] = msgspec.structs.replace(channels["in_app"], presence=True)
    promotion = NotificationType(
        Purpose.MARKETING, (channel,), ttl_ms=3 * DAY_MS, value_half_life_ms=30 * DAY_MS
    )
    types = {"promotion": promotion}
    return a_user(knowledge(**{"timing": timing, "channels": channels, "types": types, **changes}))


def turns_up(user: User, at_ms: int, late_ms: int = 0) -> None:
    user.take(an_event(f"e{at_ms}", at_ms - late_ms), at_ms)


def test_what_waits_for_a_better_hour_goes_when_the_user_turns_up() -> None:
    user = a_reader()
    held = user.asked(a_request())
    assert (held.reason, held.reconsider_at_ms) == ("best_time", SEVEN)
    turns_up(user, NOW + HOUR_MS)
    assert user.verdicts() == ["hold best_time", "send allowed"]
    assert user.ledger[-1].decided_at_ms == NOW + HOUR_MS


def test_a_channel_where_presence_shows_nothing_waits_on() -> None:
    user = a_reader("email")
    user.asked(a_request())
    turns_up(user, NOW + HOUR_MS)
    assert user.verdicts() == ["hold best_time"]


def test_who_is_there_already_gets_it_at_once() -> None:
    user = a_reader()
    turns_up(user, NOW)
    assert user.asked(a_request(at_ms=NOW + 5 * MINUTE_MS)).verdict == "send"


@pytest.mark.parametrize("late_ms", [5 * MINUTE_MS + 1, DAY_MS])
def test_who_was_there_some_time_ago_is_not_there_now(late_ms: int) -> None:
    user = a_reader()
    user.asked(a_request())
    turns_up(user, NOW + HOUR_MS, late_ms)
    assert user.verdicts() == ["hold best_time"]


def test_presence_passes_no_quiet_hours() -> None:
    user = a_reader(quiet_hours=quiet("12:30", "18:00"))
    user.asked(a_request())
    turns_up(user, NOW + HOUR_MS)
    # But for the quiet hours it would go now.
    assert user.verdicts() == ["hold best_time", "hold quiet_hours"]
    assert user.ledger[-1].reconsider_at_ms == SEVEN
    asked = user.asked(a_request("r2", at_ms=NOW + HOUR_MS))
    assert (asked.verdict, asked.reconsider_at_ms) == ("hold", SEVEN)


def test_what_a_constraint_holds_waits_on() -> None:
    user = a_reader()
    user.asked(a_request(not_before_ms=SEVEN))
    turns_up(user, NOW + HOUR_MS)
    assert user.verdicts() == ["hold best_time"]
    user = a_reader()
    user.asked(a_request(not_before_ms=SEVEN + HOUR_MS))
    turns_up(user, NOW + HOUR_MS)
    assert user.verdicts() == ["hold not_before"]


def test_a_policy_may_make_little_of_presence() -> None:
    user = a_reader()
    timing = msgspec.structs.replace(user.knowledge.policy.timing, presence_worth=0.0)
    user = a_reader(timing=timing)
    user.asked(a_request())
    turns_up(user, NOW + HOUR_MS)
    assert user.verdicts() == ["hold best_time"]


def test_within_a_minute_of_presence_nothing_is_decided_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An email can't be seen any sooner by a user who is there, so it waits through all of this.
    user = a_reader("email")
    user.asked(a_request())
    decided = []
    again = Round.decide_again
    monkeypatch.setattr(
        Round,
        "decide_again",
        lambda self, those: (decided.append(self.context.now_ms), again(self, those)),
    )
    began = NOW + HOUR_MS
    for after_ms in (0, 1, 59_999, MINUTE_MS, MINUTE_MS + 1, 20 * MINUTE_MS):
        turns_up(user, began + after_ms)
    assert decided == [began, began + MINUTE_MS, began + 20 * MINUTE_MS]
    turns_up(user, began + 21 * MINUTE_MS, late_ms=HOUR_MS)
    assert decided[3:] == [began + 21 * MINUTE_MS], "they were seen a minute ago"
    turns_up(user, began + 40 * MINUTE_MS, late_ms=HOUR_MS)
    assert len(decided) == 4, "an event that comes late says nothing of now"


def test_what_becomes_free_while_the_user_stays_goes_within_the_minute() -> None:
    user = a_reader()
    began = NOW + HOUR_MS
    turns_up(user, began)
    held = user.asked(a_request(at_ms=began, not_before_ms=began + 2 * MINUTE_MS))
    assert held.reconsider_at_ms == SEVEN
    turns_up(user, began + MINUTE_MS)
    assert user.decisions == []
    turns_up(user, began + 2 * MINUTE_MS)
    assert len(user.decisions) == 1
