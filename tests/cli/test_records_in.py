"""Records from a command line: defaults, ways to write values, and errors by field."""

import pytest

from cli.broker import now_ms
from cli.partitions import murmur2, partition_of
from cli.records_in import InputError, check, moment_ms, pairs, parse_json, with_defaults
from tactful.records import RecordKind, Request


def test_a_request_needs_only_its_user_and_type() -> None:
    before_ms = now_ms()
    given = with_defaults({"user_id": "u1", "type": "tip"})
    record, _ = check(RecordKind.REQUEST, given)
    assert isinstance(record, Request)
    assert record.priority is None  # that of its type
    assert before_ms <= record.at_ms <= now_ms()
    assert record.id != with_defaults({})["id"]


def test_what_is_given_wins_over_a_default() -> None:
    given = with_defaults({"id": "e1", "at_ms": 5})
    assert (given["id"], given["at_ms"]) == ("e1", 5)


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (RecordKind.EVENT, {"user_id": "u"}, "name"),
        (RecordKind.EVENT, {"user_id": "u", "name": "x", "nam": 1}, "event.nam: found 'nam'"),
        (RecordKind.REQUEST, {"user_id": "u", "type": "t", "priority": "urgent"}, "priority"),
        (RecordKind.FEEDBACK, {"user_id": "u", "outcome": "liked"}, "outcome"),
        (RecordKind.PROFILE_UPDATE, {"user_id": "u", "consent": {"a": "yes"}}, "consent"),
        (RecordKind.EVENT, {"user_id": "", "name": "x"}, "user_id"),
    ],
)
def test_a_wrong_field_is_named(kind: RecordKind, fields: dict[str, object], said: str) -> None:
    whole = {"decision_id": "d", "channel": "c"} if kind is RecordKind.FEEDBACK else {}
    with pytest.raises(InputError, match=said):
        check(kind, with_defaults({**whole, **fields}))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("a=1,b=x", {"a": 1, "b": "x"}),
        ("marketing=true", {"marketing": True}),
        ("mail=a@b.c?x=y", {"mail": "a@b.c?x=y"}),
    ],
)
def test_maps_are_written_as_json_or_as_pairs(text: str, wanted: dict[str, object]) -> None:
    assert pairs("--data", text) == wanted


@pytest.mark.parametrize("text", ["a", "=1", "{a}"])
def test_a_broken_map_is_said_with_its_option(text: str) -> None:
    with pytest.raises(InputError, match="--data: found "):
        pairs("--data", text)


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_record_is_one_json_object(text: str) -> None:
    with pytest.raises(InputError, match="allowed: one JSON object"):
        parse_json(text)


def test_moments_are_absolute_or_from_now() -> None:
    assert moment_ms("--at", "1700000000000") == 1700000000000
    assert moment_ms("--at", "1970-01-01T01:00+01:00") == 0
    assert moment_ms("--at", "1970-01-01T00:00:01") == 1000
    now = now_ms()
    assert 0 <= moment_ms("--at", "+2h") - now - 7_200_000 < 60_000
    assert 0 <= moment_ms("--at", "-90s") - now + 90_000 < 60_000
    with pytest.raises(InputError, match="--expires: found 'soon'"):
        moment_ms("--expires", "soon")


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        # From the tests of Kafka's Java client, which all producers must agree with.
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_user_is_in_the_partition_that_kafkas_own_hash_gives(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed % 2**32
    assert partition_of(key.decode(), 7) == (hashed & 0x7FFFFFFF) % 7
