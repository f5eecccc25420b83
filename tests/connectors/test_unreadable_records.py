"""A stored record that can't be decoded is an error of that record, and of nothing else."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
from redis_server import RedisServer
from test_history_sink import a_verdict, kept
from test_profile_reader import NOW, World, server  # noqa: F401 - a fixture

from connectors.breaker import BreakerState
from connectors.cassandra.history_sink import HistorySink
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.unreadable import UnreadableRecordError
from connectors.profile_reader import Source

SECRET = "ada@example.org"


@pytest.fixture
def world(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:  # noqa: F811
    made = World(server, monkeypatch)
    made.met = []  # type: ignore[attr-defined]
    made.reader._on_unreadable = made.met.append  # type: ignore[attr-defined]
    yield made
    made.reader.close()
    made.cache.close()


def damage(world: World, table: str, raw: str, where: str = "ada") -> None:
    """Put something else in place of `raw` of the first row that has `where` in its key."""
    for key, cells in world.session.cells[table].items():
        if where in key:
            at, _, _ = cells["raw"]
            cells["raw"] = (at, False, raw)
            return
    raise AssertionError(where)


@pytest.mark.parametrize("raw", ["", "{", '{"version": "' + SECRET + '"}', "[" * 5_000])
def test_a_damaged_profile_is_told_and_the_store_is_not_away(
    world: World, raw: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.put("ada", 3, told=False)
    world.put("bo", 3, told=False)
    damage(world, "profiles", raw)
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            with pytest.raises(UnreadableRecordError):
                world.reader.get("ada")
        with pytest.raises(UnreadableRecordError):
            asyncio.run(world.reader.aget("ada"))
    assert world.reader.breaker.failures == 0
    assert world.reader.states()["cassandra"] is BreakerState.CLOSED
    assert world.reader.get("bo").version == 3
    assert world.met == ["profiles"] * 6  # type: ignore[attr-defined]
    assert "a record of profiles can't be read" in caplog.text
    assert SECRET not in caplog.text
    assert "ada" not in caplog.text


def test_the_next_snapshot_heals_it(world: World) -> None:
    world.put("ada", 3, told=False)
    damage(world, "profiles", "{")
    with pytest.raises(UnreadableRecordError):
        world.reader.get("ada")
    world.put("ada", 4)
    assert world.reader.get("ada").version == 4


def test_a_damaged_cache_entry_is_a_miss(world: World) -> None:
    world.put("ada", 3)
    world.reader.get("ada")
    key = world.cache._key("ada")
    value = world.cache._client.get(key)
    world.cache._client.set(key, value[: value.index(b"|") + 1] + b"{")
    assert world.reader.get("ada").source is Source.CASSANDRA
    assert world.met == ["cache"]  # type: ignore[attr-defined]


def test_pages_of_history_go_on_without_a_damaged_row(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    sink = HistorySink(CassandraSettings(), now_ms=lambda: NOW)
    sink.prepare(world.session)  # type: ignore[arg-type]
    for statement in sink.plan(kept(*(a_verdict(f"d{n}", NOW - n) for n in range(5))))[0]:
        world.session.apply(statement)  # type: ignore[arg-type]
    damage(world, "history_by_user", '{"verdict": "' + SECRET + '"}', "d1")
    page = world.reader.history("ada")
    assert [each.decision_id for each in page.entries] == ["d0", "d2", "d3", "d4"]
    assert (page.unreadable, page.next_page) == (1, None)
    assert world.reader.decision("d1") == []
    assert [each.decision_id for each in world.reader.decision("d2")] == ["d2"]
    assert asyncio.run(world.reader.ahistory("ada")).unreadable == 1
    assert world.reader.breaker.failures == 0
    assert set(world.met) == {"history"}  # type: ignore[attr-defined]
    assert SECRET not in caplog.text
