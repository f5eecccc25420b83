import pytest
from asking import an_ask, earliest, sent, why
from builders import DAY_MS, HOUR_MS, MINUTE_MS, NOW, a_request, a_user, knowledge

from tactful.constraints.cool_down import CONSTRAINT
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import CoolDown
from tactful.records import Priority


def rest(sends: int = 3, within_ms: int = HOUR_MS, rest_ms: int = DAY_MS) -> Knowledge:
    return knowledge(cool_downs=(CoolDown("rest", sends, within_ms, rest_ms),))


@pytest.mark.parametrize(
    ("ago_min", "free_min"),
    [
        ([], 0),
        ([10, 5], 0),
        ([10, 5, 0], 24 * 60),
        ([59, 30, 1], 24 * 60 - 1),
        ([60, 30, 0], 0),  # an hour apart is not within an hour
        ([59, 30, 0], 24 * 60),
        ([90, 61, 30, 5], 24 * 60 - 5),  # 61, 30 and 5 are a burst
        ([180, 120, 60, 0], 0),
        ([24 * 60 + 20, 24 * 60 + 10, 24 * 60], 0),
        ([24 * 60 + 20, 24 * 60 + 10, 24 * 60 - 1], 1),
        (
            [300, 290, 280, 200],
            24 * 60 - 280,
        ),  # the rest counts from the burst, not from what followed
        ([0, 0, 0], 24 * 60),
    ],
)
def test_after_a_burst_there_is_rest(ago_min: list[int], free_min: int) -> None:
    sends = [sent(NOW - each * MINUTE_MS) for each in ago_min]
    assert earliest(CONSTRAINT, an_ask(rest(), sends=sends)) == NOW + free_min * MINUTE_MS


def test_sends_that_do_not_count_make_no_burst() -> None:
    counted = [sent(NOW - 2), sent(NOW - 1)]
    for other in (
        sent(NOW, counted=False),
        sent(NOW, "receipt", purpose=Purpose.TRANSACTIONAL),
    ):
        assert earliest(CONSTRAINT, an_ask(rest(), sends=[*counted, other])) == NOW


def test_a_burst_is_one_of_all_channels_and_types() -> None:
    sends = [sent(NOW - 2, channel="push"), sent(NOW - 1, "newsletter"), sent(NOW)]
    ask = an_ask(rest(), sends=sends)
    assert {earliest(CONSTRAINT, ask, channel=each) for each in ("email", "push")} == {NOW + DAY_MS}


def test_of_several_rests_the_longest_binds_and_is_named() -> None:
    known = knowledge(
        cool_downs=(
            CoolDown("short", 2, HOUR_MS, HOUR_MS),
            CoolDown("long", 3, HOUR_MS, DAY_MS),
        )
    )
    two = an_ask(known, sends=[sent(NOW - 1), sent(NOW)])
    assert earliest(CONSTRAINT, two) == NOW + HOUR_MS
    assert why(CONSTRAINT, two) == "cool-down short after 2 sends in a row"
    three = an_ask(known, sends=[sent(NOW - 2), sent(NOW - 1), sent(NOW)])
    assert earliest(CONSTRAINT, three) == NOW + DAY_MS
    assert why(CONSTRAINT, three) == "cool-down long after 3 sends in a row"


def test_a_rest_binds_its_purposes() -> None:
    known = rest()
    assert CONSTRAINT.applies(known.kinds["promotion"])
    assert not CONSTRAINT.applies(known.kinds["receipt"])
    sends = [sent(NOW - 2), sent(NOW - 1), sent(NOW)]
    assert earliest(CONSTRAINT, an_ask(known, "receipt", sends=sends)) == NOW


def test_a_user_rests_and_critical_does_not() -> None:
    user = a_user(rest(sends=2))
    for number in range(2):
        assert user.asked(a_request(f"r{number}")).verdict == "send"
    held = user.asked(a_request("r2", "newsletter"))
    assert (held.reason, held.reconsider_at_ms) == ("cool_down", NOW + DAY_MS)
    assert user.asked(a_request("c", priority=Priority.CRITICAL)).verdict == "send"
    assert user.asked(a_request("t", "receipt")).verdict == "send"
