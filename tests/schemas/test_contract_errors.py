"""A refused record: the error names the record, the field, what was found, and what is allowed."""

import pickle
from typing import Any

import msgspec
import pytest
from contract_records import any_input, json_values
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas import DecodeError, decode, decode_record, encode, encode_avro
from schemas.faults import first_fault
from schemas.kinds import MAX_VALUE_BYTES, RECORD_TYPES
from tactful.records import (
    Event,
    LocalSpan,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    QuietHours,
    RecordKind,
)
from tactful.records.common import MAX_NESTING

EVENT = '{"id":"e","user_id":"u","name":"n","at_ms":1%s}'
REQUEST = '{"id":"r","user_id":"u","type":"t","at_ms":1,%s}'
UPDATE = '{"id":"p","user_id":"u","at_ms":1,%s}'
TIME = "integer epoch milliseconds 0..253402300799999"
NAME = "string of 1..128 characters"
BOOL = "true or false"
CLOCK = 'local time "HH:MM"'
ID = "string of 1..256 characters"
OBJECT = "one JSON object in UTF-8"
STARTS = "{ for JSON, 0x00 or 0xc3 0x01 for Avro"
WEEKDAYS = "preferences.quiet_hours.weekdays"
DAYS = "monday, tuesday, wednesday, thursday, friday, saturday, sunday"
QUIET = '"preferences":{"quiet_hours":{"start":"22:00","end":"08:00","weekdays":{%s}}}'
JSON = f"any JSON value (integers within 64 bits, nested at most {MAX_NESTING} deep)"

