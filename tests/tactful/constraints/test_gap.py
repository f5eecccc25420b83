from typing import Any

import pytest
from asking import an_ask, earliest, sent, why
from builders import HOUR_MS, MINUTE_MS, NOW, a_request, a_user, knowledge

from tactful.constraints.gap import CONSTRAINT
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import Gap, GapPer
from tactful.records import Priority


def gaps(*found: Gap) -> Knowledge:
    return knowledge(gaps=found)


def a_gap(name: str = "gap", min_ms: int = HOUR_MS, **more: Any) -> Gap:
    return Gap(name=name, min_ms=min_ms, **more)


def test_a_gap_ends_so_long_after_the_last_send_to_the_millisecond() -> None:
    ask = an_ask(gaps(a_gap()), sends=[sent(NOW - HOUR_MS + 1), sent(NOW - 5 * HOUR_MS)])
    assert earliest(CONSTRAINT, ask) == NOW + 1
    assert earliest(CONSTRAINT, ask, NOW + 1) == NOW + 1
    assert earliest(CONSTRAINT, an_ask(gaps(a_gap()), sends=[sent(NOW - HOUR_MS)])) == NOW
    assert earliest(CONSTRAINT, an_ask(gaps(a_gap()))) == NOW


@pytest.mark.parametrize(
    ("per", "email", "push"),
    [
        (GapPer.USER, HOUR_MS, HOUR_MS),
        (GapPer.CHANNEL, 0, HOUR_MS),
        (GapPer.TYPE, 0, 0),
    ],
)
def test_a_gap_lies_between_sends_of_the_user_of_a_channel_or_of_a_type(
    per: GapPer, email: int, push: int
) -> None:
    ask = an_ask(gaps(a_gap(per=per)), sends=[sent(NOW, "newsletter", "push")])
    assert earliest(CONSTRAINT, ask, channel="email") == NOW + email
    assert earliest(CONSTRAINT, ask, channel="push") == NOW + push


def test_a_gap_per_type_lies_between_sends_of_one_type_on_any_channel() -> None:
    ask = an_ask(gaps(a_gap(per=GapPer.TYPE)), sends=[sent(NOW, "promotion", "push")])
    assert earliest(CONSTRAINT, ask, channel="email") == NOW + HOUR_MS


def test_a_gap_of_some_channels_binds_and_counts_those_alone() -> None:
    known = gaps(a_gap(channels=("push", "in_app")))
    ask = an_ask(known, sends=[sent(NOW, channel="push")])
    assert earliest(CONSTRAINT, ask, channel="email") == NOW
    assert earliest(CONSTRAINT, ask, channel="in_app") == NOW + HOUR_MS
    ask = an_ask(known, sends=[sent(NOW, channel="email")])
    assert earliest(CONSTRAINT, ask, channel="push") == NOW


def test_a_gap_counts_its_purposes_and_only_what_counts() -> None:
    known = gaps(a_gap())
    receipt = sent(NOW, "receipt", purpose=Purpose.TRANSACTIONAL)
    assert earliest(CONSTRAINT, an_ask(known, sends=[receipt])) == NOW
    assert earliest(CONSTRAINT, an_ask(known, sends=[sent(NOW, counted=False)])) == NOW
    both = gaps(a_gap(purposes=tuple(Purpose)))
    assert earliest(CONSTRAINT, an_ask(both, sends=[receipt])) == NOW + HOUR_MS
    assert not CONSTRAINT.applies(known.kinds["receipt"])
    assert CONSTRAINT.applies(both.kinds["receipt"])


def test_of_several_gaps_the_one_that_ends_last_binds_and_is_named() -> None:
    known = gaps(
        a_gap("short", MINUTE_MS),
        a_gap("long", 2 * HOUR_MS, per=GapPer.CHANNEL),
        a_gap("mid", HOUR_MS),
    )
    ask = an_ask(known, sends=[sent(NOW - MINUTE_MS // 2, channel="push")])
    assert earliest(CONSTRAINT, ask, channel="push") == NOW - MINUTE_MS // 2 + 2 * HOUR_MS
    assert why(CONSTRAINT, ask, "push") == "gap long to the last send"
    assert why(CONSTRAINT, ask, "email") == "gap mid to the last send"


def test_only_a_gap_that_tells_channels_apart_differs_by_channel() -> None:
    def differs(gap: Gap) -> bool:
        return CONSTRAINT.by_channel(gaps(gap).kinds["promotion"])

    assert not differs(a_gap())
    assert not differs(a_gap(per=GapPer.TYPE))
    assert differs(a_gap(per=GapPer.CHANNEL))
    assert differs(a_gap(channels=("email",)))


def test_a_clock_that_went_back_shortens_no_gap() -> None:
    ask = an_ask(gaps(a_gap()), sends=[sent(NOW + 10 * MINUTE_MS)])
    assert earliest(CONSTRAINT, ask) == NOW + 10 * MINUTE_MS + HOUR_MS


def test_two_requests_at_once_go_out_a_gap_apart_and_critical_between_them() -> None:
    user = a_user(gaps(a_gap(min_ms=30 * MINUTE_MS)))
    assert user.asked(a_request("r1")).verdict == "send"
    held = user.asked(a_request("r2"))
    assert (held.verdict, held.reason) == ("hold", "gap")
    assert held.reconsider_at_ms == NOW + 30 * MINUTE_MS
    assert user.asked(a_request("c", priority=Priority.CRITICAL)).verdict == "send"
    [later] = user.woken()
    assert (later.request_id, later.decided_at_ms) == ("r2", NOW + 30 * MINUTE_MS)
