"""A log becomes records in the order of their times; what gives none is told by line and reason."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.loading.convert import Loaded, Summary, convert
from cli.loading.errors import LogError, MappingError
from cli.loading.mapping import compile_mapping
from cli.loading.rows import LogFile
from tactful.ids import decision_id
from tactful.records import RecordKind

SENDS: dict[str, Any] = {
    "records": [
        {
            "kind": "profile-update",
            "once_per": "user",
            "fields": {
                "id": "profile-{user}",
                "user_id": "{user}",
                "at_ms": {"time": {"column": "at", "format": "epoch_s", "plus": "-1min"}},
                "consent": {"marketing": True},
            },
        },
        {
            "kind": "request",
            "remember": {"as": "send", "key": "{user}/{offer}"},
            "when": {"what": "sent"},
            "fields": {
                "id": "send-{offer}-{user}-{at}",
                "user_id": "{user}",
                "type": "promotion",
                "priority": "normal",
                "at_ms": {"time": {"column": "at", "format": "epoch_s"}},
            },
        },
        {
            "kind": "feedback",
            "name": "opened",
            "when": {"what": "opened"},
            "fields": {
                "id": "opened-{user}-{line}",
                "user_id": "{user}",
                "decision_id": {"decision_of": {"recall": "send", "key": "{user}/{offer}"}},
                "channel": "email",
                "outcome": "opened",
                "at_ms": {"time": {"column": "at", "format": "epoch_s"}},
            },
        },
    ]
}
LOG = """user,offer,what,at
u2,A,sent,2000
u1,A,sent,1000
u1,A,opened,1500
u1,A,sent,3000
u1,A,opened,3500
u2,B,opened,2500
"""


def load(tmp_path: Path, text: str, document: Any = SENDS, **options: Any) -> Any:
    path = tmp_path / "log.csv"
    path.write_text(text)
    mapping = compile_mapping("m", document)
    return convert(mapping, LogFile(path, mapping.source), **options)


def fields(records: list[Loaded], kind: RecordKind) -> list[dict[str, Any]]:
    return [msgspec.json.decode(r.value) for r in records if r.kind is kind]


def test_one_row_gives_several_records_and_all_come_in_the_order_of_time(tmp_path: Path) -> None:
    records, summary = load(tmp_path, LOG)
    assert [r.at_ms for r in records] == sorted(r.at_ms for r in records)
    assert summary.rows == 6
    assert summary.by_kind == {
        RecordKind.PROFILE_UPDATE: 2,
        RecordKind.REQUEST: 3,
        RecordKind.FEEDBACK: 2,
    }
    assert (summary.first_ms, summary.last_ms) == (940_000, 3_500_000)


def test_once_per_user_takes_the_earliest_row_wherever_it_stands(tmp_path: Path) -> None:
    late_first = "user,offer,what,at\nu1,A,sent,3000\nu1,A,sent,1000\nu1,A,sent,2000\n"
    records, _ = load(tmp_path, late_first)
    (profile,) = fields(records, RecordKind.PROFILE_UPDATE)
    assert profile["at_ms"] == 940_000
    assert records[0].kind is RecordKind.PROFILE_UPDATE


def test_feedback_finds_the_latest_send_before_it(tmp_path: Path) -> None:
    records, _ = load(tmp_path, LOG)
    assert [f["decision_id"] for f in fields(records, RecordKind.FEEDBACK)] == [
        decision_id("u1", "send-A-u1-1000"),
        decision_id("u1", "send-A-u1-3000"),
    ]


def test_rows_left_out_are_told_by_reason_line_and_value(tmp_path: Path) -> None:
    broken = LOG + "u3,A,sent,soon\nu4,A\n,A,sent,10\nu5,A,sent,5000\n"
    records, summary = load(tmp_path, broken)
    told = {reason: (s.count, s.examples) for reason, s in summary.skipped.items()}
    assert told["opened: no earlier record was remembered as send for this row"] == (1, [(7, "")])
    assert told["request: column at: not a number"] == (1, [(8, "soon")])
    assert told["the line has too many or too few columns"][1] == [(9, "u4,A")]
    assert told["request: id: allowed string of 1..256 characters"] == (1, [(10, "nothing")])
    assert any(r.user_id == "u5" for r in records)


def test_a_field_against_its_schema_names_the_field(tmp_path: Path) -> None:
    document = {"records": [{**SENDS["records"][1], "remember": {"as": "x", "key": "k"}}]}
    document["records"][0]["fields"] = {**SENDS["records"][1]["fields"], "priority": "{offer}"}
    _, summary = load(tmp_path, LOG, document)
    assert {reason: s.examples[0] for reason, s in summary.skipped.items()} == {
        "request: priority: allowed critical, high, normal, low": (2, '"A"'),
    }


def test_limits_bound_rows_and_records(tmp_path: Path) -> None:
    _, summary = load(tmp_path, LOG, {**SENDS, "limit": 2})
    assert summary.rows == 2
    rules = [{**SENDS["records"][1], "limit": 1}, *SENDS["records"][2:]]
    _, summary = load(tmp_path, LOG, {"records": rules})
    assert summary.by_kind[RecordKind.REQUEST] == 1


def test_too_many_records_are_refused_before_memory_is_gone(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="more than 3 records"):
        load(tmp_path, LOG, max_records=3)


def test_a_missing_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="column at of the mapping: found nothing, allowed: us"):
        load(tmp_path, "user,offer,what\nu1,A,sent\n")


def test_a_missing_or_empty_file_is_said(tmp_path: Path) -> None:
    mapping = compile_mapping("m", SENDS)
    with pytest.raises(LogError, match=r"none\.csv"):
        convert(mapping, LogFile(tmp_path / "none.csv", mapping.source))
    with pytest.raises(LogError, match="empty"):
        load(tmp_path, "")


def test_gzip_parquet_and_csv_give_the_same_records(tmp_path: Path) -> None:
    plain, _ = load(tmp_path, LOG)
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(LOG.encode()))
    rows = [line.split(",") for line in LOG.splitlines()]
    columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    columns["at"] = [int(at) for at in columns["at"]]
    table = tmp_path / "log.parquet"
    pq.write_table(pa.table(columns), table)

    def converted(path: Path) -> tuple[list[Loaded], Summary]:
        mapping = compile_mapping("m", SENDS)
        return convert(mapping, LogFile(path, mapping.source))

    def without_lines(records: list[Loaded]) -> list[tuple[Any, ...]]:
        return [(r.at_ms, r.kind, r.user_id) for r in records]

    assert converted(packed)[0] == plain
    # Lines of a CSV start after its header; rows of Parquet have none.
    assert without_lines(converted(table)[0]) == without_lines(plain)


def test_parquet_times_need_no_format(tmp_path: Path) -> None:
    path = tmp_path / "opens.parquet"
    moment = datetime(2020, 5, 1, 8, tzinfo=UTC)
    pq.write_table(pa.table({"user": [1], "at": [moment]}), path)
    rule = {
        "kind": "event",
        "fields": {
            "id": "{user}-{line}",
            "user_id": "{user}",
            "name": "open",
            "at_ms": {"time": {"column": "at"}},
        },
    }
    mapping = compile_mapping("m", {"records": [rule]})
    records, _ = convert(mapping, LogFile(path, mapping.source))
    assert records == [
        Loaded(
            1588320000000,
            RecordKind.EVENT,
            "1-1",
            "1",
            b'{"id":"1-1","user_id":"1","name":"open","at_ms":1588320000000}',
        )
    ]


def test_a_file_larger_than_a_block_is_read_to_its_end(tmp_path: Path) -> None:
    rows = 60_000
    text = "user,offer,what,at\n" + "".join(
        f"user-{n % 100},offer-with-a-long-name,sent,{n}\n" for n in range(rows)
    )
    parts: list[float] = []
    records, summary = load(
        tmp_path, text, {"records": SENDS["records"][1:2]}, progress=parts.append
    )
    assert summary.rows == len(records) == rows
    assert len(parts) > 1
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
