"""What is written is read back, in JSON and in Avro, for every record in and out."""

import math
import struct

import msgspec
import pytest
from contract_examples import FULL, LEAST
from contract_records import any_record
from hypothesis import given, settings

from schemas import DecodeError, EncodeError, Framing, decode_record, encode, encode_avro
from schemas.kinds import RECORD_TYPES
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Decision,
    Digest,
    DigestItem,
    Event,
    Preferences,
    ProfileUpdate,
)

EXAMPLES = [record for group in (FULL, LEAST) for record in group.values()]


@settings(max_examples=200, deadline=None)
@given(record=any_record)
def test_json_and_avro_give_the_same_record_back(record: msgspec.Struct) -> None:
    type_ = type(record)
    forms = [encode(record), *(encode_avro(record, framing) for framing in Framing)]
    for form in forms:
        back = decode_record(type_, form)
        assert back == record
        # Equal is not enough: 1, 1.0 and true are equal in Python, and not in JSON.
        assert encode(back) == forms[0]


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: type(record).__name__)
def test_the_full_and_the_least_record_go_round(record: msgspec.Struct) -> None:
    for form in (encode(record), encode_avro(record), encode_avro(record, Framing.CONFLUENT)):
        assert decode_record(type(record), form) == record


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_a_full_example_sets_every_field(name: str) -> None:
    record = FULL[name]
    for field in msgspec.structs.fields(type(record)):
        if field.name != "source":
            assert getattr(record, field.name) != field.default, field.name


def test_json_does_not_depend_on_the_order_in_which_objects_were_filled() -> None:
    one = Event(id="e", user_id="u", name="n", at_ms=1, attributes={"a": 1, "b": {"c": 1, "d": 2}})
    two = Event(id="e", user_id="u", name="n", at_ms=1, attributes={"b": {"d": 2, "c": 1}, "a": 1})
    assert encode(one) == encode(two)


def test_absent_and_null_preferences_stay_apart_in_avro() -> None:
    update = ProfileUpdate(
        id="p", user_id="u", at_ms=1, preferences=Preferences(channels=None, types={"tips": None})
    )
    back = decode_record(ProfileUpdate, encode_avro(update))
    assert back.preferences is not None
    assert back.preferences.channels is None
    assert back.preferences.frequency is msgspec.UNSET


def test_the_bytes_of_a_dead_letter_survive_json() -> None:
    letter = DeadLetter(DeadLetterReason.UNDECODABLE, "d", "t", 0, 0, bytes(range(256)))
    assert msgspec.json.decode(encode(letter))["value"].startswith("AAECAwQF")
    assert decode_record(DeadLetter, encode(letter)).value == bytes(range(256))


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, float("nan"), float("inf"), b"x"])
def test_avro_refuses_a_free_form_value_that_it_can_not_hold(value: object) -> None:
    event = Event(id="e", user_id="u", name="n", at_ms=1, attributes={"a": [{"b": value}]})
    with pytest.raises(EncodeError) as error:
        encode_avro(event)
    assert error.value.field == "attributes.a[0].b"


def a_digest_with(value: object) -> Decision:
    items = [DigestItem("r1", "t", 1), DigestItem("r2", "t", 2, {"a": [value]})]
    least = LEAST["decision"]
    assert isinstance(least, Decision)
    return msgspec.structs.replace(least, digest=Digest(2, items))


def test_avro_refuses_what_it_can_not_hold_inside_a_digest_by_its_place() -> None:
    with pytest.raises(EncodeError) as error:
        encode_avro(a_digest_with(2**63))
    assert error.value.field == "digest.items[1].data.a[0]"


def test_avro_with_a_number_inside_a_digest_that_json_has_not_is_refused_by_its_place() -> None:
    value = encode_avro(a_digest_with(1.5))
    at = value.index(struct.pack("<d", 1.5))
    broken = value[:at] + struct.pack("<d", math.nan) + value[at + 8 :]
    with pytest.raises(DecodeError) as error:
        decode_record(Decision, broken)
    assert error.value.field == "digest.items[1].data.a[0]"
    assert error.value.found == "nan"


def test_avro_refuses_a_field_of_the_wrong_type_by_its_name() -> None:
    event = Event(id="e", user_id="u", name="n", at_ms="soon")  # type: ignore[arg-type]
    with pytest.raises(EncodeError, match='event: field "at_ms": found "soon"'):
        encode_avro(event)


def test_a_record_is_not_taken_for_another_kind() -> None:
    with pytest.raises(DecodeError, match=r'decision: field "\(schema\)": found one of event'):
        decode_record(Decision, encode_avro(FULL["event"]))
