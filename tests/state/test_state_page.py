"""docs/state.md tells the truth: its numbers are those of the code."""

import importlib
import operator
import re
from pathlib import Path

import pytest

from state.layout import PREFIX, VERSION, lengths
from tactful.activity import part as activity
from tactful.composer import held
from tactful.dedup import part as dedup
from tactful.engagement import section as engagement
from tactful.engine.state import Section
from tactful.features import section as features
from tactful.ids import MARK_BYTES
from tactful.labels import section as labels
from tactful.policy import DEFAULT_POLICY
from tactful.profile import section as profile
from tactful.sends import log
from tactful.snapshot import part as snapshot

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
CONSTANTS = [(row[2].strip("`"), row[1]) for row in ROWS if row[2:] and row[2].startswith("`tac")]
POLICY = [(row[0].strip("`"), row[1]) for row in ROWS if row[0].startswith("`limits.")]


@pytest.mark.parametrize(("name", "number"), CONSTANTS)
def test_each_bound_is_the_constant_of_the_code(name: str, number: str) -> None:
    module, constant = name.rsplit(".", 1)
    assert getattr(importlib.import_module(module), constant) == int(number)


def test_no_bound_is_left_out() -> None:
    assert {name.rsplit(".", 1)[1] for name, _ in CONSTANTS} == {
        "BINS",
        "CHURNED_ENOUGH",
        "CHURN_MS",
        "FEEDBACK_MEMORY_MS",
        "LATE_MS",
        "MARK_BYTES",
        "MAX_CHANNELS",
        "MAX_CLOCK_STEP_BACK_MS",
        "MAX_COUNTED_SENDS",
        "MAX_DATA_BYTES",
        "MAX_EXTRAS",
        "MAX_FIELDS",
        "MAX_SEGMENT_CHARS",
        "MAX_TYPES",
        "OTHERS",
        "REQUESTS",
        "_MAX_COUNT",
    }


@pytest.mark.parametrize(("key", "number"), POLICY)
def test_each_policy_key_has_the_default_of_the_page(key: str, number: str) -> None:
    assert str(operator.attrgetter(key)(DEFAULT_POLICY)) == number


def test_no_policy_limit_is_left_out() -> None:
    fields = DEFAULT_POLICY.limits.__struct_fields__
    assert [key for key, _ in POLICY] == [f"limits.{field}" for field in fields]


def test_each_section_stands_on_the_page_with_its_size() -> None:
    sizes = {
        "DEDUP": f"{dedup._HEAD.size} + {MARK_BYTES} a mark",
        "PROFILE": f"{profile._HEAD.size} + JSON",
        "ACTIVITY": f"{activity._HEAD.size + activity._HISTOGRAM.size}",
        "ENGAGEMENT": f"{1 + engagement._ENTRY.size} + name, a channel",
        "SENDS": f"{log.WIDTH} a send",
        "HELD": f"{held._HEAD.size} + the requests",
        "SNAPSHOT": f"{snapshot._HEAD.size}",
        "ATTEMPTS": f"{held._HEAD.size} + the requests",
        "FEATURES": f"{features._HEAD.size} + {features._ENTRY.size} a type or channel",
        "LABELS": f"{labels._HEAD.size} + {labels.WIDTH} a window + words",
    }
    found = {row[0].strip("`"): row[2] for row in ROWS if row[0].strip("`") in sizes}
    assert found == sizes
    assert list(found) == [section.name for section in Section]


def test_the_head_is_described_as_it_is() -> None:
    assert f"A head of {PREFIX.size} bytes" in PAGE
    assert lengths(2).size - lengths(1).size == 4
    assert f"version of its own ({VERSION})" in PAGE


def test_the_measured_sizes_are_those_of_the_golden_states() -> None:
    found = re.search(
        r"one event takes (\d+) bytes.*receipts (\d+), and one.*\s(\d+)\.", PAGE, re.DOTALL
    )
    assert found is not None
    golden = ROOT / "tests" / "state" / "golden"
    assert [int(number) for number in found.groups()] == [
        len((golden / f"v1-{name}_learnt.bin").read_bytes())
        for name in ("newcomer", "regular", "full")
    ]


def test_the_histogram_saturates_where_the_page_says() -> None:
    # A half float that counts by ones stops at 2,048.
    section = bytearray(activity._HEAD.size + activity._HISTOGRAM.size)
    for _ in range(2100):
        activity._touch(section, 0, 0, 0)
    assert activity._BIN.unpack_from(section, activity._HEAD.size)[0] == 2048
    assert "about 2,000 events" in PAGE
    assert f"({activity.HALF_LIFE_MS // 86_400_000} days)" in PAGE
