"""The Avro schemas say the same as the types: fields, optionality, enumerations, kinds."""

from typing import Any

import fastavro
import msgspec
import pytest
from fastavro.schema import to_parsing_canonical_form
from msgspec import inspect as types

from schemas.audit import AuditEntry
from schemas.avro_names import Names
from schemas.kinds import RECORD_TYPES, TYPE_OF_KIND
from schemas.registry import SCHEMA_FOLDER, installed, read_schema
from schemas.wording import is_free_form
from tactful.records import Input, Output, RecordKind, Wakeup

JSON_BRANCHES = [
    "null",
    "boolean",
    "long",
    "double",
    "string",
    {"type": "array", "items": "tactful.Json"},
    {"type": "map", "values": "tactful.Json"},
]
PRIMITIVES = {
    types.BoolType: "boolean",
    types.IntType: "long",
    types.FloatType: "double",
    types.StrType: "string",
    types.BytesType: "bytes",
}


def source_of(name: str) -> dict[str, Any]:
    return read_schema(SCHEMA_FOLDER / f"{name}.avsc").source


class Agreement:
    """Compares a type with a schema, node by node, and lists where they differ."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.names = Names(schema)
        self.differences: list[str] = []

    def expect(self, path: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            self.differences.append(f"{path}: the schema has {found}, the type {wanted}")

    def record(self, struct: types.StructType, node: Any, path: str) -> None:
        node = self.names[node] if isinstance(node, str) else node
        self.expect(f"{path} name", node["name"], struct.cls.__name__)
        fields = {field["name"]: field for field in node["fields"]}
        own = msgspec.structs.fields(struct.cls)
        self.expect(f"{path} fields", list(fields), [field.encode_name for field in own])
        for field, declared in zip(struct.fields, own, strict=True):
            other = fields.get(field.encode_name)
            if other is None:
                continue
            here = f"{path}.{field.encode_name}"
            self.expect(f"{here} required", "default" not in other, field.required)
            if not field.required:
                self.expect(f"{here} default", other.get("default"), default_of(declared))
            with_gap = declared.default is msgspec.UNSET
            self.node(field.type, other["type"], here, with_gap=with_gap)
            assert other["doc"], here

    def node(self, type_: types.Type, node: Any, path: str, *, with_gap: bool = False) -> None:
        if is_free_form(type_):
            self.free_form(node, path)
        elif isinstance(type_, types.UnionType):
            branches = list(node) if isinstance(node, list) else [node]
            if with_gap:
                unset = branches.pop(0)
                unset = self.names[unset] if isinstance(unset, str) else unset
                self.expect(
                    f"{path} absence", (unset["name"], unset["symbols"]), ("Unset", ["UNSET"])
                )
            options = [option for option in type_.types if not isinstance(option, types.NoneType)]
            self.expect(f"{path} null", "null" in branches, len(options) < len(type_.types))
            branches = [branch for branch in branches if branch != "null"]
            self.expect(f"{path} branches", len(branches), len(options))
            for option, branch in zip(options, branches, strict=False):
                self.node(option, branch, path)
        else:
            self.single(type_, node, path)

    def single(self, type_: types.Type, node: Any, path: str) -> None:
        match type_:
            case types.StructType():
                self.record(type_, node, path)
            case types.EnumType() | types.LiteralType():
                node = self.names[node] if isinstance(node, str) else node
                words = (
                    [member.value for member in type_.cls]
                    if isinstance(type_, types.EnumType)
                    else list(type_.values)
                )
                self.expect(f"{path} symbols", node["symbols"], words)
            case types.ListType():
                self.expect(f"{path} kind", node["type"], "array")
                self.node(type_.item_type, node["items"], f"{path}[]")
            case types.DictType():
                self.expect(f"{path} kind", node["type"], "map")
                self.node(type_.value_type, node["values"], f"{path}.*")
            case types.RawType():
                self.expect(f"{path} kind", node["type"], "map")
                self.free_form(node["values"], f"{path}.*")
            case _:
                self.expect(f"{path} kind", node, PRIMITIVES[type(type_)])

    def free_form(self, node: Any, path: str) -> None:
        inner = self.names["tactful.Json"]
        self.expect(f"{path} inner", inner["fields"][0]["type"], JSON_BRANCHES)
        plain = [
            {**branch, "items": "tactful.Json"}
            if isinstance(branch, dict) and branch["type"] == "array"
            else branch
            for branch in node
        ]
        self.expect(f"{path} branches", plain, JSON_BRANCHES)


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is msgspec.UNSET:
        return "UNSET"
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def differences(name: str, schema: dict[str, Any]) -> list[str]:
    agreement = Agreement(schema)
    info = types.type_info(RECORD_TYPES[name])
    assert isinstance(info, types.StructType)
    agreement.record(info, schema, name)
    return agreement.differences


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_schema_and_type_agree_field_by_field(name: str) -> None:
    assert differences(name, source_of(name)) == []


def test_a_difference_would_be_seen() -> None:
    """The comparison itself can fail: in each of the ways it is there for."""
    schema = source_of("request")
    schema["fields"][0]["name"] = "identifier"
    assert any("request fields" in line for line in differences("request", schema))
    schema = source_of("request")
    schema["fields"][4]["type"][1]["symbols"].append("someday")
    assert any("priority symbols" in line for line in differences("request", schema))
    schema = source_of("request")
    del schema["fields"][6]["default"]
    assert any("not_before_ms required" in line for line in differences("request", schema))
    schema = source_of("request")
    schema["fields"][3]["type"] = "int"
    assert any("at_ms kind" in line for line in differences("request", schema))


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_each_schema_is_valid_described_and_versioned(name: str) -> None:
    source = source_of(name)
    fastavro.parse_schema(source, named_schemas={})
    assert source["namespace"] == "tactful"
    assert source["doc"]
    assert isinstance(source["version"], int)


def test_every_record_in_and_out_has_a_schema() -> None:
    kinds = {type_ for type_ in (*Input.__args__, *Output.__args__) if type_ is not Wakeup}
    assert set(RECORD_TYPES.values()) == kinds | {AuditEntry}
    assert set(TYPE_OF_KIND) == set(RecordKind)
    files = {path.stem for path in SCHEMA_FOLDER.glob("*.avsc")}
    assert files == set(RECORD_TYPES)


@pytest.mark.parametrize("name", RECORD_TYPES)
def test_every_current_schema_has_a_fingerprint_and_an_id(name: str) -> None:
    registry = installed()
    schema = registry.current[name]
    assert registry.by_fingerprint[schema.fingerprint].name == name
    id_ = registry.id_of(name)
    assert id_ is not None
    assert registry.by_id[id_].fingerprint == schema.fingerprint


def test_fingerprints_are_those_of_the_avro_specification() -> None:
    """CRC-64-AVRO computed by the specification's own algorithm, in the order of the wire."""
    for schema in installed().current.values():
        empty = remainder = 0xC15D213AA4D7A795
        for byte in to_parsing_canonical_form(schema.parsed).encode():
            remainder ^= byte
            for _ in range(8):
                remainder = (remainder >> 1) ^ (empty if remainder & 1 else 0)
        assert schema.fingerprint == remainder.to_bytes(8, "little")
