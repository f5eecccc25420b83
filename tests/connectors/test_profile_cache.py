"""The cache on a real Redis: never wrong, whoever comes first, whatever is down."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis_server import RedisServer

from connectors.breaker import Breaker, BreakerState
from connectors.redis.cache import Cached, CacheSettings, ProfileCache
from connectors.redis.connection import RedisConnection
from connectors.redis.entries import Entry, Kind, decode


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    made = RedisServer()
    yield made
    made.close()


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


def cache_on(server: RedisServer, clock: Clock | None = None, **settings: int) -> ProfileCache:
    return ProfileCache(
        CacheSettings(redis=RedisConnection(url=server.url), **settings),  # type: ignore[arg-type]
        breaker=Breaker(failures_to_open=1, pause_ms=1_000, seed=1),
        clock_ms=clock or Clock(),
        draw=lambda: 0.5,
    )


@pytest.fixture
def cache(server: RedisServer) -> Iterator[ProfileCache]:
    made = cache_on(server)
    made._client.flushall()
    yield made
    made.close()


def data(cached: Cached) -> tuple[int, bytes] | None:
    return (cached.entry.version, cached.entry.raw) if cached.entry else None


def test_what_was_filled_in_is_found(cache: ProfileCache) -> None:
    missed = cache.look("ada")
    assert missed == Cached(None)
    assert cache.fill("ada", 5, b'{"v":5}', missed.epoch)
    assert data(cache.look("ada")) == (5, b'{"v":5}')
    assert not cache.look("ada").refresh


def test_that_there_is_no_profile_is_remembered_too(cache: ProfileCache) -> None:
    cache.fill("nobody", 0, None, b"")
    found = cache.look("nobody").entry
    assert found is not None
    assert (found.kind, found.version, found.raw) == (Kind.NOTHING, 0, b"")
    cache.note([("nobody", 3, b"three")])
    assert data(cache.look("nobody")) == (3, b"three")


def test_an_older_version_never_covers_a_newer_one(cache: ProfileCache) -> None:
    cache.fill("ada", 5, b"five", b"")
    assert not cache.fill("ada", 4, b"four", b"")
    cache.note([("ada", 3, b"three")])
    assert data(cache.look("ada")) == (5, b"five")
    cache.note([("ada", 9, b"nine")])
    assert data(cache.look("ada")) == (9, b"nine")


def test_a_read_that_began_before_a_newer_version_came_is_not_kept(cache: ProfileCache) -> None:
    missed = cache.look("ada")  # and now Cassandra is read: version 4
    cache.note([("ada", 5, b"five")])
    assert not cache.fill("ada", 4, b"four", missed.epoch)
    assert cache.look("ada").entry is None
    assert cache.fill("ada", 5, b"five", missed.epoch)
    assert data(cache.look("ada")) == (5, b"five")


def test_what_nobody_reads_is_not_cached(cache: ProfileCache) -> None:
    cache.note([("ada", 5, b"five")])
    value = cache._client.get("tactful:profile:ada")
    entry = decode(value)
    assert entry is not None
    assert (entry.kind, entry.raw) == (Kind.FLOOR, b"")
    assert 0 < cache._client.pttl("tactful:profile:ada") <= cache.settings.floor_ttl_ms


def test_an_erasure_leaves_nothing_of_the_profile(cache: ProfileCache) -> None:
    cache.fill("ada", 5, b"five", b"")
    cache.note([("ada", 6, None)])
    assert b"five" not in cache._client.get("tactful:profile:ada")
    found = cache.look("ada").entry
    assert found is not None
    assert found.kind is Kind.NOTHING
    assert not cache.fill("ada", 5, b"five", b"")


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("note", "erase", "read", "fill")), st.integers(1, 6)),
        max_size=12,
    )
)
def test_a_reader_never_sees_a_version_older_than_one_that_was_noted(
    server: RedisServer, steps: list[tuple[str, int]]
) -> None:
    cache = cache_on(server)
    cache._client.flushall()
    newest, reads = 0, []
    for what, version in steps:
        if what in ("note", "erase"):
            cache.note([("u", version, None if what == "erase" else b"%d" % version)])
            newest = max(newest, version)
        elif what == "read":
            reads.append((newest, cache.look("u").epoch))  # Cassandra has at least what was noted
        elif reads:
            then, epoch = reads.pop(0)
            cache.fill("u", then, b"%d" % then if then else None, epoch)
        seen = cache.look("u").entry
        assert seen is None or seen.version >= newest
    cache.close()


def test_near_its_end_some_readers_refresh_an_entry(server: RedisServer) -> None:
    now = [1_000_000]
    draws = [0.0]
    cache = ProfileCache(
        CacheSettings(redis=RedisConnection(url=server.url), ttl_ms=60_000),
        now_ms=lambda: now[0],
        draw=lambda: draws[0],
    )
    cache.fill("hot", 1, b"one", cache.look("hot").epoch)
    draws[0] = 0.999
    assert not cache.look("hot").refresh
    now[0] += 55_000
    assert cache.look("hot").refresh
    draws[0] = 0.3
    assert not cache.look("hot").refresh, "most readers leave it to one of them"
    cache.close()


def test_while_redis_is_away_everything_is_a_miss_at_once(server: RedisServer) -> None:
    clock = Clock()
    cache = cache_on(server, clock)
    cache.fill("ada", 5, b"five", b"")
    server.stop()
    try:
        assert cache.look("ada") == Cached(None, away=True)
        assert cache.state() is BreakerState.OPEN
        assert not cache.fill("ada", 5, b"five", b"")
        assert not cache.answers()
    finally:
        server.start()
    assert cache.look("ada").away, "until the breaker lets one try"
    clock.ms += 5_000
    assert cache.look("ada") == Cached(None)
    assert cache.state() is BreakerState.CLOSED
    cache.close()


def test_a_redis_that_hangs_costs_one_timeout(server: RedisServer) -> None:
    cache = cache_on(server, timeout_ms=100)
    cache.look("ada")
    server.hang()
    try:
        assert cache.look("ada").away
        assert cache.look("ada").away
    finally:
        server.go_on()
    cache.close()


def test_after_an_outage_a_reader_trusts_nothing_from_before_it(server: RedisServer) -> None:
    clock, now = Clock(), [1_000_000]
    cache = cache_on(server, clock, timeout_ms=100)
    cache._now_ms = lambda: now[0]
    cache._client.flushall()
    cache.fill("ada", 5, b"five", cache.look("ada").epoch)
    assert data(cache.look("ada")) == (5, b"five")
    server.hang()
    assert cache.look("ada").away
    server.go_on()
    clock.ms += 5_000
    now[0] += 5_000
    found = cache.look("ada")
    assert (found.entry, found.away) == (None, False), "Cassandra may have a newer one"
    cache.fill("ada", 6, b"six", found.epoch)
    assert data(cache.look("ada")) == (6, b"six")
    cache.close()


def test_what_could_not_be_noted_makes_all_that_is_cached_void(server: RedisServer) -> None:
    clock = Clock()
    sink, reader = cache_on(server, clock, timeout_ms=100), cache_on(server)
    reader._client.flushall()
    reader.fill("ada", 5, b"five", reader.look("ada").epoch)
    before = reader.look("ada").epoch
    server.hang()
    assert not sink.note([("ada", 6, b"six")])
    server.go_on()
    assert not sink.settle(), "not before the breaker lets it"
    clock.ms += 5_000
    assert sink.settle()
    assert reader.look("ada").entry is None
    assert reader.fill("ada", 5, b"five", before)
    assert reader.look("ada").entry is None, "a read from before counts for nothing"
    now = reader.look("ada").epoch
    assert reader.fill("ada", 6, b"six", now)
    assert data(reader.look("ada")) == (6, b"six")
    assert reader.entry("ada") == reader.look("ada").entry
    sink.close()
    reader.close()


def test_in_an_event_loop_it_does_the_same(server: RedisServer) -> None:
    cache = cache_on(server)
    cache._client.flushall()

    async def use() -> None:
        missed = await cache.alook("ada")
        assert missed.entry is None
        assert await cache.afill("ada", 5, b"five", missed.epoch)
        assert data(await cache.alook("ada")) == (5, b"five")
        assert not await cache.afill("ada", 4, b"four", missed.epoch)
        await cache.aclose()

    asyncio.run(use())


@pytest.mark.parametrize("value", [b"", b"D", b"X" + b"0" * 32 + b"|x", b"D1|", b"nonsense|raw"])
def test_what_is_not_an_entry_of_ours_is_a_miss(value: bytes) -> None:
    assert decode(value) is None


@given(
    entry=st.builds(
        Entry,
        kind=st.sampled_from(Kind),
        version=st.integers(0, 2**63 - 1),
        stored_ms=st.integers(0, 10**13 - 1),
        epoch=st.from_regex(rb"\A[0-9a-f]{0,16}\Z"),
        raw=st.binary(max_size=20),
    )
)
def test_entries_come_back_as_they_were(entry: Entry) -> None:
    assert decode(entry.encode()) == entry
