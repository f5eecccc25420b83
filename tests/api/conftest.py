"""One API in memory for each test."""

from collections.abc import Iterator

import pytest
from api_world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()
