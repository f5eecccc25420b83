"""What is taken from the profiles topic, and the law that any order and any replay end the same."""

import msgspec
import pytest
from fake_cassandra import FakeSession
from hypothesis import given
from hypothesis import strategies as st
from memory_keys import MemoryKeys, master
from profile_messages import FakeMessage, message, snapshot

from connectors.cassandra.changes import (
    MAX_VALUE_BYTES,
    Forget,
    PoisonError,
    Put,
    decode,
    fold,
)
from connectors.cassandra.profiles import row_of
from connectors.cassandra.reconcile import expected_rows
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import ProfileSink
from connectors.crypto import FieldCipher, KeyRing, is_encrypted
from tactful.records import DeadLetterReason

R = DeadLetterReason


def test_a_snapshot_becomes_a_row_whose_parts_are_its_own_json() -> None:
    change = decode(message("ü1", 4, offset=17, partition=2))  # type: ignore[arg-type]
    assert isinstance(change, Put)
    row = row_of(change)
    assert (row.user_id, row.version, row.updated_at_ms) == ("ü1", 4, 1_700_000_000_004)
    assert row.time_zone == "Europe/Berlin"
    assert msgspec.json.decode(row.identifiers) == {"email": "ü1@example.org"}
    assert msgspec.json.decode(row.attributes) == {"seen": 4}
    assert row.raw.encode() == snapshot("ü1", 4)
    assert row.snapshot == change.snapshot
    assert (row.source_partition, row.source_offset, row.written_at) == (2, 17, 4)


def test_a_null_forgets() -> None:
    assert decode(message("u", None, offset=3)) == Forget("u", 0, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "reason", "field"),
    [
        (None, snapshot("u", 1), R.UNKEYED, None),
        (b"", snapshot("u", 1), R.UNKEYED, None),
        (b"\xff", snapshot("u", 1), R.UNKEYED, None),
        (b"x" * 65_536, None, R.UNKEYED, None),
        (b"v", snapshot("u", 1), R.WRONG_KEY, "user_id"),
        (b"u", b"", R.UNDECODABLE, None),
        (b"u", b"[]", R.UNDECODABLE, None),
        (b"u", b"\x00\x01avro?", R.UNDECODABLE, None),
        (b"u", b'{"user_id":"u"}', R.UNDECODABLE, None),
        (
            b"u",
            snapshot("u", 1).replace(b'"version":1', b'"version":"1"'),
            R.UNDECODABLE,
            "version",
        ),
        (b"u", snapshot("u", -1), R.UNDECODABLE, "version"),
        (b"u", snapshot("u", 2**63), R.UNDECODABLE, "version"),
        (b"u", snapshot("u", 1, channels={"sms": {"sent": "x"}}), R.UNDECODABLE, None),
        (b"u", snapshot("u", 1)[:-1] + b',"x":"\xff"}', R.UNDECODABLE, None),
        (b"u", snapshot("u", 1, x="y" * MAX_VALUE_BYTES), R.UNDECODABLE, None),
    ],
)
def test_poison_is_named_with_reason_and_field(
    key: bytes | None, value: bytes | None, reason: R, field: str | None
) -> None:
    with pytest.raises(PoisonError, match=r"^profile snapshot: ") as raised:
        decode(FakeMessage(key, value))  # type: ignore[arg-type]
    assert raised.value.reason is reason
    if field is not None:
        assert raised.value.field == field


def test_within_a_batch_only_the_newest_version_of_a_user_stays() -> None:
    changes = [decode(message("u", v, offset=o)) for o, v in enumerate((2, 5, 3))]  # type: ignore[arg-type]
    user = fold(changes)["u"]
    assert user.put is not None
    assert (user.put.snapshot.version, user.put.offset) == (5, 1)


def prepared(session: FakeSession, keys: MemoryKeys) -> ProfileSink:
    sink = ProfileSink(CassandraSettings(), master(), open_keys=lambda _: keys)
    sink.prepare(session)  # type: ignore[arg-type]
    return sink