CASES = [
    # what is no JSON object at all
    ("events", b"", f"event: found an empty value (a tombstone), allowed: {STARTS}"),
    ("events", b"[]", f"event: found [] (list), allowed: {OBJECT}"),
    ("events", b"5", f"event: found 5 (integer), allowed: {OBJECT}"),
    ("events", b"null", f"event: found null, allowed: {OBJECT}"),
    ("events", b"hello", f"event: found the first byte 0x68, allowed: {STARTS}"),
    ("events", b"\xef\xbb\xbf{}", f"event: found a byte-order mark, allowed: {OBJECT}"),
    (
        "events",
        b'{"id":"\xff"}',
        f"event: found invalid UTF-8 at byte 7 (0xff), allowed: {OBJECT}",
    ),
    (
        "events",
        b'{"id":"e",}',
        f"event: found invalid JSON at byte 10 (trailing comma in object), allowed: {OBJECT}",
    ),
    (
        "events",
        b'{"id":"e"',
        f"event: found invalid JSON at byte 9 (it ends too early), allowed: {OBJECT}",
    ),
    (
        "events",
        rb'{"id":"\ud800"}',
        f"event: found invalid JSON (half a surrogate pair in a string), allowed: {OBJECT}",
    ),
    # a field
    ("events", "{}", f'event: field "id": found nothing, allowed: {ID}'),
    ("events", '{"id":"e"}', f'event: field "user_id": found nothing, allowed: {ID}'),
    (
        "events",
        '{"id":"e","user_id":"u","name":"n","at_ms":"x"}',
        f'event: field "at_ms": found "x" (string), allowed: {TIME}',
    ),
    (
        "events",
        '{"id":"e","user_id":"u","name":"n","at_ms":-1}',
        f'event: field "at_ms": found -1, allowed: {TIME}',
    ),
    (
        "events",
        '{"id":"e","user_id":"u","name":"n","at_ms":1.5}',
        f'event: field "at_ms": found 1.5 (number), allowed: {TIME}',
    ),
    (
        "events",
        '{"id":"e","user_id":"u","name":"n","at_ms":null}',
        f'event: field "at_ms": found null, allowed: {TIME}',
    ),
    ("events", EVENT % ',"channel":""', f'event: field "channel": found "", allowed: {NAME}'),
    (
        "events",
        EVENT % ',"device":{"id":7}',
        'event: field "device.id": found 7 (integer), allowed: string',
    ),
    (
        "events",
        EVENT % ',"attributes":{"a":[{"b":9223372036854775808}]}',
        f'event: field "attributes.a[0].b": found 9223372036854775808, allowed: {JSON}',
    ),
    (
        "events",
        EVENT % ',"attributes":{"a":1e999}',
        f'event: field "attributes.a": found inf, allowed: {JSON}',
    ),
    (
        "events",
        EVENT % (',"attributes":{"a":' + "[" * 9 + "]" * 9 + "}"),
        f'event: field "attributes.a{"[0]" * 8}": found deeper nesting, allowed: {JSON}',
    ),
    (
        "requests",
        REQUEST % '"priority":"urgent"',
        'request: field "priority": found "urgent", allowed: critical, high, normal, low',
    ),
    (
        "requests",
        REQUEST % '"priority":"low","channels":[]',
        f'request: field "channels": found [], allowed: list of {NAME}, 1..32 of them',
    ),
    (
        "requests",
        REQUEST % '"priority":"low","channels":["push",""]',
        f'request: field "channels[1]": found "", allowed: {NAME}',
    ),
    (
        "feedback",
        '{"id":"f","user_id":"u","decision_id":"d","channel":"push","outcome":"seen","at_ms":1}',
        'feedback: field "outcome": found "seen", allowed: ' + ", ".join(Outcome),
    ),
    (
        "profile-updates",
        UPDATE % '"consent":{"marketing":"yes"}',
        'profile update: field "consent.marketing": found "yes" (string), allowed: true or false',
    ),
    (
        "profile-updates",
        UPDATE % '"consent":{"":true}',
        f'profile update: field "consent": found the name "", allowed: {NAME}',
    ),
    (
        "profile-updates",
        UPDATE % '"preferences":{"types":{"tips":{"email":3}}}',
        'profile update: field "preferences.types.tips.email": found 3 (integer), allowed: ' + BOOL,
    ),
    (
        "profile-updates",
        UPDATE % '"preferences":{"quiet_hours":{"start":"8 pm","end":"08:00"}}',
        'profile update: field "preferences.quiet_hours.start": found "8 pm", allowed: ' + CLOCK,
    ),
    (
        "profile-updates",
        UPDATE % (QUIET % '"Friday":null'),
        f'profile update: field "{WEEKDAYS}": found the name "Friday", allowed: {DAYS}',
    ),
    (
        "profile-updates",
        UPDATE % (QUIET % '"friday":{"start":"23:00","end":"24:00"}'),
        f'profile update: field "{WEEKDAYS}.friday.end": found "24:00", allowed: {CLOCK}',
    ),
    (
        "profile-updates",
        UPDATE % (QUIET % '"friday":{"start":"23:00"}'),
        f'profile update: field "{WEEKDAYS}.friday.end": found nothing, allowed: {CLOCK}',
    ),
    (
        "profile-updates",
        UPDATE % (QUIET % '"friday":false'),
        f'profile update: field "{WEEKDAYS}.friday": found false (boolean), allowed: object',
    ),
    (
        "profile-updates",
        UPDATE % '"preferences":{"preferred_hours":[8,24]}',
        'profile update: field "preferences.preferred_hours[1]": found 24, allowed: integer 0..23',
    ),
    (
        "profile-updates",
        UPDATE % '"erase":"yes"',
        'profile update: field "erase": found "yes" (string), allowed: true or false',
    ),
]


@pytest.mark.parametrize(("topic", "value", "message"), CASES)
def test_the_error_names_record_field_found_and_allowed(
    topic: str, value: str | bytes, message: str
) -> None:
    raw = value.encode() if isinstance(value, str) else value
    with pytest.raises(DecodeError) as error:
        decode(RecordKind(topic), raw)
    assert str(error.value) == message
    assert error.value.found in message
    assert error.value.allowed in message


def test_endless_nesting_is_refused_as_such() -> None:
    value = EVENT % (',"unknown":' + "[" * 5000 + "]" * 5000)
    with pytest.raises(DecodeError, match="nesting without end"):
        decode(RecordKind.EVENT, value.encode())


def test_a_long_value_is_cut_in_the_message() -> None:
    value = EVENT.replace('"at_ms":1', f'"at_ms":"{"x" * 9000}"') % ""
    with pytest.raises(DecodeError) as error:
        decode(RecordKind.EVENT, value.encode())
    assert len(str(error.value)) < 200


def test_a_value_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(DecodeError, match=f"allowed: at most {MAX_VALUE_BYTES}"):
        decode(RecordKind.EVENT, b"{" + b" " * MAX_VALUE_BYTES)


