"""One API in memory for each test, and a person's browser without one."""

from collections.abc import Iterator

import pytest
from api_world import World
from visitor import Visitor


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.introduce("ada")
    yield made
    made.close()


@pytest.fixture
def ada(world: World) -> Visitor:
    return Visitor.by_link(world, "ada")
