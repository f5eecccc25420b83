"""Whatever stands in Kafka, intake gives a record or a dead letter, and never raises."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from contract_examples import FULL
from contract_records import any_input
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Framing, decode_record, encode, encode_avro
from schemas.intake import read
from schemas.kinds import MAX_KEY_CHARS, MAX_VALUE_BYTES, SCHEMA_NAMES, TYPE_OF_KIND
from tactful.records import DeadLetter, DeadLetterReason, RecordKind

TOPIC_OF = {type_: kind.value for kind, type_ in TYPE_OF_KIND.items()}
INPUTS = [record for record in FULL.values() if type(record) in TOPIC_OF]
ROOT = Path(__file__).parent.parent.parent


def refused(
    topic: str, key: str | None, value: bytes | None, reason: DeadLetterReason
) -> DeadLetter:
    letter = read(topic, key, value, 3, 14)
    assert isinstance(letter, DeadLetter), letter
    assert letter.reason is reason
    assert (letter.topic, letter.partition, letter.offset) == (topic, 3, 14)
    assert letter.key == key
    assert letter.value == (value or b"")
    assert letter.detail
    # It can be written, and read again.
    assert decode_record(DeadLetter, encode(letter)) == letter
    assert decode_record(DeadLetter, encode_avro(letter)) == letter
    return letter


@pytest.mark.parametrize("record", INPUTS, ids=lambda record: SCHEMA_NAMES[type(record)])
@pytest.mark.parametrize("prefix", ["", "tactful.", "acme.prod."])
def test_every_kind_is_read_in_every_form_by_word_and_by_full_name(
    record: msgspec.Struct, prefix: str
) -> None:
    topic = prefix + TOPIC_OF[type(record)]
    for value in (encode(record), *(encode_avro(record, framing) for framing in Framing)):
        for _ in range(2):  # the first time a topic's full name is learnt
            assert read(topic, record.user_id, value, 0, 0) == record  # type: ignore[attr-defined]


def test_an_unknown_topic_is_refused() -> None:
    letter = refused("tactful.orders", "user-1", b"{}", DeadLetterReason.UNKNOWN_TOPIC)
    assert letter.detail == (
        'topic: found "tactful.orders", allowed: events, requests, feedback, profile-updates'
    )


@pytest.mark.parametrize("key", [None, ""])
def test_a_record_without_a_key_is_refused(key: str | None) -> None:
    letter = refused("events", key, encode(FULL["event"]), DeadLetterReason.UNKEYED)
    assert letter.field == "(key)"


@pytest.mark.parametrize("form", [encode, encode_avro])
def test_a_record_for_another_keys_user_is_refused(form: object) -> None:
    value = form(FULL["event"])  # type: ignore[operator]
    letter = refused("events", "user-2", value, DeadLetterReason.WRONG_KEY)
    assert letter.field == "user_id"
    assert letter.detail == (
        'event: field "user_id": found "user-1", allowed: the record\'s key, "user-2"'
    )


@pytest.mark.parametrize("value", [None, b""])
def test_a_tombstone_is_refused(value: bytes | None) -> None:
    letter = refused("events", "user-1", value, DeadLetterReason.UNDECODABLE)
    assert "tombstone" in letter.detail


def test_an_undecodable_record_carries_the_field_and_the_bytes() -> None:
    letter = refused("requests", "u", b'{"id":"r","user_id":7}', DeadLetterReason.UNDECODABLE)
    assert letter.field == "user_id"
    assert letter.detail == (
        'request: field "user_id": found 7 (integer), allowed: string of 1..256 characters'
    )


def test_a_dead_letter_always_fits_into_a_kafka_message() -> None:
    value = b'{"id":"' + b"x" * 1_000_000
    letter = read("events", "k" * 9000, value, 0, 0)
    assert isinstance(letter, DeadLetter)
    assert letter.value == value[:MAX_VALUE_BYTES]
    assert letter.key == "k" * MAX_KEY_CHARS
    assert len(encode(letter)) < 1_000_000


def test_the_longest_record_is_taken_and_one_byte_more_is_not() -> None:
    value = encode(FULL["event"])
    longest = value + b" " * (MAX_VALUE_BYTES - len(value))
    assert read("events", "user-1", longest, 0, 0) == FULL["event"]
    refused_letter = read("events", "user-1", longest + b" ", 0, 0)
    assert isinstance(refused_letter, DeadLetter)
    assert refused_letter.reason is DeadLetterReason.UNDECODABLE


_topics = st.sampled_from([*RecordKind, *(f"tactful.{kind}" for kind in RecordKind), "", "x.y"])
_keys = st.none() | st.text(max_size=5)
_starts = st.sampled_from(
    [b"", b"{", b" {", b'{"id":', b"\x00", b"\x00\x00\x0f\x42\x41", b"\xc3\x01"]
    + [encode_avro(record, framing)[:10] for record in INPUTS for framing in Framing]
)


def check(result: object, value: bytes) -> None:
    if isinstance(result, DeadLetter):
        assert result.value == value
        assert result.detail
        assert encode(result)
        assert encode_avro(result)
    else:
        assert type(result) in TOPIC_OF
        # What is accepted can be written again, in both forms.
        assert decode_record(type(result), encode(result)) == result  # type: ignore[type-var,arg-type]
        assert decode_record(type(result), encode_avro(result)) == result  # type: ignore[type-var,arg-type]


@settings(max_examples=500, deadline=None)
@given(topic=_topics, key=_keys, start=_starts, rest=st.binary(max_size=80))
def test_arbitrary_bytes_give_a_record_or_a_dead_letter(
    topic: str, key: str | None, start: bytes, rest: bytes
) -> None:
    check(read(topic, key, start + rest, 0, 0), start + rest)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A valid record in any form, with some of its bytes changed, cut, doubled or put in."""
    record = draw(any_input)
    form = draw(st.sampled_from(["json", *Framing]))
    value = bytearray(encode(record) if form == "json" else encode_avro(record, Framing(form)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(value) - 1, 0)))
        match draw(st.sampled_from(["set", "flip", "cut", "insert", "double"])):
            case "set":
                value[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "flip":
                if value:
                    value[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del value[at:]
            case "insert":
                value[at:at] = draw(st.binary(max_size=10) | st.just(b"\xff" * 10))
            case "double":
                value[at:at] = value[at:]
    return TOPIC_OF[type(record)], record.user_id, bytes(value)


@settings(max_examples=500, deadline=None)
@given(case=mutated())
def test_damaged_records_give_a_record_or_a_dead_letter(case: tuple[str, str, bytes]) -> None:
    topic, key, value = case
    check(read(topic, key, value, 0, 0), value)


HOSTILE = """
import sys, threading
from schemas import encode_avro
from schemas.intake import read
from tactful.records import DeadLetter, Event

event = Event(id="e", user_id="u", name="n", at_ms=1, attributes={})
head = encode_avro(event)
assert head.endswith(b"\\x02\\x00")  # the branch of attributes, and no items
start = head[:-1] + b"\\x02\\x02x"  # one item named x


def attack():
    arrays = (b"\\x0a\\x02", b"\\x8a\\x00\\x02", b"\\x03\\x02")
    maps = (b"\\x0c\\x02\\x02k", b"\\x01\\x02\\x02k")
    for level in (*arrays, *maps):
        for times in (20, 60, 100, 300, 3_000, 30_000, 100_000):
            result = read("events", "u", start + level * times, 0, 0)
            assert isinstance(result, DeadLetter), (level, times)
            closed = start + level * times + b"\\x00" + b"\\x00" * times + b"\\x00"
            result = read("events", "u", closed, 0, 0)
            assert isinstance(result, DeadLetter), (level, times)
    print("survived")


threading.stack_size(512 * 1024)
thread = threading.Thread(target=attack)
thread.start()
thread.join()
"""


def test_nesting_bombs_in_avro_do_not_end_the_process() -> None:
    """In a process of its own, on a small stack: without the guard this is a segmentation fault."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr[-2000:]