def test_white_space_may_stand_before_json() -> None:
    assert decode(RecordKind.EVENT, b" \r\n\t" + (EVENT % "").encode()).id == "e"  # type: ignore[union-attr]


def test_unknown_fields_are_ignored() -> None:
    assert decode_record(Event, (EVENT % ',"new_field":{"x":[1]}').encode()) == Event(
        id="e", user_id="u", name="n", at_ms=1
    )


def test_avro_names_the_field_that_the_contract_refuses() -> None:
    event = Event(id="e", user_id="u", name="n", at_ms=-5)
    with pytest.raises(DecodeError) as error:
        decode(RecordKind.EVENT, encode_avro(event))
    assert str(error.value) == f'event: field "at_ms": found -5, allowed: {TIME}'


def test_avro_names_a_weekday_that_is_none() -> None:
    weekdays: Any = {"friday": None, "someday": LocalSpan("22:00", "08:00")}
    quiet = QuietHours("22:00", "08:00", weekdays)
    update = ProfileUpdate(id="p", user_id="u", at_ms=1, preferences=Preferences(quiet_hours=quiet))
    with pytest.raises(DecodeError) as error:
        decode(RecordKind.PROFILE_UPDATE, encode_avro(update))
    assert str(error.value) == (
        f'profile update: field "{WEEKDAYS}": found the name "someday", allowed: {DAYS}'
    )


def test_avro_names_the_field_at_which_the_bytes_break() -> None:
    whole = encode_avro(Event(id="e", user_id="user", name="n", at_ms=1))
    with pytest.raises(DecodeError, match='event: field "user_id": found 2 of 4 bytes'):
        decode(RecordKind.EVENT, whole[: 10 + 2 + 3])
    with pytest.raises(DecodeError, match="3 bytes behind the record, allowed: none"):
        decode(RecordKind.EVENT, whole + b"abc")
    with pytest.raises(DecodeError, match=r'field "channel": found branch 9, allowed: 0\.\.1'):
        decode(RecordKind.EVENT, whole[: 10 + 2 + 5 + 2 + 1] + b"\x12")
    with pytest.raises(DecodeError, match='field "id": found invalid UTF-8 at byte 1'):
        decode(RecordKind.EVENT, whole[:10] + b"\x02\xff" + whole[12:])


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (b"\x00\x00", "(header)"),
        (b"\xc3\x01\x00", "(header)"),
        (b"\x00\x00\x00\x00\x07abc", "(schema id)"),
        (b"\xc3\x01" + b"\x07" * 9, "(fingerprint)"),
    ],
)
def test_avro_with_an_unknown_header_says_which_are_known(value: bytes, field: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode(RecordKind.EVENT, value)
    assert error.value.field == field
    assert error.value.allowed


def test_errors_travel_between_processes() -> None:
    error = DecodeError("event", "id", "nothing", "something")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


_replacements = json_values | st.sampled_from([*Priority, 2**70, -1, "08:00", "x" * 300, [], {}])


@settings(max_examples=250, deadline=None)
@given(record=any_input, data=st.data())
def test_a_fault_is_found_exactly_when_the_decoder_refuses(
    record: msgspec.Struct, data: st.DataObject
) -> None:
    """The search for the fault and the decoder are two pieces of code: they must not disagree."""
    tree = msgspec.json.decode(encode(record))
    holder = tree
    for _ in range(data.draw(st.integers(0, 2))):
        inner = [item for item in holder.values() if isinstance(item, dict) and item]
        if not inner:
            break
        holder = data.draw(st.sampled_from(inner))
    assume(holder)
    key = data.draw(st.sampled_from(sorted(holder)))
    if data.draw(st.booleans()):
        holder[key] = data.draw(_replacements)
    else:
        del holder[key]
    value = msgspec.json.encode(tree)
    fault = first_fault(type(record), msgspec.json.decode(value))
    if fault is None:
        assert msgspec.json.decode(encode(decode_record(type(record), value))) is not None
        return
    with pytest.raises(DecodeError) as error:
        decode_record(type(record), value)
    assert (error.value.field, error.value.found, error.value.allowed) == tuple(fault)


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_every_required_field_is_missed_by_name(name: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode_record(RECORD_TYPES[name], b"{}")
    assert error.value.field == msgspec.structs.fields(RECORD_TYPES[name])[0].encode_name
    assert error.value.found == "nothing"
