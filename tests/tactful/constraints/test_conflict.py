import msgspec
import pytest
from asking import an_ask, earliest, sent, why
from builders import HOUR_MS, MINUTE_MS, NOW, PLAIN, a_request, a_user, knowledge

from tactful.constraints import Rival
from tactful.constraints.conflict import CONSTRAINT
from tactful.ids import tag
from tactful.knowledge import Knowledge
from tactful.policy.model import ConflictGroup, NotificationType, Others
from tactful.records import Priority


def in_group(value: float = 1.0, type_name: str = "promotion") -> NotificationType:
    return msgspec.structs.replace(PLAIN.types[type_name], conflict_group="offers", value=value)


def grouped(window_ms: int = HOUR_MS, others: Others = Others.WAIT) -> Knowledge:
    """Promotions are worth less than newsletters, and tips stand outside the group."""
    return knowledge(
        types={
            "promotion": in_group(1.0),
            "newsletter": in_group(2.0, "newsletter"),
            "tip": PLAIN.types["promotion"],
        },
        conflict_groups={"offers": ConflictGroup(window_ms, others)},
    )


STRONGER = (1, -1.0, NOW, "a")
MINE = (2, -1.0, NOW, "m")
WEAKER = (3, -1.0, NOW, "z")


def rival(
    due_ms: int, order: tuple[int, float, int, str] = STRONGER, type_name: str = "newsletter"
) -> Rival:
    return Rival(order[3], tag(type_name), None, NOW, due_ms, 1.0, order)


@pytest.mark.parametrize(
    ("ago_ms", "free_ms"),
    [([0], HOUR_MS), ([1], HOUR_MS - 1), ([HOUR_MS - 1], 1), ([HOUR_MS], 0), ([], 0)],
)
def test_a_send_of_the_group_holds_the_others_back_for_the_window(
    ago_ms: list[int], free_ms: int
) -> None:
    sends = [sent(NOW - each, "newsletter", "push") for each in ago_ms]
    assert earliest(CONSTRAINT, an_ask(grouped(), sends=sends)) == NOW + free_ms


def test_sends_outside_the_group_or_not_counted_hold_nothing_back() -> None:
    for other in (sent(NOW, "tip"), sent(NOW, "newsletter", counted=False), sent(NOW, "gone")):
        assert earliest(CONSTRAINT, an_ask(grouped(), sends=[other])) == NOW
    tip = an_ask(grouped(), "tip", sends=[sent(NOW)])
    assert earliest(CONSTRAINT, tip) == NOW
    assert not CONSTRAINT.applies(tip.kind)


@pytest.mark.parametrize(
    ("due_ms", "free_ms"),
    [
        (NOW, NOW + HOUR_MS),
        (NOW + 10 * MINUTE_MS, NOW + 70 * MINUTE_MS),
        (NOW + HOUR_MS - 1, NOW + 2 * HOUR_MS - 1),
        (NOW + HOUR_MS, NOW),  # there is time to go before it
        (NOW - 10 * MINUTE_MS, NOW + 50 * MINUTE_MS),  # it is late, but it goes first
    ],
)
def test_a_stronger_one_that_waits_keeps_the_window_around_its_moment(
    due_ms: int, free_ms: int
) -> None:
    ask = an_ask(grouped(), rivals=[rival(due_ms)], order=MINE)
    assert earliest(CONSTRAINT, ask) == free_ms


def test_a_weaker_one_or_one_outside_the_group_keeps_nothing() -> None:
    for other in (rival(NOW, WEAKER), rival(NOW, STRONGER, "tip"), rival(NOW, MINE)):
        assert earliest(CONSTRAINT, an_ask(grouped(), rivals=[other], order=MINE)) == NOW


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ((0, -1.0, 9, "z"), (1, -5.0, 1, "a")),  # by priority
        ((1, -5.0, 9, "z"), (1, -1.0, 1, "a")),  # then by the type's value
        ((1, -1.0, 1, "z"), (1, -1.0, 9, "a")),  # then by age
        ((1, -1.0, 1, "a"), (1, -1.0, 1, "b")),  # then by id
    ],
)
def test_the_order_says_who_goes_first(
    stronger: tuple[int, float, int, str], weaker: tuple[int, float, int, str]
) -> None:
    loses = an_ask(grouped(), rivals=[rival(NOW, stronger)], order=weaker)
    wins = an_ask(grouped(), rivals=[rival(NOW, weaker)], order=stronger)
    assert earliest(CONSTRAINT, loses) == NOW + HOUR_MS
    assert earliest(CONSTRAINT, wins) == NOW


def test_moments_in_a_row_are_passed_one_after_the_other() -> None:
    rivals = [rival(NOW + at * MINUTE_MS, (1, -1.0, NOW, str(at))) for at in (150, 30, 90)]
    ask = an_ask(grouped(), rivals=rivals, order=MINE)
    assert earliest(CONSTRAINT, ask) == NOW + 210 * MINUTE_MS
    wide = [rival(NOW + at * MINUTE_MS, (1, -1.0, NOW, str(at))) for at in (30, 210)]
    assert earliest(CONSTRAINT, an_ask(grouped(), rivals=wide, order=MINE)) == NOW + 90 * MINUTE_MS


def test_a_send_and_one_that_waits_count_alike() -> None:
    ask = an_ask(
        grouped(), sends=[sent(NOW - 30 * MINUTE_MS)], rivals=[rival(NOW + HOUR_MS)], order=MINE
    )
    assert earliest(CONSTRAINT, ask) == NOW + 2 * HOUR_MS
    assert why(CONSTRAINT, ask) == "another notification of the conflict group offers goes first"


def test_the_more_valuable_one_goes_first_and_the_other_follows_a_window_later() -> None:
    user = a_user(grouped())
    begins = NOW + 10 * MINUTE_MS
    assert user.asked(a_request("n", "newsletter", not_before_ms=begins)).verdict == "hold"
    held = user.asked(a_request("p"))
    assert (held.reason, held.reconsider_at_ms) == ("conflict", begins + HOUR_MS)
    assert user.asked(a_request("t", "tip")).verdict == "send"
    [first] = user.woken()
    [second] = user.woken()
    assert (first.request_id, first.decided_at_ms) == ("n", begins)
    assert (second.request_id, second.decided_at_ms) == ("p", begins + HOUR_MS)


def test_the_less_valuable_one_does_not_hold_the_other_back() -> None:
    user = a_user(grouped())
    user.asked(a_request("p", not_before_ms=NOW + 10 * MINUTE_MS))
    assert user.asked(a_request("n", "newsletter")).verdict == "send"
    user.asked(a_request("high", priority=Priority.HIGH))
    assert user.verdicts("high") == ["hold conflict"]


def test_with_merge_the_other_goes_along() -> None:
    user = a_user(grouped(others=Others.MERGE))
    begins = NOW + 10 * MINUTE_MS
    user.asked(a_request("n", "newsletter", not_before_ms=begins))
    assert user.asked(a_request("p", channels=["email"])).reason == "conflict"
    told = {entry.request_id: entry for entry in user.woken()}
    assert told["n"].verdict == "send"
    assert (told["p"].verdict, told["p"].reason) == ("digest", "conflict")
    assert told["p"].merged_into == "n"
