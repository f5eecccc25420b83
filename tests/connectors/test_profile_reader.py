"""Reading through a real Redis and a Cassandra in memory: together, fresh, or not at all."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fake_cassandra import Bound, FakeSession, Future
from memory_keys import MemoryKeys, master
from profile_messages import message
from redis_server import RedisServer
from test_history_sink import a_verdict, kept

from connectors import profile_reader as reader_module
from connectors.breaker import Breaker, BreakerState
from connectors.cassandra.changes import decode, fold
from connectors.cassandra.history_sink import HistorySink
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import ProfileSink
from connectors.profile_reader import ProfileReader, Source, StoreError
from connectors.redis.cache import CacheSettings, ProfileCache
from connectors.redis.connection import RedisConnection

NOW = 1_780_000_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    made = RedisServer()
    yield made
    made.close()


class CountingSession(FakeSession):
    """Counts what is selected, takes its time, and answers on another thread as the driver does."""

    def __init__(self) -> None:
        super().__init__()
        self.selected = 0
        self.pause_s = 0.0
        self.closed = 0

    def set_keyspace(self, _name: str) -> None:
        if self.error is not None:
            raise self.error

    def select(self, bound: Bound) -> list[Any]:
        self.selected += 1
        time.sleep(self.pause_s)
        return super().select(bound)

    def execute_async(self, bound: Bound, paging_state: bytes | None = None) -> Future:
        if bound.prepared.kind != "SELECT":
            return super().execute_async(bound, paging_state)
        error, rows = self.error, [] if self.error else self.select(bound)
        future = Future(error, rows)
        future._paging_state = None  # type: ignore[attr-defined]
        return future


class World:
    def __init__(self, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.session = CountingSession()
        self.cache = ProfileCache(
            CacheSettings(redis=RedisConnection(url=server.url), timeout_ms=200),
            breaker=Breaker(failures_to_open=1, pause_ms=50, max_pause_ms=50),
        )
        self.cache._client.flushall()
        self.opened = 0
        self.now_ms = 0
        monkeypatch.setattr(reader_module, "close", lambda session: setattr(session, "closed", 1))
        self.reader = ProfileReader(
            CassandraSettings(),
            self.cache,
            open_session=self.open,
            breaker=Breaker(failures_to_open=2, pause_ms=1_000, seed=1),
            clock_ms=lambda: self.now_ms,
            now_ms=lambda: NOW,
        )
        self.sink = ProfileSink(
            CassandraSettings(), master(), cache=self.cache, open_keys=lambda _: MemoryKeys()
        )
        self.sink.prepare(self.session)  # type: ignore[arg-type]

    def open(self, _settings: CassandraSettings) -> CountingSession:
        self.opened += 1
        if self.session.error is not None:
            raise self.session.error
        return self.session

    def put(self, user: str, version: int, *, erased: bool = False, told: bool = True) -> None:
        changes = list(fold([decode(message(user, version, erased=erased))]).values())  # type: ignore[arg-type]
        statements, outcome = self.sink.plan(changes)
        for statement in statements:
            self.session.apply(statement)  # type: ignore[arg-type]
        if told:
            self.sink.written(changes, outcome)


@pytest.fixture
def world(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(server, monkeypatch)
    yield made
    made.reader.close()
    made.cache.close()


def test_a_profile_comes_from_cassandra_once_and_then_from_redis(world: World) -> None:
    world.put("ada", 3)
    first, second = world.reader.get("ada"), world.reader.get("ada")
    assert (first.source, second.source) == (Source.CASSANDRA, Source.REDIS)
    assert first.raw == second.raw
    assert second.snapshot is not None
    assert (second.version, second.snapshot.version) == (3, 3)
    assert b"ada@example.org" not in (second.raw or b"")


def test_a_newer_version_is_seen_at_once(world: World) -> None:
    world.put("ada", 3)
    world.reader.get("ada")
    world.put("ada", 4)
    assert world.reader.get("ada").version == 4
    world.put("ada", 5, erased=True)
    found = world.reader.get("ada")
    assert (found.raw, found.snapshot) == (None, None)


def test_who_was_never_seen_is_not_asked_for_again_and_again(world: World) -> None:
    for _ in range(5):
        assert world.reader.get("nobody").snapshot is None
    assert world.session.selected == 1


def test_a_caller_who_knows_of_a_newer_version_is_not_given_an_old_one(world: World) -> None:
    world.put("ada", 3)
    world.reader.get("ada")
    world.put("ada", 4, told=False)
    assert world.reader.get("ada").version == 3, "this is what a cache is"
    found = world.reader.get("ada", at_least_version=4)
    assert (found.version, found.source) == (4, Source.CASSANDRA)
    assert world.reader.get("ada").version == 4


def test_many_who_ask_at_once_are_one_read(world: World) -> None:
    world.put("hot", 3)
    world.session.pause_s = 0.2
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(world.reader.get("hot").version))
        for _ in range(20)
    ]
    world.reader._tables()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 20
    assert world.session.selected == 1


def test_many_who_ask_at_once_in_an_event_loop_are_one_read(world: World) -> None:
    world.put("hot", 3)

    async def ask() -> list[int]:
        found = await asyncio.gather(*(world.reader.aget("hot") for _ in range(50)))
        again = await world.reader.aget("hot")
        assert again.source is Source.REDIS
        await world.cache._aclient.aclose()
        return [each.version for each in found]

    assert asyncio.run(ask()) == [3] * 50
    assert world.session.selected == 1


def test_one_who_goes_away_does_not_take_the_answer_of_the_others_along(world: World) -> None:
    world.put("hot", 3)

    async def ask() -> int:
        first = asyncio.create_task(world.reader.aget("hot"))
        second = asyncio.create_task(world.reader.aget("hot"))
        await asyncio.sleep(0)
        first.cancel()
        found = await second
        await world.cache._aclient.aclose()
        return found.version

    assert asyncio.run(ask()) == 3


def test_while_redis_is_away_profiles_come_from_cassandra(world: World) -> None:
    world.put("ada", 3)
    world.reader.get("ada")
    world.server.stop()
    try:
        world.put("ada", 4)
        for _ in range(3):
            found = world.reader.get("ada")
            assert (found.version, found.source) == (4, Source.CASSANDRA)
        assert world.reader.states()["redis"] is not BreakerState.CLOSED
    finally:
        world.server.start()
    time.sleep(0.1)
    assert world.reader.get("ada").version == 4
    assert world.reader.get("ada").source is Source.REDIS


def test_while_cassandra_is_away_what_is_cached_is_served_and_the_rest_refused_at_once(
    world: World,
) -> None:
    world.put("ada", 3)
    world.reader.get("ada")
    world.session.error = ConnectionError("gone")
    assert world.reader.get("ada").version == 3
    for _ in range(2):
        with pytest.raises(StoreError, match="gone"):
            world.reader.get("bob")
    with pytest.raises(StoreError, match="next attempt"):
        world.reader.get("bob")
    assert world.reader.states()["cassandra"] is BreakerState.OPEN
    world.session.error = None
    world.now_ms += 5_000
    assert world.reader.get("bob").snapshot is None
    assert world.reader.states()["cassandra"] is BreakerState.CLOSED


def test_it_starts_while_cassandra_is_away(world: World) -> None:
    world.session.error = ConnectionError("no host")
    with pytest.raises(StoreError, match="no host"):
        world.reader.get("ada")
    world.session.error = None
    world.now_ms += 5_000
    world.put("ada", 1)
    assert world.reader.get("ada").version == 1
    assert world.opened == 2


def test_history_is_read_by_month_or_whole_and_by_decision(world: World) -> None:
    sink = HistorySink(CassandraSettings(), now_ms=lambda: NOW)
    sink.prepare(world.session)  # type: ignore[arg-type]
    month_ms = 31 * 86_400_000
    values = [a_verdict(f"d{n}", NOW - n * month_ms) for n in range(3)]
    for statement in sink.plan(kept(*values))[0]:
        world.session.apply(statement)  # type: ignore[arg-type]
    page = world.reader.history("ada")
    assert [each.decision_id for each in page.entries] == ["d0", "d1", "d2"]
    assert page.next_page is None
    assert [e.decision_id for e in world.reader.history("ada", "2026-04").entries] == ["d1"]
    assert [e.decision_id for e in world.reader.decision("d2")] == ["d2"]
    assert world.reader.decision("unknown") == []

    async def ask() -> tuple[int, int]:
        whole = await world.reader.ahistory("ada")
        return len(whole.entries), len(await world.reader.adecision("d1"))

    assert asyncio.run(ask()) == (3, 1)
    with pytest.raises(ValueError, match=r"^size"):
        world.reader.history("ada", size=0)
