"""Whether a reader's Avro schema can read all that a writer's schema may have written.

The rules are those of schema resolution in the Avro specification, without aliases.
"""

from collections.abc import Iterator
from typing import Any

from schemas.avro_names import Names, kind_of, resolve

_PROMOTIONS = {
    ("int", "long"),
    ("int", "float"),
    ("int", "double"),
    ("long", "float"),
    ("long", "double"),
    ("float", "double"),
    ("string", "bytes"),
    ("bytes", "string"),
}


def incompatibilities(reader: Any, writer: Any) -> list[str]:
    """What keeps `reader` from reading the records of `writer`; empty if nothing does."""
    checker = _Checker(Names(reader), Names(writer))
    return list(checker.check(reader, writer, ""))


class _Checker:
    """One comparison; pairs of names under comparison are taken to fit, so recursion ends."""

    def __init__(self, readers: Names, writers: Names) -> None:
        self._readers = readers
        self._writers = writers
        self._seen: set[tuple[str, str]] = set()

    def check(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        reader = resolve(reader, self._readers)
        writer = resolve(writer, self._writers)
        kinds = kind_of(reader), kind_of(writer)
        if kinds[1] == "union":
            for branch in writer:
                yield from self.check(reader, branch, path)
        elif kinds[0] == "union":
            if all(any(True for _ in self.check(branch, writer, path)) for branch in reader):
                yield f"{_at(path)}: the reader takes no {kinds[1]}"
        elif kinds[0] != kinds[1]:
            if (kinds[1], kinds[0]) not in _PROMOTIONS:
                yield f"{_at(path)}: the reader takes {kinds[0]}, the writer gives {kinds[1]}"
        elif kinds[0] == "array":
            yield from self.check(reader["items"], writer["items"], f"{path}[]")
        elif kinds[0] == "map":
            yield from self.check(reader["values"], writer["values"], f"{path}{{}}")
        elif kinds[0] in ("record", "enum", "fixed"):
            yield from self._named(kinds[0], reader, writer, path)

    def _named(
        self, kind: str, reader: dict[str, Any], writer: dict[str, Any], path: str
    ) -> Iterator[str]:
        names = _last(reader["name"]), _last(writer["name"])
        if names[0] != names[1]:
            yield f"{_at(path)}: the reader names it {names[0]}, the writer {names[1]}"
        elif kind == "enum":
            missing = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
            if missing and "default" not in reader:
                yield f"{_at(path)}: the reader lacks {', '.join(missing)}"
        elif kind == "fixed":
            if reader["size"] != writer["size"]:
                yield f"{_at(path)}: sizes differ"
        elif names not in self._seen:
            self._seen.add(names)
            yield from self._fields(reader, writer, path)

    def _fields(self, reader: dict[str, Any], writer: dict[str, Any], path: str) -> Iterator[str]:
        written = {field["name"]: field["type"] for field in writer["fields"]}
        for field in reader["fields"]:
            here = f"{path}.{field['name']}" if path else field["name"]
            if field["name"] in written:
                yield from self.check(field["type"], written[field["name"]], here)
            elif "default" not in field:
                yield f"{_at(here)}: new without a default"


def _at(path: str) -> str:
    return f'field "{path}"' if path else "the record"


def _last(name: str) -> str:
    return name.rpartition(".")[2]
