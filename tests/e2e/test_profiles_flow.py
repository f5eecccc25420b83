"""The profile sink on real Kafka and Cassandra: what is written, and that nothing undoes it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from profiles_kit import Rig, Worker, rig_on, snapshot, wait_until

from connectors.kafka.consumer import read_to_end
from deploy.local.stack import Stack
from tactful.records import DeadLetter, DeadLetterReason

pytestmark = pytest.mark.e2e


@pytest.fixture
def rig(stack: Stack, tmp_path: Path) -> Iterator[Rig]:
    with rig_on(stack, tmp_path) as made:
        yield made


def test_the_newest_snapshot_of_each_user_becomes_a_row_and_a_signal_ends_the_worker_well(
    rig: Rig,
) -> None:
    users = [f"ü{n}" for n in range(200)]
    rig.send([(user, snapshot(user, version)) for version in (1, 2, 3) for user in users])
    rig.send([("gone", snapshot("gone", 4)), ("gone", snapshot("gone", 5, erased=True))])
    rig.send([("nulled", snapshot("nulled", 4)), ("nulled", None)])
    rig.send([("bad", b"{"), ("bad", b'{"user_id": 1}'), ("other", snapshot("ü1", 99))])
    worker = rig.start()
    rig.wait_written()

    rows = rig.rows()
    assert set(rows) == set(users)
    assert {row.version for row in rows.values()} == {3}
    assert {row.written_at for row in rows.values()} == {3}
    assert rows["ü7"].time_zone is None
    assert "example.org" not in rows["ü7"].identifiers + rows["ü7"].raw
    opened = rig.opened()["ü7"]
    assert msgspec.json.decode(opened.identifiers) == {"email": "ü7@example.org"}
    assert opened.raw.encode() == snapshot("ü7", 3)

    letters = [
        msgspec.json.decode(message.value() or b"", type=DeadLetter)
        for message in read_to_end(rig.kafka, [rig.dead_letters])
    ]
    assert sorted(letter.reason for letter in letters) == [
        DeadLetterReason.UNDECODABLE,
        DeadLetterReason.UNDECODABLE,
        DeadLetterReason.WRONG_KEY,
    ]
    assert {letter.topic for letter in letters} == {rig.topic}
    assert {letter.value for letter in letters} == {
        b"{",
        b'{"user_id": 1}',
        snapshot("ü1", 99),
    }
    wait_until("the worker sees no lag", lambda: worker.metric("lag_records") == 0)
    assert worker.metric("dead_letters_total") == 3
    assert worker.metric("breaker_state") == 0
    assert worker.stop() == 0
    assert rig.lag == 0


def test_restart_and_full_replay_change_nothing(rig: Rig) -> None:
    users = [f"u{n}" for n in range(300)]
    rig.send([(user, snapshot(user, version)) for version in range(1, 6) for user in users])
    rig.send([(user, snapshot(user, 6, erased=True)) for user in users[:20]])
    rig.send([(user, None) for user in users[20:40]])
    rig.send([(user, snapshot(user, 9)) for user in users[10:30]])
    worker = rig.start()
    rig.wait_written()
    assert worker.stop() == 0
    before = rig.rows()
    assert len(before) == 280

    # other batches than the first time: every version passes through Cassandra again
    rig.rewind()
    assert rig.lag > 0
    worker = rig.start("--batch-size=97")
    rig.wait_written()
    assert worker.metric("rows_total") > 280
    assert rig.rows() == before
    assert worker.stop() == 0

    worker = rig.start()
    wait_until("it is in its group", lambda: worker.metric("partitions") > 0)
    assert worker.stop() == 0
    assert rig.rows() == before
    assert rig.verify().differing == 0


def test_older_versions_that_arrive_late_change_nothing(rig: Rig) -> None:
    users = [f"u{n}" for n in range(100)]
    rig.send([(user, snapshot(user, 10)) for user in users])
    rig.send([("gone", snapshot("gone", 10, erased=True))])
    worker = rig.start()
    rig.wait_written()
    before = rig.rows()
    assert len(before) == 100
    written = worker.metric("rows_total")
    rig.send([(user, snapshot(user, version)) for version in (9, 1, 4) for user in users])
    rig.send([("gone", snapshot("gone", 9))])
    rig.wait_written()
    assert worker.metric("rows_total") > written
    assert rig.rows() == before
    assert rig.verify().differing == 0


def test_killed_in_the_middle_of_a_batch_it_loses_nothing(rig: Rig) -> None:
    users = [f"u{n}" for n in range(6_000)]
    rig.send([(user, snapshot(user, version)) for version in (1, 2) for user in users])
    all_in_one = ("--batch-size=10000", "--max-in-flight=1")
    seen = 0
    for _ in range(2):
        worker = rig.start(*all_in_one)
        wait_until("some rows are there", lambda n=seen: _count(rig) > n)  # type: ignore[misc]
        worker.kill()
        seen = _count(rig)
        assert 0 < seen < len(users)
        assert rig.lag > 0
    _finish(rig, rig.start())
    assert len(rig.rows()) == len(users)
    report = rig.verify()
    assert report.differing == 0, report.examples


def test_the_commands_show_a_row_and_find_a_row_that_is_wrong(rig: Rig) -> None:
    early = rig.command("profile", "u1")
    assert early.returncode == 2
    assert "has no keyspace" in early.stderr
    rig.send([(user, snapshot(user, 2)) for user in ("u1", "u2", "u3")])
    begun = rig.command("profiles", "--background")
    try:
        assert begun.returncode == 0, begun.stderr
        rig.wait_written()
    finally:
        name = f"profiles-{rig.prefix}"
        assert rig.stack.record(name) is not None
        rig.stack.stop_part(name)

    shown = rig.command("profile", "u1")
    assert shown.returncode == 0, shown.stderr
    assert "(encrypted)" in shown.stdout
    assert "u1@example.org" not in shown.stdout
    opened = rig.command("profile", "u1", "--contact")
    assert "u1@example.org" in opened.stdout, opened.stderr
    (audit,) = read_to_end(rig.kafka, [rig.audit])
    assert msgspec.json.decode(audit.value() or b"")["fields"] == ["identifiers"]
    assert "Europe/Berlin" in shown.stdout
    as_json = rig.command("profile", "u1", "--json", "--contact")
    assert as_json.stdout.encode().strip() == snapshot("u1", 2)
    assert rig.command("profile", "nobody").returncode == 1

    assert rig.command("profiles", "verify").stdout.startswith("100.00% of 3 profiles agree")
    # what the topic says now, nobody has written
    rig.send([("u1", snapshot("u1", 3))])
    wrong = rig.command("profiles", "verify", "--json")
    assert wrong.returncode == 1
    found = msgspec.json.decode(wrong.stdout)
    assert (found["users"], found["differing"], found["lag_records"]) == (3, 1, 1)
    assert [(one["user_id"], one["what"]) for one in found["examples"]] == [("u1", "version")]


def _finish(rig: Rig, worker: Worker) -> None:
    rig.wait_written()
    assert worker.stop() == 0


def _count(rig: Rig) -> int:
    from connectors.cassandra.reading import StoreError

    try:
        return len(rig.rows())
    except StoreError:
        return 0
