"""The examples in the docstrings of `schemas` are true."""

import doctest
import importlib
import pkgutil

import pytest

import schemas

MODULES = sorted(module.name for module in pkgutil.iter_modules(schemas.__path__, "schemas."))


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_show_what_happens(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_docstrings_with_examples() -> None:
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 2
