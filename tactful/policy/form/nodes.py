"""YAML text as nodes that know their lines, by the rules of YAML 1.2, and within bounds.

PyYAML reads YAML 1.1, where an unquoted 22:00 is a number and `no` is false. Only its scanner and
parser are used; what a plain word means is decided here, by the core schema of YAML 1.2.
"""

import re
from typing import Any, NamedTuple

import msgspec
from yaml.composer import Composer
from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

MAX_BYTES = 256 * 1024
"""The largest policy file; Kafka's own limit for a record is a megabyte."""

MAX_NODES = 20_000
"""Values in a file; those behind an alias count each time it is used."""

MAX_DEPTH = 24

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_OCTAL = re.compile(r"0o[0-7]{1,300}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Place(NamedTuple):
    """Where something stands in a file, from 1 on."""

    line: int
    column: int


class TextError(ValueError):
    """The text is no YAML, or too much of it.

    Attributes:
        place: where.
    """

    def __init__(self, place: Place, said: str) -> None:
        super().__init__(said)
        self.place = place


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    """Composes nodes and stops early at what no policy needs."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        place = place_of(event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise TextError(place, f"found the tag {event.tag}, allowed: no tags")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise TextError(place, f"found more than {MAX_NODES} values, allowed: fewer")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TextError(place, f"found values nested deeper than {MAX_DEPTH}")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def compose(value: bytes) -> Node:
    """The one document of a text.

    Raises:
        TextError: it is no YAML, or too large.
    """
    if len(value) > MAX_BYTES:
        raise TextError(
            Place(1, 1), f"found {len(value)} bytes, allowed: up to {MAX_BYTES} in a policy"
        )
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = value.count(b"\n", 0, error.start) + 1
        raise TextError(Place(line, 1), "found bytes that are no UTF-8") from None
    if "\t" in text and _is_json(value):
        text = text.replace("\t", " ")  # JSON may be indented by tabs, YAML may not
    try:
        node = _Loader(text).get_single_node()
    except MarkedYAMLError as error:
        raise TextError(place_of(error.problem_mark or error.context_mark), _said(error)) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        said = f"found the character {error.character!r}, allowed: printable ones"
        raise TextError(Place(line, 1), said) from None
    except (YAMLError, ValueError) as error:
        if isinstance(error, TextError):
            raise
        raise TextError(Place(1, 1), str(error)) from None
    if node is None:
        raise TextError(Place(1, 1), "found nothing, allowed: a policy")
    return node


def scalar(node: ScalarNode) -> Any:
    """The value of a word: null, a boolean, a number or text.

    >>> [scalar(compose(text)) for text in (b"22:00", b"no", b"12", b"0.5", b"'12'", b"~")]
    ['22:00', 'no', 12, 0.5, '12', None]
    """
    text = str(node.value)
    if node.style is not None:
        return _joined(text)
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        # Too large for a float is infinite, which no JSON can say.
        return text if float(text) in (float("inf"), float("-inf")) else float(text)
    return text


def place_of(mark: Mark | None) -> Place:
    """Where a mark of PyYAML, which counts from 0, stands."""
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)


def _joined(text: str) -> str:
    # JSON may write a character beyond 16 bits as two escapes.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_json(value: bytes) -> bool:
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _said(error: MarkedYAMLError) -> str:
    problem = str(error.problem or "it can't be read").replace("\n", " ")
    return f"no YAML: {error.context}, {problem}" if error.context else f"no YAML: {problem}"
