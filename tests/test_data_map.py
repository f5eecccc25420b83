"""The data map of docs/privacy.md leaves out no place where something of a user may be."""

import re
from pathlib import Path

import pytest

from connectors.cassandra import migrate
from tactful import topics
from tactful.engine.state import Section

ROOT = Path(__file__).parent.parent
_MAP = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8").split("## ")[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in _MAP.splitlines()
    if line.startswith("|")
][2:]
WHERE = "\n".join(row[0] for row in ROWS)
NOT_TOPICS = {"DEFAULT_PREFIX"}
WORDS = {word.value for word in topics.INPUTS} | {
    value
    for name, value in vars(topics).items()
    if name.isupper() and isinstance(value, str) and name not in NOT_TOPICS
}
TABLES = {
    name
    for path in (Path(migrate.__file__).parent / "migrations").glob("*.cql")
    for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", path.read_text("utf-8"))
}


def test_there_is_something_to_look_for() -> None:
    assert {"examples", "audit", "ledger"} <= WORDS
    assert {"profiles", "erasures"} <= TABLES
    assert all(len(row) == 4 and all(row[1:]) for row in ROWS), "each row says all four things"


@pytest.mark.parametrize("word", sorted(WORDS))
def test_each_topic_stands_in_the_map(word: str) -> None:
    kept = [row[0] for row in ROWS if row[0].startswith("topic")]
    assert any(re.search(rf"`tactful\.{word}[`.]", where) for where in kept)


@pytest.mark.parametrize("section", Section)
def test_each_section_of_the_state_stands_in_the_map(section: Section) -> None:
    start = next(i for i, row in enumerate(ROWS) if row[0].startswith("Flink's state"))
    rows = [ROWS[start]]
    for row in ROWS[start + 1 :]:
        if row[0]:
            break
        rows.append(row)
    assert any(f"`{section.name}`" in row[1] for row in rows)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_table_stands_in_the_map(table: str) -> None:
    kept = [row[0] for row in ROWS if row[0].startswith("Cassandra")]
    assert any(f"`{table}`" in where for where in kept)


@pytest.mark.parametrize("prefix", ["profile:", "api:own:", "api:idem:", "api:totp:", "limits"])
def test_each_kind_of_key_in_redis_stands_in_the_map(prefix: str) -> None:
    assert f"Redis `tactful:{prefix}" in WHERE
