"""The last minute: counted by second, lags of first verdicts, and what waits."""

import pytest

from cli.live_stats import LiveStats, percentiles, spark
from cli.watch import plain_line
from tactful.records import DeadLetter, DeadLetterReason, LedgerEntry, Priority, Reason, Verdict

NOW_MS = 1_000_000_000


def entry(request: str, verdict: Verdict, decided_ms: int, asked_ms: int) -> LedgerEntry:
    return LedgerEntry(
        decision_id=request,
        request_id=request,
        user_id="u",
        type="tip",
        verdict=verdict,
        reason=Reason.ALLOWED if verdict is Verdict.SEND else Reason.QUIET_HOURS,
        priority=Priority.NORMAL,
        requested_at_ms=asked_ms,
        decided_at_ms=decided_ms,
        expires_at_ms=decided_ms,
        explanation="",
        policy_version="p",
        model_versions={},
        channel="email" if verdict is Verdict.SEND else None,
    )


def test_verdicts_are_counted_in_the_second_they_were_written() -> None:
    stats = LiveStats(window_s=3)
    for ago_s, count in ((1, 2), (3, 1), (4, 5)):
        for n in range(count):
            written_ms = NOW_MS - ago_s * 1000
            made = entry(f"{ago_s}/{n}", Verdict.SEND, written_ms, written_ms)
            stats.ledger(made, written_ms)
    assert stats.per_second(NOW_MS) == [1, 0, 2]
    assert stats.verdicts(NOW_MS) == {("send", "allowed", "email"): 3}
    assert stats.totals.total() == 8
    stats.forget_before(NOW_MS)
    assert stats.per_second(NOW_MS - 1000) == [0, 1, 0]


def test_only_the_first_verdict_on_a_request_counts_as_lag() -> None:
    stats = LiveStats()
    stats.request("r", NOW_MS - 30)
    stats.ledger(entry("r", Verdict.HOLD, NOW_MS - 10, NOW_MS - 40), NOW_MS)
    stats.ledger(entry("r", Verdict.SEND, NOW_MS + 9_000, NOW_MS - 40), NOW_MS + 9_000)
    decision, pipeline = stats.lags(NOW_MS + 10_000)
    assert decision is not None
    assert (decision.count, decision.p50_ms) == (1, 30)
    assert pipeline is not None
    assert (pipeline.count, pipeline.p99_ms) == (1, 30)


def test_a_hold_waits_until_its_final_verdict() -> None:
    stats = LiveStats()
    stats.ledger(entry("r", Verdict.HOLD, NOW_MS, NOW_MS), NOW_MS)
    stats.ledger(entry("r", Verdict.HOLD, NOW_MS, NOW_MS), NOW_MS)
    assert stats.held == 1
    stats.ledger(entry("r", Verdict.EXPIRE, NOW_MS, NOW_MS), NOW_MS)
    assert stats.held == 0


@pytest.mark.parametrize(
    ("lags", "wanted"),
    [([], None), ([5], (5, 5, 5)), (range(1, 101), (50, 95, 99)), ([9, 1, 5], (5, 9, 9))],
)
def test_percentiles_are_by_nearest_rank(
    lags: list[int], wanted: tuple[int, int, int] | None
) -> None:
    lag = percentiles(lags)
    assert (None if lag is None else (lag.p50_ms, lag.p95_ms, lag.p99_ms)) == wanted


def test_bars_are_as_long_as_the_window_and_never_hide_a_verdict() -> None:
    assert spark([]) == ""
    assert spark([0, 0]) == "  "
    assert spark([1, 1000]) == "▁█"


def test_the_plain_line_has_all_of_a_second() -> None:
    stats = LiveStats()
    written_ms = NOW_MS - 1500
    stats.request("a", written_ms - 8)
    stats.ledger(entry("a", Verdict.SEND, written_ms, written_ms - 12), written_ms)
    stats.ledger(entry("b", Verdict.HOLD, written_ms, written_ms - 20), written_ms)
    letter = DeadLetter(DeadLetterReason.UNDECODABLE, "", "t", 0, 0, b"")
    stats.dead_letter(letter, written_ms)
    assert plain_line(stats, NOW_MS).split("  ")[1:] == [
        "verdicts/s 2",
        "hold=1 send=1",
        "email=1",
        "decision lag p50 12 ms, p95 20 ms, p99 20 ms",
        "pipeline lag p50 8 ms, p95 8 ms, p99 8 ms",
        "waiting 1",
        "dead letters 1",
    ]
