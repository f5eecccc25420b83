from builders import DAY_MS, HOUR_MS, MINUTE_MS, NOW, User, a_request, a_user, knowledge

from tactful.knowledge import Knowledge
from tactful.records import Priority
from tactful.volume.price import TIE_WIDTH

ONLY_EMAIL = ["email"]


def priced(known: Knowledge, channel: str, *steps: tuple[int, float]) -> Knowledge:
    """A channel's price from so many minutes after noon on."""
    shown = [[NOW + minutes * MINUTE_MS, price] for minutes, price in steps]
    value = str({"steps": shown}).replace("'", '"').encode()
    return known.with_update(f"price/{channel}", value)


def a_payer(*steps: tuple[int, float], channel: str = "email") -> User:
    return a_user(priced(knowledge(), channel, *steps))


def test_what_is_worth_the_price_goes_at_once() -> None:
    # The user answers 30% of e-mails, and a promotion is worth 1.
    user = a_payer((0, 0.3), (10, 0.0))
    assert user.asked(a_request(channels=ONLY_EMAIL)).verdict == "send"


def test_what_is_worth_less_waits_until_the_price_has_fallen_to_it() -> None:
    user = a_payer((0, 0.9), (10, 0.5), (20, 0.25), (30, 0.0))
    held = user.asked(a_request(channels=ONLY_EMAIL))
    assert (held.reason, held.reconsider_at_ms) == ("price", NOW + 20 * MINUTE_MS)
    assert held.bid is not None
    assert 0.3 <= held.bid < 0.3 + TIE_WIDTH
    assert "email is at its provider's rate: worth 0.3000, the price is 0.9000" in held.explanation
    [sent] = user.woken()
    assert (sent.verdict, sent.reason, sent.decided_at_ms) == (
        "send",
        "allowed",
        NOW + 20 * MINUTE_MS,
    )


def test_another_channel_without_a_price_is_taken_instead() -> None:
    user = a_payer((0, 0.9), (10, 0.0))
    # Ten minutes later e-mail would still be worth more, so it is waited for.
    assert user.asked(a_request("r1")).reason == "price"
    user = a_payer((0, 0.9), (1000, 0.0))
    assert user.asked(a_request("r1")).channel == "push"


def test_critical_passes_any_price() -> None:
    user = a_payer((0, 1e9))
    request = a_request(priority=Priority.CRITICAL, channels=ONLY_EMAIL)
    assert user.asked(request).verdict == "send"


def test_a_price_that_never_falls_to_it_before_it_expires_keeps_it_silent() -> None:
    user = a_payer((0, 0.9), (25 * 60, 0.0))
    verdict = user.asked(a_request(channels=ONLY_EMAIL))
    assert (verdict.verdict, verdict.reason) == ("suppress", "price")


def test_before_its_first_step_a_channel_is_free() -> None:
    user = a_payer((60, 0.9), (120, 0.0))
    assert user.asked(a_request("r1", channels=ONLY_EMAIL)).verdict == "send"


def test_what_is_urgent_but_not_critical_pays_too() -> None:
    user = a_payer((0, 0.9), (10, 0.0))
    request = a_request(priority=Priority.HIGH, channels=ONLY_EMAIL)
    assert user.asked(request).reason == "price"


def test_a_new_price_counts_when_it_is_decided_again() -> None:
    user = a_payer((0, 0.9), (10, 0.0))
    user.asked(a_request(channels=ONLY_EMAIL))
    user.knowledge = priced(user.knowledge, "email", (0, 0.9), (40, 0.0))
    [again] = user.woken()
    assert (again.verdict, again.reason) == ("hold", "price")
    assert again.reconsider_at_ms == NOW + 40 * MINUTE_MS


def test_without_a_controller_nothing_waits_for_ever() -> None:
    user = a_payer((0, 0.9), (10, 0.0))
    user.asked(a_request(channels=ONLY_EMAIL))
    user.woken()
    assert user.asked(a_request("r2", at_ms=NOW + 5 * HOUR_MS, channels=ONLY_EMAIL)).verdict == (
        "send"
    )


def test_prices_are_no_reason_where_there_are_none() -> None:
    user = a_user()
    assert user.asked(a_request(not_before_ms=NOW + DAY_MS)).bid is None


def test_two_of_equal_worth_pass_one_after_the_other() -> None:
    # Steps finer than the sixth decimal tell apart what is worth the same.
    steps = tuple((minute, 0.3 + TIE_WIDTH * (10 - minute) / 10) for minute in range(11))
    user = a_payer(*steps, (11, 0.0))
    moments = set()
    for number in range(20):
        verdict = user.asked(a_request(f"r{number}", channels=ONLY_EMAIL), NOW)
        moments.add(verdict.reconsider_at_ms)
    assert len(moments) > 3
