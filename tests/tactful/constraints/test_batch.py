import msgspec
import pytest
from asking import an_ask, earliest, why
from builders import DAY_MS, HOUR_MS, MINUTE_MS, NOW, PLAIN, a_request, a_user, at, knowledge

from tactful.constraints import Rival
from tactful.constraints.batch import CONSTRAINT
from tactful.ids import tag
from tactful.knowledge import Knowledge
from tactful.policy.model import Batch
from tactful.records import Priority


def batched(
    window_ms: int = 30 * MINUTE_MS, hour: int | None = None, *, digestible: bool = True
) -> Knowledge:
    kind = msgspec.structs.replace(
        PLAIN.types["promotion"], batch=Batch(window_ms, hour), digestible=digestible
    )
    other = msgspec.structs.replace(PLAIN.types["newsletter"], batch=Batch(window_ms))
    receipt = PLAIN.types["receipt"]
    return knowledge(types={"promotion": kind, "newsletter": other, "receipt": receipt})


def waiting(first_ms: int, key: str | None = "b", type_name: str = "promotion") -> Rival:
    return Rival("other", tag(type_name), key, first_ms, NOW + HOUR_MS, 1.0, (2, -1.0, 0, "other"))


def test_a_batch_closes_so_long_after_its_first_request_was_seen() -> None:
    ask = an_ask(batched(), batch_key="b")
    assert earliest(CONSTRAINT, ask) == NOW + 30 * MINUTE_MS
    assert earliest(CONSTRAINT, ask, NOW + HOUR_MS) == NOW + HOUR_MS
    assert why(CONSTRAINT, ask) == "the batch b is collected until Wed 2026-01-07 12:30"
    again = an_ask(batched(), batch_key="b", first_ms=NOW - 20 * MINUTE_MS)
    assert earliest(CONSTRAINT, again) == NOW + 10 * MINUTE_MS
    late = an_ask(batched(), batch_key="b", first_ms=NOW - HOUR_MS)
    assert earliest(CONSTRAINT, late) == NOW


@pytest.mark.parametrize(
    ("other", "minutes"),
    [
        (waiting(NOW - 20 * MINUTE_MS), 10),
        (waiting(NOW + 5 * MINUTE_MS), 30),
        (waiting(NOW - 20 * MINUTE_MS, "c"), 30),
        (waiting(NOW - 20 * MINUTE_MS, None), 30),
        (waiting(NOW - 20 * MINUTE_MS, "b", "newsletter"), 30),
        (waiting(NOW - 40 * MINUTE_MS), 0),
    ],
)
def test_the_first_that_waits_with_the_same_key_and_type_began_it(
    other: Rival, minutes: int
) -> None:
    ask = an_ask(batched(), batch_key="b", rivals=[other])
    assert earliest(CONSTRAINT, ask) == NOW + minutes * MINUTE_MS


def test_only_what_has_a_key_and_is_digestible_and_not_urgent_is_collected() -> None:
    assert earliest(CONSTRAINT, an_ask(batched())) == NOW
    assert earliest(CONSTRAINT, an_ask(batched(digestible=False), batch_key="b")) == NOW
    for priority in (Priority.HIGH, Priority.CRITICAL):
        assert earliest(CONSTRAINT, an_ask(batched(), batch_key="b", priority=priority)) == NOW
    low = an_ask(batched(), batch_key="b", priority=Priority.LOW)
    assert earliest(CONSTRAINT, low) == NOW + 30 * MINUTE_MS
    receipt = an_ask(batched(), "receipt", batch_key="b")
    assert earliest(CONSTRAINT, receipt) == NOW
    assert not CONSTRAINT.applies(receipt.kind)


@pytest.mark.parametrize(
    ("window_ms", "now", "closes"),
    [
        (0, "2026-01-07 12:00", "2026-01-07 18:00"),
        (0, "2026-01-07 18:00", "2026-01-07 18:00"),
        (0, "2026-01-07 18:00:01", "2026-01-08 18:00"),
        (5 * HOUR_MS, "2026-01-07 13:00", "2026-01-07 18:00"),
        (6 * HOUR_MS, "2026-01-07 13:00", "2026-01-08 18:00"),
        (DAY_MS, "2026-01-07 13:00", "2026-01-08 18:00"),
    ],
)
def test_with_an_hour_a_batch_closes_at_that_local_hour_next(
    window_ms: int, now: str, closes: str
) -> None:
    zone = "Asia/Kathmandu"
    known = batched(window_ms, hour=18)
    ask = an_ask(known, now_ms=at(now, zone), batch_key="b", profile={"time_zone": zone})
    assert earliest(CONSTRAINT, ask) == at(closes, zone)


@pytest.mark.parametrize(
    ("hour", "now", "closes"),
    [
        (2, "2026-03-08 00:30", "2026-03-08 03:00"),  # 02:00 is left out
        (1, "2026-11-01 00:30", "2026-11-01 01:00"),  # 01:00 is shown twice
    ],
)
def test_an_hour_where_clocks_change_closes_a_batch_once(hour: int, now: str, closes: str) -> None:
    zone = "America/New_York"
    ask = an_ask(batched(0, hour), now_ms=at(now, zone), batch_key="b", profile={"time_zone": zone})
    assert earliest(CONSTRAINT, ask) == at(closes, zone)


def test_those_of_one_batch_go_out_together_at_its_close() -> None:
    user = a_user(batched())
    user.asked(a_request("r1", batch_key="b"))
    user.asked(a_request("r2", batch_key="b", at_ms=NOW + 10 * MINUTE_MS))
    alone = user.asked(a_request("r3", at_ms=NOW + 10 * MINUTE_MS))
    assert alone.verdict == "send"
    told = user.woken()
    assert sorted(entry.verdict for entry in told) == ["digest", "send"]
    assert {entry.request_id for entry in told} == {"r1", "r2"}
    assert user.now_ms == NOW + 30 * MINUTE_MS
