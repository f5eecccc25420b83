"""Contact data can be read with the key of their user alone, and by nobody once it is gone."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_keys import MemoryKeys, master, memory_cipher

from connectors.crypto import (
    FieldCipher,
    KeyRing,
    MasterKeys,
    UnreadableError,
    is_encrypted,
)
from connectors.crypto.master import MasterKeyError

words = st.text(max_size=40)


@given(user=words, field=words, value=words)
def test_what_was_encrypted_comes_back(user: str, field: str, value: str) -> None:
    cipher = memory_cipher()
    box = cipher.encrypt(user, field, value)
    assert is_encrypted(box)
    assert cipher.decrypt(user, field, box) == value
    assert cipher.encrypt(user, field, box) == box, "an encrypted value is left as it is"
    assert cipher.encrypt(user, field, value) == box, "writing again changes nothing"


@given(value=words)
def test_a_plain_value_is_read_as_it_is(value: str) -> None:
    assert memory_cipher().decrypt("ada", "email", value) == value


def test_equal_values_of_different_users_and_fields_look_different() -> None:
    cipher = memory_cipher()
    boxes = {
        cipher.encrypt(user, field, "x").rsplit(":", 1)[1]
        for user in ("ada", "bob")
        for field in ("email", "phone")
    }
    assert len(boxes) == 4


@pytest.mark.parametrize(("user", "field"), [("bob", "email"), ("ada", "phone")])
def test_a_value_can_not_be_moved_to_another_user_or_field(user: str, field: str) -> None:
    cipher = memory_cipher()
    cipher.encrypt("bob", "email", "b@example.org")
    box = cipher.encrypt("ada", "email", "a@example.org")
    with pytest.raises(UnreadableError):
        cipher.decrypt(user, field, box)


def test_a_value_that_was_tampered_with_is_refused() -> None:
    cipher = memory_cipher()
    box = cipher.encrypt("ada", "email", "a@example.org")
    for at in range(box.rindex(":") + 1, len(box) - 2):
        other = box[:at] + ("A" if box[at] != "A" else "B") + box[at + 1 :]
        with pytest.raises(UnreadableError):
            cipher.decrypt("ada", "email", other)


def test_what_only_looks_encrypted_is_encrypted() -> None:
    cipher = memory_cipher()
    for value in ("enc:1:", "enc:1:short:AAAA", "enc:2:" + "0" * 16 + ":" + "A" * 40):
        assert cipher.decrypt("ada", "email", cipher.encrypt("ada", "email", value)) == value


def test_after_the_key_is_destroyed_nothing_can_be_read_and_a_new_key_reads_none_of_it() -> None:
    store = MemoryKeys()
    cipher = memory_cipher(store)
    box = cipher.encrypt("ada", "email", "a@example.org")
    assert cipher.ring.destroy("ada") == 1
    assert store.rows == {}
    with pytest.raises(UnreadableError):
        cipher.decrypt("ada", "email", box)
    assert cipher.decrypt_fields("ada", {"email": box, "x": "plain"}) == {"x": "plain"}
    new = cipher.encrypt("ada", "email", "a@example.org")
    assert new != box
    with pytest.raises(UnreadableError):
        cipher.decrypt("ada", "email", box)


def test_an_erasure_leaves_keys_that_were_made_after_it() -> None:
    ring = memory_cipher().ring
    ring.for_writing("ada", 5)
    assert ring.destroy("ada", 4) == 0
    assert ring.destroy("ada", 5) == 1


def test_another_process_stops_reading_within_the_life_of_its_cache() -> None:
    store, now = MemoryKeys(), [0.0]
    here = FieldCipher(KeyRing(master(), store))
    there = FieldCipher(KeyRing(master(), store, cache_s=30, clock_s=lambda: now[0]))
    box = here.encrypt("ada", "email", "a@example.org")
    assert there.decrypt("ada", "email", box) == "a@example.org"
    here.ring.destroy("ada")
    now[0] = 31.0
    with pytest.raises(UnreadableError):
        there.decrypt("ada", "email", box)


def test_another_process_never_writes_under_a_key_that_is_destroyed() -> None:
    store = MemoryKeys()
    here, there = memory_cipher(store), memory_cipher(store)
    here.encrypt("ada", "email", "a@example.org")
    there.encrypt("ada", "email", "a@example.org")
    here.ring.destroy("ada")
    box = there.encrypt("ada", "email", "a@example.org")
    assert here.decrypt("ada", "email", box) == "a@example.org"


def test_keys_of_many_users_take_one_question() -> None:
    store = MemoryKeys()
    ring = memory_cipher(store).ring
    ring.for_writing_many({f"u{n}": n for n in range(100)})
    asked = store.asked
    ring.for_writing_many({f"u{n}": n for n in range(100)})
    assert (asked, store.asked) == (1, 1)


def test_the_cache_of_keys_is_bounded() -> None:
    ring = KeyRing(master(), MemoryKeys(), cached_users=10)
    ring.for_writing_many({f"u{n}": n for n in range(10)})
    for n in range(20):
        ring.for_writing(f"v{n}")
    assert len(ring._cache) == 10


def test_in_an_event_loop_the_keys_are_fetched_first() -> None:
    store = MemoryKeys()
    box = memory_cipher(store).encrypt("ada", "email", "a@example.org")

    async def read() -> dict[str, str]:
        return await memory_cipher(store).adecrypt_fields("ada", {"email": box})

    assert asyncio.run(read()) == {"email": "a@example.org"}


def test_a_rotation_rewraps_every_key_and_changes_no_value() -> None:
    store = MemoryKeys()
    old = FieldCipher(KeyRing(master(1), store))
    boxes = {f"u{n}": old.encrypt(f"u{n}", "email", f"{n}@example.org") for n in range(600)}
    new = FieldCipher(KeyRing(master(1, 2), store))
    assert new.ring.rotate() == (600, 0)
    assert new.ring.versions_in_use() == {2: 600}
    assert new.ring.rotate() == (0, 0)
    only_new = FieldCipher(KeyRing(master(2), store))
    for n, (user, box) in enumerate(boxes.items()):
        assert only_new.decrypt(user, "email", box) == f"{n}@example.org"
    with pytest.raises(MasterKeyError, match="version 2 is not here"):
        FieldCipher(KeyRing(master(1), store)).decrypt("u1", "email", boxes["u1"])


def test_a_key_that_is_destroyed_during_a_rotation_stays_destroyed() -> None:
    store = MemoryKeys()
    cipher = FieldCipher(KeyRing(master(1), store))
    cipher.encrypt("ada", "email", "a@example.org")
    ring = KeyRing(master(1, 2), store)
    rewrap = store.rewrap

    def destroyed_first(pairs: object) -> list[bool]:
        cipher.ring.destroy("ada")
        return rewrap(pairs)  # type: ignore[arg-type]

    store.rewrap = destroyed_first  # type: ignore[method-assign, assignment]
    assert ring.rotate() == (0, 1)
    assert store.rows == {}


def test_a_rotation_needs_no_restart_of_those_who_read_the_file_again() -> None:
    store, keys, now = MemoryKeys(), [master(1)], [0.0]
    running = FieldCipher(KeyRing(lambda: keys[0], store, cache_s=0, clock_s=lambda: now[0]))
    box = running.encrypt("ada", "email", "a@example.org")
    keys[0] = master(1, 2)
    KeyRing(keys[0], store).rotate()
    now[0] = 1.0
    assert running.decrypt("ada", "email", box) == "a@example.org"
    now[0] = 10.0
    running.encrypt("bob", "email", "b@example.org")
    assert running.ring.versions_in_use() == {2: 2}


def test_a_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "master-keys"
    made = MasterKeys.load_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    again = MasterKeys.load_or_make(path)
    assert again.unwrap(1, made.wrap(b"key", b"o"), b"o") == b"key"
    assert [one.name for one in path.parent.iterdir()] == ["master-keys"]
    more = again.with_new()
    more.save(path)
    assert MasterKeys.load(path).versions == [1, 2]
    assert MasterKeys.load(path).without(1).versions == [2]


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master-keys"
    MasterKeys.load_or_make(path)
    path.chmod(0o640)
    with pytest.raises(MasterKeyError, match="mode 640"):
        MasterKeys.load(path)


@pytest.mark.parametrize("text", ["", "# nothing", "1:AAAA", "x", "1:!!", "a:" + "A" * 43 + "="])
def test_bad_master_keys_are_refused_without_being_told(text: str) -> None:
    with pytest.raises(MasterKeyError) as raised:
        MasterKeys.parse(text)
    assert "AAAA" not in str(raised.value)


def test_no_key_shows_in_a_representation() -> None:
    keys = master(1)
    assert "\\x01" not in repr(keys)
    assert repr(keys) == "MasterKeys(versions=[1])"
    key = memory_cipher().ring.for_writing("ada")
    assert "nonce_key" not in repr(key)
