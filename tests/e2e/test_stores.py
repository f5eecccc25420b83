"""History, cache, erasure and verification on the real stack."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from decide_kit import DecideRig
from decide_kit import policy as a_policy
from decide_kit import rig_on as decide_on
from profiles_kit import Rig, rig_on, snapshot, wait_until

from connectors.audit import AuditAction, entry
from connectors.cassandra.audit import AuditTable
from connectors.cassandra.history import History, month_of, months_kept
from connectors.cassandra.paging import Ask
from connectors.cassandra.session import CassandraSettings
from connectors.crypto import FieldCipher, UnreadableError
from connectors.kafka.consumer import lag_of
from connectors.profile_reader import ProfileReader, Source
from connectors.redis.cache import CacheSettings, ProfileCache
from deploy.connections import redis_of
from deploy.local.stack import Stack
from jobs.history import group_of
from tactful.records import (
    Event,
    LedgerEntry,
    Preferences,
    Priority,
    ProfileUpdate,
    Reason,
    Verdict,
)
from tactful.topics import AUDIT, LEDGER

pytestmark = pytest.mark.e2e


@pytest.fixture
def rig(stack: Stack, tmp_path: Path) -> Iterator[Rig]:
    with rig_on(stack, tmp_path) as made:
        yield made


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def a_verdict(user: str, number: int, at_ms: int) -> LedgerEntry:
    return LedgerEntry(
        decision_id=f"{user}-d{number}",
        request_id=f"{user}-r{number}",
        user_id=user,
        type="promotion",
        verdict=Verdict.SEND,
        reason=Reason.ALLOWED,
        priority=Priority.NORMAL,
        requested_at_ms=at_ms,
        decided_at_ms=at_ms,
        expires_at_ms=at_ms + 1_000,
        explanation="sent now",
        policy_version="1",
        model_versions={},
        channel="email",
    )


def send_verdicts(rig: Rig, users: list[str], numbers: range, base_ms: int) -> None:
    with rig.producer() as producer:
        for number in numbers:
            for user in users:
                value = msgspec.json.encode(a_verdict(user, number, base_ms + number))
                producer.send(rig.ledger, user.encode(), value)


def history_written(rig: Rig) -> bool:
    return (
        lag_of(rig.kafka, group_of(rig.prefix), rig.ledger) == 0
        and lag_of(rig.kafka, group_of(rig.prefix, AUDIT), rig.audit) == 0
    )


def history_of(rig: Rig, user: str, at_ms: int) -> list[str]:
    with rig.session() as session:
        entries = History(session).month(user, month_of(at_ms))
    return sorted(each.decision_id for each in entries)


def reader_of(rig: Rig) -> ProfileReader:
    cache = ProfileCache(CacheSettings(redis=redis_of(rig.stack.settings), prefix=rig.prefix))
    return ProfileReader(CassandraSettings.parse(rig.cassandra, keyspace=rig.keyspace), cache)


def test_history_survives_an_outage_and_a_kill_and_a_replay_changes_nothing(
    rig: Rig, stack: Stack
) -> None:
    users, base_ms = [f"u{n}" for n in range(20)], now_ms() - 1_000
    worker = rig.start(module="history")
    send_verdicts(rig, users, range(20), base_ms)
    audit = entry("u1", "client:crm", AuditAction.READ, ["identifiers.email"])
    with rig.producer() as producer:
        producer.send(rig.audit, b"u1", msgspec.json.encode(audit))
    wait_until("the first are written", lambda: history_written(rig))
    stack.stop_part("cassandra")
    try:
        send_verdicts(rig, users, range(20, 30), base_ms)
        wait_until("the breaker is open", lambda: worker.metric("breaker_state") == 2)
        worker.kill()
        worker = rig.start(module="history")
    finally:
        stack.start_part("cassandra")
    wait_until("the rest is written", lambda: history_written(rig))
    expected = sorted(f"u7-d{number}" for number in range(30))
    assert history_of(rig, "u7", base_ms) == expected
    assert worker.stop() == 0

    for group, topic in ((LEDGER, rig.ledger), (AUDIT, rig.audit)):
        rig.rewind(group_of(rig.prefix, group), topic)
    before = cells(rig)
    worker = rig.start("--batch-size=37", module="history")
    wait_until("all is written again", lambda: history_written(rig))
    assert cells(rig) == before
    with rig.session() as session:
        ask = Ask(month_of(audit.at_ms), None, 10)
        assert AuditTable(session).page("u1", ask) == [audit]
    assert worker.stop() == 0


def cells(rig: Rig) -> list[object]:
    """All of the history, with when it was written."""
    with rig.session() as session:
        rows = session.execute("SELECT decision_id, raw, writetime(raw) FROM history_by_user")
        return sorted(tuple(row) for row in rows)


def test_redis_away_or_hanging_makes_reads_slower_and_never_wrong(rig: Rig, stack: Stack) -> None:
    users = [f"u{n}" for n in range(50)]
    rig.send([(user, snapshot(user, 1)) for user in users])
    rig.start()
    rig.wait_written()
    reader = reader_of(rig)
    try:
        for user in users:
            assert reader.get(user).version == 1
        assert {reader.get(user).source for user in users} == {Source.REDIS}
        rig.send([(user, snapshot(user, 2)) for user in users])
        rig.wait_written()
        assert {reader.get(user).version for user in users} == {2}

        stack.pause_part("redis")
        try:
            rig.send([(user, snapshot(user, 3)) for user in users])
            rig.wait_written()
            assert {reader.get(user).version for user in users} == {3}
        finally:
            stack.resume_part("redis")
        wait_until("Redis is used again", lambda: reader.get("u0").source is Source.REDIS)
        assert {reader.get(user).version for user in users} == {3}

        stack.stop_part("redis")
        try:
            rig.send([(user, snapshot(user, 4)) for user in users])
            rig.wait_written()
            assert {reader.get(user).version for user in users} == {4}
        finally:
            stack.start_part("redis")
        wait_until("Redis is used again", lambda: reader.get("u0").source is Source.REDIS)
        assert {reader.get(user).version for user in users} == {4}
    finally:
        reader.close()


def test_an_erasure_leaves_only_bytes_that_nobody_can_read(rig: Rig, stack: Stack) -> None:
    secret, base_ms = "very-private@example.org", now_ms() - 1_000
    worker = rig.start()
    rig.send([("someone", snapshot("someone", 1))])  # it makes the tables
    rig.wait_written()
    with rig.session() as session:
        cipher = rig.cipher(session)
        box = cipher.encrypt("ada", "email", secret)  # as the API does, before Kafka
        value = snapshot("ada", now_ms()).replace(b"ada@example.org", box.encode())
        rig.send([("ada", value)])
        send_verdicts(rig, ["ada"], range(5), base_ms)
        history = rig.start(module="history")
        rig.wait_written()
        wait_until("the history is written", lambda: history_written(rig))
        reader = reader_of(rig)
        assert reader.get("ada").version == reader.get("ada").version
        stored = msgspec.json.decode(rig.rows()["ada"].identifiers)
        assert rig.cipher(session).decrypt_fields("ada", stored) == {"email": secret}
        assert len(history_of(rig, "ada", base_ms)) == 5

        erased_at = now_ms()
        rig.send([("ada", snapshot("ada", erased_at, erased=True))])
        rig.wait_written()
        assert "ada" not in rig.rows()
        assert reader.get("ada").snapshot is None
        fresh: FieldCipher = rig.cipher(session)
        with pytest.raises(UnreadableError):
            fresh.decrypt("ada", "email", box)
        months = months_kept(now_ms())
        assert [entry for month in months for entry in History(session).month("ada", month)] == []
        assert History(session).whose("ada-d1") is None
        reader.close()

        # a replay of everything brings nothing back
        assert worker.stop() == 0
        assert history.stop() == 0
        rig.rewind()
        rig.rewind(group_of(rig.prefix), rig.ledger)
        rig.start()
        rig.start(module="history")
        rig.wait_written()
        wait_until("the history was read again", lambda: history_written(rig))
        assert "ada" not in rig.rows()
        assert history_of(rig, "ada", base_ms) == []
    assert not places_of(secret.encode(), stack.settings.home / "kafka")
    assert not places_of(secret.encode(), stack.settings.home / "cassandra")


def places_of(words: bytes, folder: Path) -> list[Path]:
    """The files that hold these bytes."""
    return [path for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


def test_all_places_agree_after_restarts(rig: Rig, stack: Stack) -> None:
    with decide_on(stack) as decide:
        decide.send_policy(a_policy("v1"))
        decide.start()
        rig.prefix = decide.prefix
        rig.topic = decide.topic("profiles")
        users = [f"u{n}" for n in range(40)]
        sinks = [rig.start(), rig.start(module="history")]
        decide.introduce(*users)
        send_life(decide, users, "a")
        stack.kill_part(busy_task_manager(stack))
        sinks[0].kill()
        stack.up()
        sinks[0] = rig.start()
        send_life(decide, users, "b")
        decide.send([ProfileUpdate(id="bye", user_id="u3", at_ms=now_ms(), erase=True)])
        wait_until("the erasure is decided", lambda: decide.profiles()["u3"].erased)
        found = rig.command("verify", "--json", "--settle", "90")
        document = msgspec.json.decode(found.stdout)
        assert found.returncode == 0, (found.stderr, document)
        assert document["users"] == len(users)
        assert document["unexplained"] == 0
        assert document["agreeing_share"] >= 0.95, document["examples"]
        assert document["records"] > 0


def send_life(decide: DecideRig, users: list[str], word: str) -> None:
    """Events, changes of mind and requests, some of them twice."""
    records = []
    for number, user in enumerate(users):
        at_ms = now_ms()
        event = Event(id=f"{word}-{user}", user_id=user, name="app_open", at_ms=at_ms)
        update = ProfileUpdate(
            id=f"{word}-pref-{user}",
            user_id=user,
            at_ms=at_ms,
            preferences=Preferences(channels={"push": number % 2 == 0}),
            attributes={"word": word},
        )
        records += [event, update, event]
    decide.send(records)


def busy_task_manager(stack: Stack) -> str:
    return next(p.name for p in stack.status() if p.name.startswith("taskmanager"))
