"""Walking through an Avro payload without reading it: bounds its nesting, and finds where it broke.

The reader in C follows nested values on the C stack without a limit, so a hostile payload of one
kilobyte could end the process. Whatever might nest that deep is walked here first.
"""

from typing import Any, Final

from schemas.avro_names import Names, kind_of, resolve

MAX_LEVELS: Final = 64
"""Levels of arrays, maps and records that a payload may have; the contract allows fewer."""

# The branch numbers of array and map in a free-form value, in all ways a reader would take them:
# 5 and 6, -2 and -1 from the end, and each of these in a varint that is longer than it must be.
_LEVEL_BYTES = bytes((0x0A, 0x0C, 0x03, 0x01, 0x8A, 0x8C, 0x83, 0x81))
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in _LEVEL_BYTES)
_MAX_VARINT = 10
_FIXED_WIDTHS = {"boolean": 1, "float": 4, "double": 8}


class BrokenAvroError(ValueError):
    """A payload that its schema does not describe.

    Attributes:
        path: the field in which it breaks, "" at the top.
        found: what stood there.
        allowed: what may stand there.
    """

    def __init__(self, path: str, found: str, allowed: str) -> None:
        self.path = path
        self.found = found
        self.allowed = allowed
        super().__init__(f"{path}: found {found}, allowed: {allowed}")


def may_nest(payload: bytes) -> bool:
    """Whether a payload of one of Tactful's own schemas could have more than `MAX_LEVELS`.

    Each level takes a branch number and a block count, so most payloads are ruled out by length or
    by the bytes they hold. The first level or two are the record's own.
    """
    limit = MAX_LEVELS - 8
    return len(payload) > 2 * limit and len(payload.translate(None, _OTHER_BYTES)) > limit


def walk(schema: Any, payload: bytes) -> None:
    """Go through a payload from end to end.

    Raises:
        BrokenAvroError: it ends early, goes on too long, nests too deep, or is otherwise malformed.
    """
    walker = _Walker(payload, Names(schema))
    walker.value(schema, "", MAX_LEVELS)
    rest = len(payload) - walker.at
    if rest:
        raise BrokenAvroError("", f"{rest} bytes behind the record", "none")


class _Walker:
    def __init__(self, payload: bytes, names: Names) -> None:
        self.at = 0
        self._payload = payload
        self._names = names

    def value(self, schema: Any, path: str, levels: int) -> None:
        node = resolve(schema, self._names)
        kind = kind_of(node)
        if kind in ("record", "array", "map") and not levels:
            raise BrokenAvroError(path, "deeper nesting", f"at most {MAX_LEVELS} levels")
        match kind:
            case "null":
                pass
            case "boolean" | "float" | "double":
                self._skip(_FIXED_WIDTHS[kind], path)
            case "int" | "long":
                self._long(path)
            case "string" | "bytes":
                self._text(path, kind)
            case "fixed":
                self._skip(node["size"], path)
            case "enum":
                self._index(path, node["symbols"], "symbol")
            case "union":
                self.value(node[self._index(path, node, "branch")], path, levels)
            case "record":
                for field in node["fields"]:
                    here = f"{path}.{field['name']}" if path else field["name"]
                    self.value(field["type"], here, levels - 1)
            case "array":
                self._blocks(node["items"], path, levels - 1, keyed=False)
            case "map":
                self._blocks(node["values"], path, levels - 1, keyed=True)

    def _blocks(self, items: Any, path: str, levels: int, *, keyed: bool) -> None:
        index = 0
        while count := self._long(path):
            if count < 0:
                count = -count
                self._long(path)
            if count > len(self._payload):
                raise BrokenAvroError(path, f"a block of {count} items", "what the payload holds")
            for _ in range(count):
                here = f"{path}.{self._text(path, 'string')}" if keyed else f"{path}[{index}]"
                self.value(items, here, levels)
                index += 1

    def _long(self, path: str) -> int:
        number = shift = 0
        for _ in range(_MAX_VARINT):
            byte = self._payload[self._skip(1, path)]
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (number >> 1) ^ -(number & 1)
            shift += 7
        raise BrokenAvroError(path, "an integer without end", f"at most {_MAX_VARINT} bytes")

    def _index(self, path: str, options: list[Any], what: str) -> int:
        index = self._long(path)
        if not 0 <= index < len(options):
            raise BrokenAvroError(path, f"{what} {index}", f"0..{len(options) - 1}")
        return index

    def _text(self, path: str, kind: str) -> str:
        size = self._long(path)
        if size < 0:
            raise BrokenAvroError(path, f"a length of {size}", "0 or more")
        start = self._skip(size, path)
        raw = self._payload[start : start + size]
        if kind == "bytes":
            return ""
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            at = start + error.start
            raise BrokenAvroError(path, f"invalid UTF-8 at byte {at}", "UTF-8") from None

    def _skip(self, size: int, path: str) -> int:
        start = self.at
        if start + size > len(self._payload):
            have = len(self._payload) - start
            raise BrokenAvroError(path, f"{have} of {size} bytes", "the whole value")
        self.at = start + size
        return start
