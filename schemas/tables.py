"""The field tables of the documentation, made from the types and the schemas' own descriptions.

`python -m schemas.tables docs/contracts.md` writes them between `<!-- fields NAME -->` and
`<!-- end -->`.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as types

from schemas.avro_names import Names
from schemas.kinds import RECORD_TYPES
from schemas.registry import SCHEMA_FOLDER, read_schema
from schemas.wording import allowed, is_free_form, is_nullable, options_of

_BLOCK = re.compile(r"(<!-- fields (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEADER = "| Field | Type | Required | Meaning |\n|---|---|---|---|\n"


def table(name: str) -> str:
    """The fields of a record as a Markdown table.

    >>> table("feedback").splitlines()[2]
    '| `id` | string of 1..256 characters | yes | Identifies the record. A second record with this id changes nothing. |'
    """  # noqa: E501 - the line as it is
    info = types.type_info(RECORD_TYPES[name])
    assert isinstance(info, types.StructType)
    names = Names(read_schema(SCHEMA_FOLDER / f"{name}.avsc").source)
    return _HEADER + "".join(f"{row}\n" for row in _Table(names).rows(info, ""))


def fill(text: str) -> str:
    """A page with all its tables made anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}{table(block[2])}{block[3]}", text)


class _Table:
    """The rows of one table; a list of words that stood in a row before is not spelled again."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._spelled: dict[type[Any], str] = {}

    def rows(self, struct: types.StructType, path: str) -> Iterator[str]:
        docs = {field["name"]: field["doc"] for field in self._fields_of(struct)}
        for field in struct.fields:
            name = field.encode_name
            words = self._words(field.type, name)
            if is_nullable(field.type) and (field.required or name in _gaps(struct.cls)):
                words += ", or null"
            required = "yes" if field.required else "no"
            yield f"| `{path}{name}` | {words} | {required} | {docs[name]} |"
            if not is_free_form(field.type):
                for option in options_of(field.type):
                    yield from self._inner_rows(option, f"{path}{name}")

    def _words(self, type_: types.Type, name: str) -> str:
        match type_:
            case types.EnumType(cls=cls) if cls in self._spelled:
                return f"a word, one of those of `{self._spelled[cls]}`"
            case types.EnumType(cls=cls):
                self._spelled[cls] = name
            case types.ListType(item_type=types.EnumType(cls=cls)) if cls in self._spelled:
                return f"list of words, those of `{self._spelled[cls]}`"
        return allowed(type_, name)

    def _inner_rows(self, type_: types.Type, path: str) -> Iterator[str]:
        match type_:
            case types.StructType():
                yield from self.rows(type_, f"{path}.")
            case types.ListType(item_type=types.StructType() as item):
                yield from self.rows(item, f"{path}[].")
            case types.DictType(value_type=value_type) if not is_free_form(value_type):
                for option in options_of(value_type):
                    if isinstance(option, types.StructType):
                        yield from self.rows(option, f"{path}.*.")

    def _fields_of(self, struct: types.StructType) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = self._names[f"tactful.{struct.cls.__name__}"]["fields"]
        return fields


@cache
def _gaps(cls: type[Any]) -> frozenset[str]:
    fields = msgspec.structs.fields(cls)
    return frozenset(field.encode_name for field in fields if field.default is msgspec.UNSET)


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        page.write_text(fill(page.read_text()))
