"""The overview's numbers, from hand-made ledgers."""

from collections.abc import Iterator

import pytest
from api_world import World
from builders import a_ledger_entry

from api.auth import Role
from api.kafka.knowledge import Refusal
from api.kafka.lags import CachedLags, Lags
from api.pages.console.overview import lags_of, reasons_of, tiles_of
from connectors.kafka.group_lags import GroupLag
from tactful.flow import Flow
from tactful.local_time import MINUTE_MS
from tactful.records import Reason, Verdict


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def test_the_tiles_count_the_last_full_minute_and_the_span() -> None:
    now_ms = 1_795_000_005_000
    flow = Flow()
    moments = [0, 4_000, 10_000, 61_000, 66_000, 600_000, 899_000]
    flow.take([a_ledger_entry(now_ms - ago) for ago in moments], now_ms)
    flow.take([a_ledger_entry(now_ms - 20_000, Verdict.SUPPRESS, Reason.CONSENT, None)], now_ms)
    tiles = tiles_of(flow.view(now_ms))
    # The bucket that is not over yet is left out, and so is what is older than the minute before.
    assert tiles["per_minute"] == 3
    assert tiles["span_min"] == 15
    assert (tiles["total"], tiles["sent"], tiles["held"], tiles["silent"]) == (7, 6, 0, 1)


def test_each_verdict_is_in_one_tile() -> None:
    now_ms = 1_795_000_005_000
    flow = Flow()
    for verdict in Verdict:
        flow.take([a_ledger_entry(now_ms - 20_000, verdict)], now_ms)
    tiles = tiles_of(flow.view(now_ms))
    assert (tiles["sent"], tiles["digest"], tiles["held"], tiles["silent"]) == (1, 1, 1, 3)
    assert tiles["total"] == len(Verdict)


def test_the_page_has_each_tile_that_the_script_fills(world: World) -> None:
    page = world.call("GET", "/console/overview", role=Role.ANALYST).text
    for name in ("per_minute", "sent", "digest", "held", "silent"):
        assert f'data-tile="{name}"' in page


def test_reasons_are_those_of_what_was_not_sent() -> None:
    now_ms = 1_795_000_005_000
    flow = Flow()
    flow.take([a_ledger_entry(now_ms)] * 5, now_ms)
    flow.take([a_ledger_entry(now_ms, Verdict.HOLD, Reason.GAP, None)] * 2, now_ms)
    flow.take([a_ledger_entry(now_ms, Verdict.SUPPRESS, Reason.CONSENT, None)] * 3, now_ms)
    assert reasons_of(flow.view(now_ms)) == [
        {"verdict": "suppress", "reason": "consent", "count": 3},
        {"verdict": "hold", "reason": "gap", "count": 2},
    ]


def test_lags_stand_in_the_order_of_the_stream() -> None:
    rows = [
        GroupLag("t.webhooks", "t.ledger", 1),
        GroupLag("t.decide", "t.requests", 2),
        GroupLag("t.decide", "t.events", 3),
    ]
    found = [(each["job"], each["topic"], each["records"]) for each in lags_of(Lags(rows))]
    assert found == [
        ("Decide job", "events", 3),
        ("Decide job", "requests", 2),
        ("Webhooks", "ledger", 1),
    ]


def test_what_the_ledger_takes_shows_at_once(world: World) -> None:
    before = world.call("GET", "/console/overview/now", role=Role.ANALYST).json()
    assert before["tiles"]["total"] == 0
    assert before["newest_age_ms"] is None
    assert before["lag_trouble"] == "not measured here"
    world.ledger.take(
        [a_ledger_entry(world.now_ms - 30_000), a_ledger_entry(world.now_ms - MINUTE_MS * 20)]
    )
    after = world.call("GET", "/console/overview/now", role=Role.ANALYST).json()
    assert after["tiles"]["total"] == 1
    assert after["newest_age_ms"] == 30_000
    assert sum(map(sum, after["flow"]["channels"].values())) == 1


def test_what_is_away_or_refused_is_named(world: World) -> None:
    world.services.health = lambda: {"kafka": None, "redis": "open"}
    world.knowledge.refused["policy/default"] = Refusal("policy/default", 3, "no <b>channels</b>")
    found = world.call("GET", "/console/overview", role=Role.ANALYST)
    assert found.status_code == 200
    assert "<b>channels</b>" not in found.text
    told = world.call("GET", "/console/overview/now", role=Role.ANALYST).json()["health"]
    assert told == [
        {"part": "kafka", "trouble": None},
        {"part": "redis", "trouble": "open"},
        {"part": "policy/default", "trouble": "no <b>channels</b>"},
    ]


def test_lags_come_from_their_source(world: World) -> None:
    class Source:
        def read(self) -> list[GroupLag]:
            return [GroupLag("tactful.decide", "tactful.events", 7)]

    world.services.lags = CachedLags(Source)
    found = world.call("GET", "/console/overview/now", role=Role.ANALYST).json()
    assert [each["records"] for each in found["lags"]] == [7]
    assert found["lag_trouble"] is None
