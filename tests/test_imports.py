"""The folders depend in one direction only, and the examples in docstrings are true."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import state
import tactful

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    module.name
    for package in (tactful, state)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)


def test_the_import_contracts_hold() -> None:
    # In a process of its own: the tool turns off the loggers of whoever calls it.
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_modules_of_the_core_are_looked_at() -> None:
    files = [
        path
        for folder in ("tactful", "state")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    ]
    packages = [
        path
        for folder in ("tactful", "state")
        for path in (ROOT / folder).rglob("__init__.py")
        if path.parent.name not in ("tactful", "state")
    ]
    assert len(MODULES) == len(files) + len(packages)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples_to_check() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = sum(
        len(found.examples)
        for name in MODULES
        for found in finder.find(importlib.import_module(name))
    )
    assert examples >= 3