def without_identifiers(raw: str) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(raw)
    return {name: value for name, value in found.items() if name != "identifiers"}


USERS = ("a", "b")
histories = st.lists(
    st.tuples(
        st.sampled_from(USERS),
        st.one_of(st.none(), st.integers(0, 6)),
    ),
    max_size=14,
)


@given(history=histories, erased=st.frozensets(st.integers(0, 6)), data=st.data())
def test_any_batches_crashes_and_replays_end_as_the_topic_says(
    history: list[tuple[str, int | None]], erased: frozenset[int], data: st.DataObject
) -> None:
    # a version has one content, so whether it is the erased one depends on the version alone
    topic = [
        message(user, version, offset=offset, erased=version in erased)
        for offset, (user, version) in enumerate(history)
    ]
    session = FakeSession()
    sink = prepared(session, MemoryKeys())
    committed, crashes = 0, 0
    while committed < len(topic):
        end = data.draw(st.integers(committed + 1, len(topic)), label="batch end")
        users = fold(decode(m) for m in topic[committed:end])  # type: ignore[arg-type]
        statements = sink.plan(list(users.values()))[0]
        statements = data.draw(st.permutations(statements), label="order of arrival")
        crash = crashes < 4 and data.draw(st.booleans(), label="crash")
        written = data.draw(st.integers(0, len(statements))) if crash else len(statements)
        for statement in statements[:written]:
            session.apply(statement)
        if crash:
            crashes += 1
            committed = data.draw(st.integers(0, committed), label="offset reset to")
        else:
            committed = end
    expected = expected_rows(topic)  # type: ignore[arg-type]
    for user in USERS:
        found = session.row(user)
        assert (found is None) == (user not in expected), user
        if found is not None:
            row = expected[user]
            assert without_identifiers(found["raw"]) == without_identifiers(row.raw)
            assert found["time_zone"] == row.time_zone
            assert {t for t, _, _ in session.cells["profiles"][(user,)].values()} == {row.version}
            assert found["source_offset"] == row.source_offset


lives = st.lists(
    st.tuples(st.sampled_from(("put", "put", "erase", "null")), st.integers(1, 3)), max_size=10
)


@given(life=lives, data=st.data())
def test_an_erasure_destroys_what_was_before_it_and_leaves_what_comes_after_readable(
    life: list[tuple[str, int]], data: st.DataObject
) -> None:
    version, topic, newest, erased = 0, [], None, -1
    for offset, (what, step) in enumerate(life):
        if what == "null":
            topic.append(message("u", None, offset=offset))
            newest, erased = None, version
            continue
        version += step
        topic.append(message("u", version, offset=offset, erased=what == "erase"))
        newest = None if what == "erase" else version
        erased = version if what == "erase" else erased
    session, keys = FakeSession(), MemoryKeys()
    sink = prepared(session, keys)
    for run in range(3):  # once, then replayed from anywhere
        at = 0 if run == 0 else data.draw(st.integers(0, len(topic)), label="from")
        while at < len(topic):
            end = data.draw(st.integers(at + 1, len(topic)), label="batch end")
            users = fold(decode(m) for m in topic[at:end])  # type: ignore[arg-type]
            for statement in sink.plan(list(users.values()))[0]:
                session.apply(statement)
            at = end
            if data.draw(st.booleans(), label="another worker goes on"):
                sink = prepared(session, keys)
        found = session.row("u")
        assert (found is None) == (newest is None)
        if erased > 0:
            assert all(row.since_version > erased for row in keys.rows.values())
        if found is not None:
            cipher = FieldCipher(KeyRing(master(), keys))
            stored = msgspec.json.decode(found["identifiers"])
            assert is_encrypted(stored["email"])
            assert cipher.decrypt_fields("u", stored) == {"email": "u@example.org"}
            assert "u@example.org" not in found["raw"]
