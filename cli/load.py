"""`tactful load FILE --mapping M`: a log in CSV or Parquet becomes records in Kafka."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.broker import Writer
from cli.reporting import reported
from cli.screen import Screen
from cli.words import clock, plural, zone_or_utc
from tactful import topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.loading.convert import Loaded, Summary

MAX_RECORDS = 5_000_000
"""The most records held for sorting: about 0.5 kB each, so 2.5 GB of memory."""

_UTC = zone_or_utc(None)
_TELL_EVERY = 5_000


@reported
def load(
    file: Annotated[Path, typer.Argument(help="CSV (also .gz, .zst, .bz2) or Parquet.")],
    mapping: Annotated[
        Path, typer.Option("--mapping", "-m", help="What a row means: see docs/loading.md.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first records, send nothing.")
    ] = False,
    first: Annotated[int, typer.Option(help="How many --dry-run shows.", min=1)] = 10,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write JSON lines here instead of to Kafka.")
    ] = None,
    max_records: Annotated[
        int, typer.Option(help="Refuse files that give more: all are sorted in memory.", min=1)
    ] = MAX_RECORDS,
) -> None:
    """Turn a log of sends, opens or offers into records, in the order of their times.

    Each record goes to Kafka with its own time as the timestamp, keyed by its user. Rows that give
    no valid record are left out and told with their line and reason.

    For example:

    $ tactful load sends.csv.gz --mapping docs/mappings/activate_good.yaml --dry-run

    $ tactful load sends.csv.gz --mapping docs/mappings/activate_good.yaml

    $ tactful load offers.parquet -m my.yaml --out records.jsonl
    """
    from cli.loading.convert import convert
    from cli.loading.mapping import read_mapping
    from cli.loading.rows import LogFile

    screen = Screen()
    rules = read_mapping(mapping)
    log = LogFile(file, rules.source)
    with screen.progress(f"Reading {file.name}") as progress:
        records, summary = convert(rules, log, progress=progress, max_records=max_records)
    if dry_run:
        for record in records[:first]:
            screen.say(f"{record.kind.value}  {record.value.decode()}")
    elif out is not None:
        with out.open("wb") as lines:
            lines.writelines(_json_line(record) for record in records)
    else:
        _send(records, screen)
    _tell(summary, screen, where="not sent" if dry_run else str(out) if out else "Kafka")
    if not records:
        raise typer.Exit(1)


def _json_line(record: "Loaded") -> bytes:
    """A line that tells the topic's last word, the key and the value, ready for any producer."""
    import msgspec

    head = msgspec.json.encode({"topic": record.kind.value, "key": record.user_id})
    return head[:-1] + b',"value":' + record.value + b"}\n"


def _send(records: "Sequence[Loaded]", screen: Screen) -> None:
    from deploy.connections import kafka_of
    from deploy.settings import Settings

    settings = Settings()
    writer = Writer(kafka_of(settings))
    names = {kind: topics.name_of(kind.value, settings.topic_prefix) for kind in topics.INPUTS}
    with screen.progress("Sending") as progress:
        for number, record in enumerate(records, 1):
            writer.write(names[record.kind], record.user_id, record.value, record.at_ms)
            if number % _TELL_EVERY == 0:
                progress(number / len(records))
        writer.flush()
        progress(1.0)


def _tell(summary: "Summary", screen: Screen, where: str) -> None:
    screen.say(f"{plural(summary.rows, 'row')} -> {where}")
    for kind in topics.INPUTS:
        if summary.by_kind[kind]:
            screen.say(f"  {kind.value}: {summary.by_kind[kind]:,}")
    if summary.first_ms is not None and summary.last_ms is not None:
        screen.say(f"  from {clock(summary.first_ms, _UTC)} to {clock(summary.last_ms, _UTC)}")
    if not summary.by_kind:
        screen.say("  no records: does any rule of the mapping apply to this file?")
    for reason, skipped in sorted(summary.skipped.items(), key=lambda item: -item[1].count):
        examples = ", ".join(
            f"line {line}" + (f" ({found!r})" if found else "") for line, found in skipped.examples
        )
        more = ", …" if skipped.count > len(skipped.examples) else ""
        screen.say(f"  left out {skipped.count:,}: {reason}: {examples}{more}")
