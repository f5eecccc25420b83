"""The real stack the end-to-end tests run on: started once, away from any other, then ended."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack_kit import settings_of_a_stack

from deploy.local.stack import Stack
from deploy.settings import Settings


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Kafka, Cassandra, Redis and Flink with two TaskManagers.

    With TACTFUL_TEST_HOME the stack there is used, started if need be, and left running: so that
    whoever writes a test need not wait for a start each time.
    """
    kept = os.environ.get("TACTFUL_TEST_HOME")
    if kept:
        stack = Stack(Settings(home=Path(kept), task_managers=2))
        stack.up()
        yield stack
        return
    stack = Stack(settings_of_a_stack(tmp_path_factory.mktemp("stack")))
    try:
        stack.up()
        yield stack
    finally:
        # After a failure the logs are what one wants to read.
        stack.down(wipe=request.session.testsfailed == 0)
