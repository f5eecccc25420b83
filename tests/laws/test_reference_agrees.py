"""The composer against a second, slow implementation of docs/composer.md (`tests/reference`).

Each seed is a small history; both live through it, and each request must get the same verdicts, on
the same channels, at the same minutes, for the same reasons. A disagreement is shrunk and told.
"""

import os
from collections import Counter

import pytest
from reference.constraints import CONSTRAINTS
from reference.histories import history
from reference.shrinking import disagree, lived, shrunk, told

from tactful.records import Reason

CHUNKS = 40 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 10
HISTORIES = 500
"""In each chunk: 5,000 in the usual run, 20,000 in the thorough one."""

LEAST = {
    "send": 600,
    "hold": 350,
    "digest": 4,
    "suppress": 600,
    "expire": 60,
    "cancel": 10,
    "send failover": 1,
    "send escalation": 40,
    "send critical": 80,
    "hold best_time": 25,
    "named together": 120,
    "duplicates": 100,
    "holds over a clock change": 50,
    "zone changes in mid-hold": 15,
    "policy changes in mid-hold": 40,
}
"""How often these have to happen in a chunk, or the histories say too little."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_composer_and_the_reference_agree(chunk: int) -> None:
    happened: Counter[str] = Counter()
    for seed in range(chunk * HISTORIES, (chunk + 1) * HISTORIES):
        found, happened_here = lived(history(seed))
        if found:
            pytest.fail(f"seed {seed}, shrunk:\n{told(shrunk(history(seed)))}")
        happened += happened_here
    assert {name: happened[name] for name in LEAST if happened[name] < LEAST[name]} == {}


@pytest.mark.parametrize("reason", CONSTRAINTS)
def test_a_constraint_that_one_of_them_lacks_is_noticed(
    reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the histories do ask each constraint."""
    monkeypatch.setitem(CONSTRAINTS, reason, lambda _ask, _channel: False)
    assert any(disagree(history(seed)) for seed in range(HISTORIES))
