"""A history of any size, user by user in bounded memory: records are sorted into files first."""

import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import msgspec

from schemas.json_form import DECODERS
from schemas.kinds import TYPE_OF_KIND
from tactful.history import Lived, Past
from tactful.policy import Policy
from tactful.preview import rebuilt
from tactful.records import LedgerEntry, RecordKind

FILES = 64
"""So many files are open at once; the users of one of them are in memory together."""

LEDGER = "ledger"
_SEPARATOR = b"\t"


class Item(NamedTuple):
    """One record as bytes: whose, and the last word of its topic."""

    user_id: str
    word: str
    value: bytes


class User(NamedTuple):
    """One user's history; `told` is the ledger it was rebuilt from, empty for records."""

    user_id: str
    past: list[Past]
    told: list[LedgerEntry]


class Sorter:
    """Takes records in any order and gives them back user by user."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tactful-preview-")
        self._files: list[IO[bytes]] = []
        self.items = 0

    def __enter__(self) -> Self:
        root = Path(self._folder.name)
        self._files = [(root / str(number)).open("wb+") for number in range(FILES)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._files:
            each.close()
        self._folder.cleanup()

    def take(self, items: Iterable[Item]) -> None:
        """Sort records into the files."""
        for item in items:
            user = item.user_id.encode()
            # JSON strings and Kafka keys hold no bare newline or tab once they are encoded.
            line = _SEPARATOR.join(
                (msgspec.json.encode(item.user_id), item.word.encode(), item.value)
            )
            self._files[zlib.crc32(user) % FILES].write(line + b"\n")
            self.items += 1

    def users(self, baseline: Policy) -> Iterator[tuple[float, User]]:
        """Each user with the part of the files read so far.

        Args:
            baseline: what a ledger was decided under, see `tactful.preview.rebuilt`.
        """
        done = 0
        for file in self._files:
            users = _grouped(file)
            for user_id, lines in users.items():
                yield done / max(1, self.items), _user(user_id, lines, baseline)
                done += len(lines)


def _grouped(file: IO[bytes]) -> dict[str, list[tuple[str, bytes]]]:
    users: dict[str, list[tuple[str, bytes]]] = {}
    file.seek(0)
    for line in file:
        user, word, value = line.rstrip(b"\n").split(_SEPARATOR, 2)
        users.setdefault(msgspec.json.decode(user, type=str), []).append((word.decode(), value))
    return users


_ENTRY: Any = msgspec.json.Decoder(LedgerEntry)
_KINDS = {kind.value: DECODERS[TYPE_OF_KIND[kind]] for kind in RecordKind}


def _user(user_id: str, lines: list[tuple[str, bytes]], baseline: Policy) -> User:
    told = [_ENTRY.decode(value) for word, value in lines if word == LEDGER]
    past = []
    for word, value in lines:
        if word != LEDGER:
            record: Lived = _KINDS[word](value)
            past.append(Past(record.at_ms, word, record.id, record))
    return User(user_id, past + rebuilt(user_id, told, baseline), told)
