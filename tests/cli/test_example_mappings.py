"""The mappings that the documentation ships are valid, and fit the logs they are written for."""

import os
from pathlib import Path

import pytest

from cli.loading.convert import convert
from cli.loading.mapping import read_mapping
from cli.loading.rows import LogFile
from tactful.policy import DEFAULT_POLICY
from tactful.records import RecordKind

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = sorted((ROOT / "docs" / "mappings").glob("*.yaml"))
DATA = os.environ.get("TACTFUL_TEST_DATA")

FILES = {
    "activate_good": ("activate_good/sends.csv.gz", {"profile-updates": 1638, "requests": 62525}),
    "starbucks": ("starbucks/transcript.csv.gz", {"requests": 76277, "events": 138953}),
    "starbucks_profiles": ("starbucks/profile.csv.gz", {"profile-updates": 17000}),
    "outspot_opens": ("outspot_opens/opens.csv.gz", {"events": 2126}),
    "hillstrom": ("hillstrom/hillstrom.csv.gz", {"profile-updates": 32094}),
    "bank_marketing": ("bank_marketing/bank-additional-full.csv.gz", {"requests": 41188}),
}


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_an_example_is_valid_and_states_its_assumptions(path: Path) -> None:
    mapping = read_mapping(path)
    assert mapping.description
    assert "\nassumptions:\n" in path.read_text()


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_an_example_names_types_and_channels_of_the_default_policy(path: Path) -> None:
    for rule in read_mapping(path).rules:
        if rule.kind is RecordKind.REQUEST:
            assert rule.fields["type"]({}) in DEFAULT_POLICY.types
        if rule.kind is RecordKind.FEEDBACK:
            assert rule.fields["channel"]({}) in DEFAULT_POLICY.channels


def test_each_example_is_tried_on_its_log() -> None:
    assert {path.stem for path in MAPPINGS} == set(FILES)


@pytest.mark.data
@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_an_example_reads_all_of_its_log(path: Path) -> None:
    file, counts = FILES[path.stem]
    if DATA is None or not (Path(DATA) / file).exists():
        pytest.skip(f"{file} is not here: TACTFUL_TEST_DATA names the folder with the real logs")
    mapping = read_mapping(path)
    records, summary = convert(mapping, LogFile(Path(DATA) / file, mapping.source))
    assert summary.skipped == {}
    assert {kind: summary.by_kind[RecordKind(kind)] for kind in counts} == counts
    assert len({(r.kind, r.id) for r in records}) == len(records)


def test_the_example_of_the_documentation_does_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "loading.md").read_text(encoding="utf-8")

    def block(language: str) -> str:
        return page.split(f"```{language}\n")[1].split("```")[0]

    (tmp_path / "m.yaml").write_text(block("yaml"))
    (tmp_path / "log.csv").write_text(block("csv"))
    mapping = read_mapping(tmp_path / "m.yaml")
    records, summary = convert(mapping, LogFile(tmp_path / "log.csv", mapping.source))
    assert summary.skipped == {}
    assert "".join(f"{record.value.decode()}\n" for record in records) == block("json")
