"""The page for producers and consumers is true: its examples run, its tables are the types'."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import confluent_kafka
import msgspec
import pytest

from schemas import decode_record, encode
from schemas.intake import read
from schemas.kinds import MAX_VALUE_BYTES, RECORD_TYPES, TYPE_OF_KIND
from schemas.registry import VARIABLE, Registry, installed
from schemas.tables import fill
from tactful.composer.digests import MAX_DATA_BYTES
from tactful.dedup.part import OTHERS, REQUESTS
from tactful.policy.model import Admission
from tactful.records import DeadLetterReason, Event, Reason, RecordKind, Verdict
from tactful.records.common import MAX_NESTING

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "contracts.md").read_text()
EXAMPLES = re.findall(r"<!-- example (\S+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


class FakeProducer:
    """Keeps what would be written."""

    sent: list[tuple[str, str, str]]

    def __init__(self, config: dict[str, str]) -> None:
        assert "bootstrap.servers" in config
        FakeProducer.sent = []

    def produce(self, topic: str, *, key: str, value: str) -> None:
        FakeProducer.sent.append((topic, key, value))

    def flush(self) -> None:
        assert self.sent


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_each_json_example_is_a_valid_record_without_unknown_fields(name: str, text: str) -> None:
    record = decode_record(RECORD_TYPES[name], text.encode())
    shown = msgspec.json.decode(text)
    again = msgspec.json.decode(encode(record))
    assert {**shown, **again} == again | {key: shown[key] for key in shown.keys() - again.keys()}
    known = {field.encode_name for field in msgspec.structs.fields(type(record))}
    assert shown.keys() <= known


@pytest.mark.parametrize("kind", RecordKind)
def test_each_record_in_is_accepted_as_shown(kind: RecordKind) -> None:
    for name, text in EXAMPLES:
        if RECORD_TYPES[name] is TYPE_OF_KIND[kind]:
            user_id = msgspec.json.decode(text)["user_id"]
            assert isinstance(read(kind.value, user_id, text.encode(), 0, 0), TYPE_OF_KIND[kind])


def test_every_record_has_an_example_and_every_json_block_is_one() -> None:
    assert {name for name, _ in EXAMPLES} == set(RECORD_TYPES)
    assert PAGE.count("```json") == len(EXAMPLES)


def test_the_field_tables_are_those_of_the_types() -> None:
    assert fill(PAGE) == PAGE, "run: python -m schemas.tables docs/contracts.md"
    assert set(re.findall(r"<!-- fields (\S+) -->", PAGE)) == set(RECORD_TYPES)


def test_the_python_snippets_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent_kafka, "Producer", FakeProducer)
    monkeypatch.chdir(ROOT)
    spaces: list[dict[str, Any]] = []
    for snippet in SNIPPETS:
        spaces.append({})
        exec(snippet, spaces[-1])
    (topic, key, value) = FakeProducer.sent[0]
    assert isinstance(read(topic, key, value.encode(), 0, 0), Event)
    avro = [space["value"] for space in spaces if "value" in space]
    assert [decode_record(Event, value).attributes for value in avro] == [
        {"price": 24.9, "in_stock": True, "tags": ["shoes"]}
    ]


def test_the_commands_for_a_registry_run(tmp_path: Path) -> None:
    (tmp_path / "my-request.avsc").write_bytes((ROOT / "schemas/avro/request.avsc").read_bytes())
    lines = re.findall(r"^python (-m schemas\.add_id .*?)\s*(?:#.*)?$", PAGE, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        done = subprocess.run(
            [sys.executable, *line.split()],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    registry = Registry.load(tmp_path / "my-registry.json")
    assert {id_: schema.name for id_, schema in registry.by_id.items()} == {
        101: "event",
        102: "request",
    }
    assert VARIABLE in PAGE
    for id_ in installed().by_id:
        assert id_ >= 1_000_001


def first_column(title: str) -> list[str]:
    """The codes in the first column of the table whose header starts with a title."""
    table = re.search(rf"^\| {title} \|.*?\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, title
    return re.findall(r"^\| `(\w+)` \|", table[1], re.MULTILINE)


def test_every_code_has_its_row() -> None:
    assert first_column("Verdict") == list(Verdict)
    assert first_column("Reason \\| Meaning") == list(Reason)
    assert first_column("Reason \\| What happened") == list(DeadLetterReason)


def test_verdicts_are_final_as_the_page_says() -> None:
    for verdict in Verdict:
        assert f"| `{verdict}` | {'yes' if verdict.final else 'no'} |" in PAGE


def test_the_numbers_are_those_of_the_code() -> None:
    for field in msgspec.structs.fields(Admission):
        assert f"| `{field.name}` | {field.default} |" in PAGE
    words = " ".join(PAGE.split())
    assert f"the last {REQUESTS} requests and of the last {OTHERS} other records" in words
    assert f"at most {MAX_VALUE_BYTES:,} bytes" in words
    assert f"nested at most {MAX_NESTING} deep" in words
    assert f"all of it fits in {MAX_DATA_BYTES:,} bytes" in words


def anchors_of(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((\w*(?:\.md)?)#([^)]+)\)", PAGE)
    assert {name for name, _ in links} == {"", "composer.md"}
    for name, anchor in links:
        page = (ROOT / "docs" / name).read_text() if name else PAGE
        assert anchor in anchors_of(page), f"{name}#{anchor}"
