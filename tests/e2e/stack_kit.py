"""Settings of a stack that collides with no other, and what tests ask of one."""

import random
from pathlib import Path

import pytest

from deploy.local import checks
from deploy.settings import MAX_TASK_MANAGERS, PORT_OFFSETS, Settings

BASES = range(20_000, 32_000, 400)
"""Below the ports systems give to clients (from 32768 on Linux)."""


def settings_of_a_stack(home: Path) -> Settings:
    """Settings of a stack at `home` on free ports, with the jars that `tactful up` uses."""
    bases = list(BASES)
    random.shuffle(bases)
    for base in bases:
        ports = {base + offset for offset in PORT_OFFSETS.values()}
        metrics = base + PORT_OFFSETS["metrics_port"]
        ports.update(range(metrics, metrics + MAX_TASK_MANAGERS + 1))
        if all(checks.is_free(port) for port in ports):
            return Settings(
                home=home,
                jars_dir=Settings().jars,
                port_base=base,
                **dict.fromkeys(PORT_OFFSETS, 0),
                task_managers=2,
                start_timeout_s=300,
            )
    pytest.fail(f"no port base in {BASES} has all its ports free")
