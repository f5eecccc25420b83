"""What was once written can be read for ever, and schemas change only in ways that keep it so."""

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest
from contract_examples import FULL, LEAST

from schemas import Framing, Registry, RegistryError, decode_record, encode_avro
from schemas.add_id import add
from schemas.compatibility import incompatibilities
from schemas.errors import DecodeError
from schemas.kinds import RECORD_TYPES
from schemas.registry import BUILT_IN, SCHEMA_FOLDER, installed, read_schema
from tactful.records import Event

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(path.name for path in GOLDEN.iterdir())
EXAMPLES = [
    (version, f"{name}.{size}")
    for version in VERSIONS
    for name in RECORD_TYPES
    for size in ("full", "least")
]


def golden_schema(version: str, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((GOLDEN / version / f"{name}.avsc").read_bytes())
    return schema


def copy_of(name: str) -> dict[str, Any]:
    return golden_schema("v1", name)


def field_of(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The description of one field."""
    return next(field for field in schema["fields"] if field["name"] == name)


@pytest.mark.parametrize(("version", "stem"), EXAMPLES)
def test_golden_records_decode_for_ever(version: str, stem: str) -> None:
    type_ = RECORD_TYPES[stem.split(".", maxsplit=1)[0]]
    text = (GOLDEN / version / f"{stem}.json").read_bytes()
    record = decode_record(type_, text)
    for framing in Framing:
        assert (
            decode_record(type_, (GOLDEN / version / f"{stem}.{framing}.avro").read_bytes())
            == record
        )
    # Each field of the file has arrived, and nothing else is set.
    written = msgspec.json.decode(text)
    arrived = msgspec.json.decode(msgspec.json.encode(record))
    assert {key: arrived.get(key) for key in written} == written
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(type_)}
    for key in arrived.keys() - written.keys():
        assert arrived[key] == defaults[key]


def test_the_first_version_is_there_whole() -> None:
    names = {path.name for path in (GOLDEN / "v1").iterdir()}
    for name in RECORD_TYPES:
        assert f"{name}.avsc" in names
        for size in ("full", "least"):
            forms = {f"{name}.{size}.json", *(f"{name}.{size}.{form}.avro" for form in Framing)}
            assert forms <= names


def test_the_golden_records_of_version_1_are_the_examples() -> None:
    """Only while version 1 is current; later versions get examples of their own."""
    for name, record in FULL.items():
        schema = read_schema(SCHEMA_FOLDER / f"{name}.avsc").source
        if schema["version"] == 1:
            assert (
                decode_record(type(record), (GOLDEN / "v1" / f"{name}.full.json").read_bytes())
                == record
            )
            least = (GOLDEN / "v1" / f"{name}.least.json").read_bytes()
            assert decode_record(type(record), least) == LEAST[name]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", RECORD_TYPES)
def test_a_schema_changes_only_so_that_older_records_can_be_read(version: str, name: str) -> None:
    current = read_schema(SCHEMA_FOLDER / f"{name}.avsc")
    old_source = golden_schema(version, name)
    assert incompatibilities(current.source, old_source) == []
    old = read_schema(GOLDEN / version / f"{name}.avsc")
    if old.fingerprint != current.fingerprint:
        assert current.source["version"] > old_source["version"], "a change needs a new version"
    assert old.fingerprint in installed().by_fingerprint, (
        f"keep the schema of {version} as schemas/avro/archive/{name}.{version}.avsc"
    )


def drop_required(schema: dict[str, Any]) -> None:
    del schema["fields"][0]


def make_required(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "extra", "type": "string"})


def narrow(schema: dict[str, Any]) -> None:
    field_of(schema, "at_ms")["type"] = "int"


def drop_symbol(schema: dict[str, Any]) -> None:
    field_of(schema, "priority")["type"][1]["symbols"].remove("low")


def no_longer_null(schema: dict[str, Any]) -> None:
    field = field_of(schema, "channels")
    field["type"] = field["type"][1]


def rename(schema: dict[str, Any]) -> None:
    schema["name"] = "Wish"


def rename_field(schema: dict[str, Any]) -> None:
    field_of(schema, "type")["name"] = "kind"


def deeper(schema: dict[str, Any]) -> None:
    field_of(schema, "data")["type"][1]["values"].pop()


@pytest.mark.parametrize(
    "change",
    [make_required, narrow, drop_symbol, no_longer_null, rename, rename_field, deeper],
)
def test_a_change_that_breaks_readers_is_seen(change: Any) -> None:
    schema = copy_of("request")
    change(schema)
    assert incompatibilities(schema, copy_of("request")) != []


def add_optional(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "extra", "type": ["null", "string"], "default": None})


def add_symbol(schema: dict[str, Any]) -> None:
    field_of(schema, "priority")["type"][1]["symbols"].append("someday")


def widen(schema: dict[str, Any]) -> None:
    field_of(schema, "at_ms")["type"] = "double"


@pytest.mark.parametrize("change", [drop_required, add_optional, add_symbol, widen])
def test_a_change_that_keeps_readers_is_let_through(change: Any) -> None:
    schema = copy_of("request")
    change(schema)
    assert incompatibilities(schema, copy_of("request")) == []


def foreign(tmp_path: Path, fields: list[dict[str, Any]], id_: int = 7) -> tuple[Registry, Any]:
    """A registry with one producer's own schema of an event, and that schema."""
    source = {"type": "record", "name": "Event", "namespace": "tactful", "fields": fields}
    file = tmp_path / "theirs.avsc"
    file.write_text(json.dumps(source))
    add(tmp_path / "registry.json", id_, str(file))
    return Registry.load(BUILT_IN, tmp_path / "registry.json"), fastavro.parse_schema(source)


BASE = [{"name": name, "type": "string"} for name in ("id", "user_id", "name")]


def confluent(id_: int, schema: Any, record: dict[str, Any]) -> bytes:
    stream = io.BytesIO(b"\x00" + id_.to_bytes(4, "big"))
    stream.seek(5)
    fastavro.schemaless_writer(stream, schema, record)
    return stream.getvalue()


def test_a_producers_own_schema_is_read_by_resolution(tmp_path: Path) -> None:
    """Another order, fewer fields, fields that are not known, and a simpler type."""
    registry, schema = foreign(
        tmp_path,
        [
            {"name": "at_ms", "type": "int"},
            *BASE,
            {"name": "attributes", "type": {"type": "map", "values": "string"}},
            {"name": "internal", "type": {"type": "array", "items": "bytes"}},
        ],
    )
    value = confluent(
        7,
        schema,
        {
            "at_ms": 5,
            "id": "e",
            "user_id": "u",
            "name": "n",
            "attributes": {"a": "b"},
            "internal": [b""],
        },
    )
    assert decode_record(Event, value, registry) == Event(
        id="e", user_id="u", name="n", at_ms=5, attributes={"a": "b"}
    )
    with pytest.raises(DecodeError, match=r'field "\(schema id\)": found 7'):
        decode_record(Event, value)


def test_a_hostile_payload_of_a_producers_own_schema_is_refused(tmp_path: Path) -> None:
    """Items of no bytes at all: a block may claim any number of them."""
    registry, schema = foreign(
        tmp_path,
        [
            *BASE,
            {"name": "at_ms", "type": "long"},
            {"name": "nothing", "type": {"type": "array", "items": "null"}},
        ],
    )
    value = confluent(
        7, schema, {"id": "e", "user_id": "u", "name": "n", "at_ms": 5, "nothing": []}
    )
    claims = value[:-1] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x00"
    with pytest.raises(DecodeError, match='field "nothing": found a block of'):
        decode_record(Event, claims, registry)


def test_an_id_that_was_added_is_used_for_writing(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    add(file, 101, "event")
    registry = Registry.load(BUILT_IN, file)
    value = encode_avro(FULL["event"], Framing.CONFLUENT, registry)
    assert value[:5] == b"\x00\x00\x00\x00\x65"
    assert decode_record(Event, value, registry) == FULL["event"]


def test_an_id_can_be_given_another_schema(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    add(file, 101, "event")
    add(file, 101, "request")
    assert Registry.load(file).by_id[101].name == "request"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "truncated"),
        ('{"schemas": [{"id": -1, "fingerprint": ""}]}', "found id -1, allowed: 0..4294967295"),
        ('{"schemas": [{"id": 1}]}', "missing required field `fingerprint`"),
        ('{"schemas": [{"id": 1, "fingerprint": "00", "fiel": ""}]}', "unknown field `fiel`"),
        (
            '{"schemas": [{"id": 1, "fingerprint": "00"}]}',
            r'id 1: field "fingerprint": found \'00\', allowed: .*\(event\)',
        ),
        ('{"schemas": [{"id": 1, "fingerprint": "00", "file": "none.avsc"}]}', "no usable schema"),
        (
            '{"schemas": [{"id": 1, "fingerprint": "00", "file": "event.avsc"}]}',
            'field "fingerprint": found 00, allowed: [0-9a-f]{16}, which event.avsc has',
        ),
    ],
)
def test_a_wrong_registry_file_is_refused_by_its_entry(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "registry.json"
    file.write_text(content)
    (tmp_path / "event.avsc").write_bytes((SCHEMA_FOLDER / "event.avsc").read_bytes())
    with pytest.raises(RegistryError, match=message):
        Registry.load(file)


def test_a_schema_that_can_not_be_read_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match='field "at_ms": new without a default'):
        foreign(tmp_path, BASE)
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.avsc"]


def test_a_schema_of_another_record_is_not_added(tmp_path: Path) -> None:
    file = tmp_path / "other.avsc"
    file.write_text('{"type": "record", "name": "Other", "fields": []}')
    with pytest.raises(RegistryError, match="found a schema named 'Other', allowed: tactful"):
        add(tmp_path / "registry.json", 1, str(file))
