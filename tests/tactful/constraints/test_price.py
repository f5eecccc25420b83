import pytest
from asking import an_ask, channel_of, earliest, why
from builders import HOUR_MS, NOW, a_request, a_user, knowledge

from tactful.constraints import Ask
from tactful.constraints.price import CONSTRAINT
from tactful.knowledge import Knowledge
from tactful.records import Priority
from tactful.volume.price import PricePath, PriceStep


def priced(*steps: tuple[int, float], channel: str = "email") -> Knowledge:
    path = PricePath(tuple(PriceStep(NOW + at, price) for at, price in steps))
    return Knowledge(knowledge().policy, prices={channel: path})


def bidding(bid: float, known: Knowledge) -> Ask:
    ask = an_ask(known)
    ask.bids = dict.fromkeys(known.channels, bid)
    return ask


FALLING = ((0, 1.0), (HOUR_MS, 0.5), (2 * HOUR_MS, 0.0))


@pytest.mark.parametrize(
    ("bid", "free_ms"),
    [(1.5, 0), (1.0, 0), (0.999, HOUR_MS), (0.5, HOUR_MS), (0.4, 2 * HOUR_MS), (0.0, 2 * HOUR_MS)],
)
def test_a_bid_goes_when_the_price_is_at_or_below_it(bid: float, free_ms: int) -> None:
    assert earliest(CONSTRAINT, bidding(bid, priced(*FALLING))) == NOW + free_ms


def test_before_the_first_step_a_channel_is_free() -> None:
    ask = bidding(0.1, priced((10, 1.0), (HOUR_MS, 0.0)))
    assert earliest(CONSTRAINT, ask) == NOW
    assert earliest(CONSTRAINT, ask, NOW + 9) == NOW + 9
    assert earliest(CONSTRAINT, ask, NOW + 10) == NOW + HOUR_MS


def test_a_price_that_never_falls_lets_nothing_cheaper_go() -> None:
    ask = bidding(0.1, priced((0, 1.0)))
    assert earliest(CONSTRAINT, ask) is None
    assert earliest(CONSTRAINT, ask, NOW + HOUR_MS) is None


def test_only_the_channel_with_a_price_waits() -> None:
    ask = bidding(0.1, priced(*FALLING))
    assert earliest(CONSTRAINT, ask, channel="push") == NOW
    assert CONSTRAINT.by_channel(ask.kind)
    assert not CONSTRAINT.by_channel(ask.knowledge.kinds["newsletter"])
    assert CONSTRAINT.idle(an_ask())


def test_the_sentence_says_worth_and_price() -> None:
    ask = bidding(0.25, priced(*FALLING))
    assert why(CONSTRAINT, ask) == (
        "email is at its provider's rate: worth 0.2500, the price is 1.0000"
    )
    later = CONSTRAINT.because(ask, channel_of(ask, "email"), NOW + HOUR_MS)
    assert later.endswith("the price is 0.5000")


def test_a_request_waits_for_its_price_and_critical_does_not() -> None:
    user = a_user(priced((0, 1.0), (HOUR_MS, 0.0)))
    held = user.asked(a_request("r1", "newsletter"))
    assert (held.verdict, held.reason) == ("hold", "price")
    assert held.reconsider_at_ms == NOW + HOUR_MS
    critical = user.asked(a_request("c", "newsletter", priority=Priority.CRITICAL))
    assert critical.verdict == "send"
    assert user.asked(a_request("r2", channels=["push"])).verdict == "send"
