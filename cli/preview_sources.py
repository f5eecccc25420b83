"""Where a preview's history comes from: a log, a ledger, a table with a mapping, or Kafka."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from cli.loading.errors import LogError
from cli.preview_users import LEDGER, Item
from schemas import ContractError, decode, encode
from tactful import topics
from tactful.records import LedgerEntry, RecordKind

KAFKA = "kafka"
_EXAMPLES = 5
_WORDS = {kind.value: kind for kind in RecordKind}
# By a field that only this kind must have, the most telling first.
_TELLING = (
    ("verdict", LEDGER),
    ("outcome", RecordKind.FEEDBACK.value),
    ("type", RecordKind.REQUEST.value),
    ("name", RecordKind.EVENT.value),
)
_ENTRY: Any = msgspec.json.Decoder(LedgerEntry)


class HistoryError(LogError):
    """A history that can't be read; the message says where and why."""


@dataclasses.dataclass
class Skipped:
    """Lines that were left out: how many, and the first few with what is wrong."""

    count: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)

    def add(self, where: str, why: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{where}: {why}")


def from_lines(path: Path, skipped: Skipped, progress: Callable[[float], None]) -> Iterator[Item]:
    """Records of all kinds, or ledger entries, from JSON lines.

    A line is a record as `tactful send --json` takes it, with its `id` and `at_ms`; a ledger entry;
    or either in an envelope `{"topic": …, "value": {…}}` as `tactful load --out` writes it. What
    names no topic is told by its fields: `verdict`, `outcome`, `type`, `name`, else a profile
    update.

    Args:
        path: the file.
        skipped: told what is left out.
        progress: told the part read so far, 0 to 1.

    Raises:
        HistoryError: The file can't be read.
    """
    try:
        size = max(1, path.stat().st_size)
        with path.open("rb") as lines:
            read = 0
            for number, line in enumerate(lines, 1):
                read += len(line)
                if number % 10_000 == 0:
                    progress(read / size)
                if line.strip():
                    item = _item(line, f"line {number}", skipped)
                    if item is not None:
                        yield item
    except OSError as error:
        raise HistoryError(
            f"--against: {path}: found {error.strerror or error}, allowed: a file of JSON lines, a "
            f"table with --mapping, or {KAFKA!r}"
        ) from None


def _item(line: bytes, where: str, skipped: Skipped) -> Item | None:
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        skipped.add(where, f"found no JSON ({error})")
        return None
    if not isinstance(value, dict):
        skipped.add(where, f"found {type(value).__name__}, allowed: a JSON object")
        return None
    word = None
    if isinstance(value.get("topic"), str) and isinstance(value.get("value"), dict):
        word, value = value["topic"].rpartition(".")[2], value["value"]
    else:
        word = next((word for field, word in _TELLING if field in value), None)
        word = word or RecordKind.PROFILE_UPDATE.value
    return _checked(word, msgspec.json.encode(value), where, skipped)


def _checked(word: str, value: bytes, where: str, skipped: Skipped) -> Item | None:
    if word == LEDGER:
        try:
            entry = _ENTRY.decode(value)
        except msgspec.ValidationError as error:
            skipped.add(where, f"ledger entry: {error}")
            return None
        return Item(entry.user_id, word, value)
    kind = _WORDS.get(word)
    if kind is None:
        allowed = ", ".join((*_WORDS, LEDGER))
        skipped.add(where, f'field "topic": found {word!r}, allowed: {allowed}')
        return None
    try:
        record = decode(kind, value)
    except ContractError as error:
        skipped.add(where, str(error))
        return None
    return Item(record.user_id, word, encode(record))  # type: ignore[union-attr]


def from_table(path: Path, mapping: Path, progress: Callable[[float], None]) -> Iterator[Item]:
    """Records from a table, by a mapping as `tactful load` reads it.

    Raises:
        MappingError: The mapping does not fit.
        LogError: The file can't be read.
    """
    from cli.loading.convert import convert
    from cli.loading.mapping import read_mapping
    from cli.loading.rows import LogFile

    rules = read_mapping(mapping)
    records, _ = convert(rules, LogFile(path, rules.source), progress=progress)
    for record in records:
        yield Item(record.user_id, record.kind.value, record.value)


def from_kafka(skipped: Skipped, progress: Callable[[float], None]) -> Iterator[Item]:
    """All records that the running stack's topics still hold.

    Raises:
        BrokerError: Kafka does not answer, or has no topics.
    """
    from cli.broker import BrokerError, Reader
    from deploy.connections import kafka_of
    from deploy.settings import Settings

    settings = Settings()
    names = {topics.name_of(kind.value, settings.topic_prefix): kind for kind in topics.INPUTS}
    with Reader(kafka_of(settings)) as reader:
        counts = reader.partitions()
        missing = [name for name in names if name not in counts]
        if missing:
            raise BrokerError(f"There is no topic {missing[0]}. `tactful up` makes the topics.")
        reader.assign([(name, number) for name in names for number in range(counts[name])])
        total = max(1, sum(reader.written(name) for name in names))
        for number, message in enumerate(reader.backlog()):
            if number % 10_000 == 0:
                progress(min(1.0, number / total))
            where = f"{message.topic}, partition {message.partition}, offset {message.offset}"
            item = _checked(names[message.topic].value, message.value, where, skipped)
            if item is not None:
                yield item
