"""Rows through the rules of a mapping to records in the order of their times, and a summary."""

import collections
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from cli.loading.errors import LogError, SkippedRow
from cli.loading.expressions import MISSING
from cli.loading.mapping import Mapping, Rule
from cli.loading.rows import LogFile
from schemas import ContractError, decode, encode
from tactful.records import RecordKind

_EXAMPLES = 5


class Loaded(NamedTuple):
    """One record, small and sortable: by time, then topic, then id, as replays read them."""

    at_ms: int
    kind: RecordKind
    id: str
    user_id: str
    value: bytes


@dataclasses.dataclass
class Skipped:
    """Rows that gave no record for one reason: how many, and the first few (line, found)."""

    count: int = 0
    examples: list[tuple[int, str]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Summary:
    """What a load did."""

    rows: int = 0
    by_kind: collections.Counter[RecordKind] = dataclasses.field(
        default_factory=collections.Counter
    )
    first_ms: int | None = None
    last_ms: int | None = None
    skipped: dict[str, Skipped] = dataclasses.field(default_factory=dict)

    def skip(self, reason: str, line: int, found: str) -> None:
        """Count a row that was left out."""
        skipped = self.skipped.setdefault(reason, Skipped())
        skipped.count += 1
        if len(skipped.examples) < _EXAMPLES:
            skipped.examples.append((line, found))


def _build(rule: Rule, row: dict[str, Any]) -> Loaded:
    fields = {name: v for name, value in rule.fields.items() if (v := value(row)) is not MISSING}
    try:
        record = decode(rule.kind, msgspec.json.encode(fields))
    except ContractError as error:
        raise SkippedRow(
            f"{error.field or 'the record'}: allowed {error.allowed}", error.found
        ) from None
    assert isinstance(record, rule.type)
    value = encode(record)
    return Loaded(record.at_ms, rule.kind, record.id, record.user_id, value)


def _records(
    mapping: Mapping,
    log: LogFile,
    summary: Summary,
    progress: Callable[[float], None],
) -> Iterator[Loaded]:
    made: collections.Counter[int] = collections.Counter()
    firsts: dict[tuple[int, Any], Loaded] = {}
    for line, row in log.rows(mapping.columns, progress):
        if mapping.limit is not None and summary.rows >= mapping.limit:
            break
        summary.rows += 1
        for number, rule in enumerate(mapping.rules):
            if rule.limit is not None and made[number] >= rule.limit:
                continue
            whose = None if rule.once_per is None else (number, row[rule.once_per])
            known = firsts.get(whose) if whose is not None else None
            try:
                if not all(holds(row) for holds in rule.when):
                    continue
                # A later row can't be the first: not built at all, most rows of a log are such.
                if known is not None and rule.fields["at_ms"](row) >= known.at_ms:
                    continue
                loaded = _build(rule, row)
                if rule.remember is not None:
                    key = (rule.remember.name, rule.remember.key(row))
                    mapping.scope.remembered[key] = loaded.id
            except SkippedRow as skipped:
                summary.skip(f"{rule.name}: {skipped.reason}", line, skipped.found)
                continue
            if known is None:
                made[number] += 1
            if whose is None:
                yield loaded
            else:
                firsts[whose] = loaded
    yield from firsts.values()


def convert(
    mapping: Mapping,
    log: LogFile,
    *,
    progress: Callable[[float], None] = lambda _part: None,
    max_records: int = 5_000_000,
) -> tuple[list[Loaded], Summary]:
    """All records of a log in the order of (`at_ms`, kind, `id`), and what was left out.

    Args:
        mapping: The rules.
        log: The file.
        progress: Told the part of the file read so far, 0 to 1.
        max_records: The most records to hold in memory.

    Raises:
        MappingError: If the file lacks a column of the mapping.
        LogError: If the file can't be read or gives more than `max_records` records.
    """
    summary = Summary()
    records: list[Loaded] = []
    for loaded in _records(mapping, log, summary, progress):
        if len(records) >= max_records:
            raise LogError(
                f"{log.path}: found more than {max_records:,} records, allowed: what fits in "
                "memory. Split the file by time, or raise --max-records"
            )
        records.append(loaded)
        summary.by_kind[loaded.kind] += 1
    for line, text in log.bad_lines:
        summary.skip("the line has too many or too few columns", line, text[:80])
    records.sort()
    if records:
        summary.first_ms, summary.last_ms = records[0].at_ms, records[-1].at_ms
    return records, summary
