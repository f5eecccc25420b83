import pytest
from fake_cassandra import FakeSession
from memory_keys import MemoryKeys, master
from profile_messages import message

from connectors.breaker import Breaker, BreakerState
from connectors.cassandra import sink as sink_module
from connectors.cassandra.changes import UserChange, decode, fold
from connectors.cassandra.migrate import MigrationError
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import RECONNECT_AFTER, ProfileSink, SinkUnavailableError


class Store:
    """A Cassandra to be switched off, and a count of the sessions that were opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = FakeSession()
        self.keys = MemoryKeys()
        self.opened = self.closed = self.migrated = 0
        self.away = False
        monkeypatch.setattr(sink_module, "migrate", self.migrate)
        monkeypatch.setattr(sink_module, "close", self.close)

    def open(self, _settings: CassandraSettings) -> FakeSession:
        self.opened += 1
        if self.away:
            raise ConnectionError("no host")
        return self.session

    def migrate(self, _session: object, _settings: object) -> list[str]:
        self.migrated += 1
        return []

    def close(self, _session: object) -> None:
        self.closed += 1

    def sink(self) -> ProfileSink:
        breaker = Breaker(failures_to_open=2, pause_ms=100, seed=1)
        return ProfileSink(
            CassandraSettings(),
            master(),
            breaker,
            open_session=self.open,  # type: ignore[arg-type]
            open_keys=lambda _: self.keys,
        )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


def changes(*users: str, version: int = 1, erased: bool = False) -> list[UserChange]:
    found = fold(decode(message(u, version, erased=erased)) for u in users)  # type: ignore[arg-type]
    return list(found.values())


def test_rows_and_erasures_are_counted_apart(store: Store) -> None:
    sink = store.sink()
    written = sink.write([*changes("a", "b"), *changes("c", version=2, erased=True)], 0)
    assert (written.rows, written.erased) == (2, 1)
    assert store.session.row("a") is not None
    assert store.session.row("c") is None


def test_the_schema_is_there_before_the_first_record(store: Store) -> None:
    store.away = True
    sink = store.sink()
    with pytest.raises(SinkUnavailableError):
        sink.open(0)
    store.away = False
    sink.open(60_000)
    assert (store.migrated, sink.state(60_000)) == (1, BreakerState.CLOSED)
    sink.open(60_000)
    sink.write(changes("a"), 60_000)
    assert (store.migrated, store.opened) == (1, 2)


def test_an_absent_store_is_tried_again_and_heals(store: Store) -> None:
    store.away = True
    sink = store.sink()
    with pytest.raises(SinkUnavailableError, match="no host") as raised:
        sink.write(changes("a"), 0)
    assert raised.value.retry_in_ms > 0
    with pytest.raises(SinkUnavailableError):
        sink.write(changes("a"), 0)
    assert sink.state(0) is BreakerState.OPEN
    store.away = False
    sink.write(changes("a"), 60_000)
    assert sink.state(60_000) is BreakerState.CLOSED
    assert store.session.row("a") is not None
    assert store.migrated == 1


def test_the_first_failure_stops_the_rest_of_the_batch(store: Store) -> None:
    sink = store.sink()
    store.session.fail_after = 3
    with pytest.raises(SinkUnavailableError, match=r"^7 write\(s\) not acknowledged"):
        sink.write(changes(*"abcdefghij"), 0)
    assert (store.session.writes, store.session.begun) == (3, 4)


def test_after_an_outage_one_write_goes_ahead_of_the_others(store: Store) -> None:
    sink = store.sink()
    store.session.error = ConnectionError("gone")
    for _ in range(2):
        with pytest.raises(SinkUnavailableError):
            sink.write(changes(*"abc"), 0)
    store.session.error, store.session.fail_after = None, 1
    with pytest.raises(SinkUnavailableError, match=r"^2 write"):
        sink.write(changes(*"abc"), 60_000)
    store.session.fail_after = 0
    store.session.writes = 0
    with pytest.raises(SinkUnavailableError, match=r"^1 write"):
        sink.write(changes(*"abc"), 120_000)


def test_a_long_outage_ends_the_session_so_that_addresses_and_schema_are_looked_up_anew(
    store: Store,
) -> None:
    sink = store.sink()
    sink.write(changes("a"), 0)
    store.session.error = ConnectionError("gone")
    for _ in range(RECONNECT_AFTER):
        with pytest.raises(SinkUnavailableError):
            sink.write(changes("a"), 0)
    store.session.error = None
    sink.write(changes("a"), 0)
    assert (store.opened, store.closed, store.migrated) == (2, 1, 2)


def test_a_foreign_schema_is_not_a_matter_of_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_session: object, _settings: object) -> list[str]:
        raise MigrationError("changed")

    monkeypatch.setattr(sink_module, "migrate", refuse)
    with pytest.raises(MigrationError):
        store.sink().write(changes("a"), 0)
