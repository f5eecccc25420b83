"""The page on policies is true: its tables are the model's, its examples are valid policies."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from tactful_policies import refusals

from schemas.policy_tables import STRUCTS, fill
from tactful.policy.check import problems_of
from tactful.policy.durations import parse_duration
from tactful.policy.faults import core_of, hints_of, is_struct
from tactful.policy.form import read_policy
from tactful.policy.form.nodes import MAX_BYTES
from tactful.policy.model import Policy
from tactful.policy.problems import MAX_SPAN_MS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "policy.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FILES = sorted((ROOT / "docs" / "policies").glob("*.yaml"))

REST = {
    "version": "version: page-1\n",
    "types": "types: {promotion: {purpose: marketing, channels: [email, push], category: sales}}\n",
    "channels": "channels: {email: {address: email}, push: {}, sms: {address: phone}}\n",
}
"""What makes a whole policy of an example that has only some keys."""


def whole(example: str) -> str:
    return example + "".join(
        text for key, text in REST.items() if not re.search(rf"^{key}:", example, re.MULTILINE)
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_valid_in_a_small_policy(example: str) -> None:
    assert problems_of(read_policy(whole(example).encode()).policy) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_beside_the_page_are_valid_and_without_warnings(file: Path) -> None:
    read = read_policy(file.read_bytes(), file.name)
    assert read.warnings == [] or file.stem == "small"
    assert file.name == f"{read.policy.version.removesuffix('-1')}.yaml"


def test_the_smallest_policy_stands_on_the_page_and_in_a_file() -> None:
    small = read_policy((ROOT / "docs" / "policies" / "small.yaml").read_bytes()).policy
    assert read_policy(EXAMPLES[0].encode()).policy == small


def test_the_tables_of_keys_are_those_of_the_model_and_every_key_has_its_meaning() -> None:
    assert fill(PAGE) == PAGE, "run: python -m schemas.policy_tables docs/policy.md"
    assert sorted(re.findall(r"<!-- keys (\w+) -->", PAGE)) == sorted(STRUCTS)
    assert not re.search(r"\|\s*\|$", PAGE, re.MULTILINE), "a key has no meaning"


def test_every_key_has_an_example() -> None:
    shown = {each for text in EXAMPLES for each in keys(yaml.safe_load(text), Policy)}
    known = {
        (struct.__name__, key.removesuffix("_ms"))
        for struct in STRUCTS.values()
        for key in struct.__struct_fields__
    }
    assert known - shown == set()


def keys(value: Any, allowed: Any) -> Iterator[tuple[str, str]]:
    core = core_of(allowed)
    if isinstance(value, dict) and is_struct(core):
        hints = hints_of(core)
        for key, each in value.items():
            word = "on" if key is True else key  # PyYAML's own loader reads YAML 1.1
            yield core.__name__, word
            yield from keys(each, hints.get(word, hints.get(f"{word}_ms")))
    elif isinstance(value, dict) and get_origin(core) is dict:
        for each in value.values():
            yield from keys(each, get_args(core)[1])
    elif isinstance(value, list) and get_origin(core) is tuple:
        for each in value:
            yield from keys(each, get_args(core)[0])


WRONG_SHAPES = """\
version: shop-2
types:
  promotion:
    purpose: markting
    channels: [email]
    tll: 2d
channels:
  email: {address: email}
"""
WRONG_NAMES = """\
version: shop-2
types:
  promotion:
    purpose: marketing
    channels: [emial]
    ttl: 2d
channels:
  email: {address: email}
  push: {address: push_token}
caps:
  - name: promotions
    max: 3
"""


@pytest.mark.parametrize("text", [WRONG_SHAPES, WRONG_NAMES])
def test_the_page_shows_what_is_really_said(text: str) -> None:
    said = "".join(f"    error: {line}\n" for line in refusals(text))
    assert said.replace("p.yaml", "shop.yaml") in PAGE


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    assert f"at most {MAX_BYTES // 1024} kB" in PAGE
    assert parse_duration("3660d") == MAX_SPAN_MS
    assert "spans beyond ten years" in PAGE
