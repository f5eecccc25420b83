"""The keys of models in `tactful.knowledge` that no decision reads: history and pins."""

import msgspec

from tactful.models.snapshot import Task

HISTORY_KEY = "model-history/"
"""Followed by the task, a slash, and the version: a snapshot to go back to."""
PIN_KEY = "model-pin/"
"""Followed by the task: as long as it is there, the learn job leaves the live model as it is."""


class Pin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which version was made live by hand, when, and why."""

    version: str
    pinned_at_ms: int = 0
    why: str | None = None


def history_key(task: Task, version: str) -> str:
    """The key of a version in the history.

    >>> history_key(Task.CHURN, "churn-000001-0a")
    'model-history/churn/churn-000001-0a'
    """
    return f"{HISTORY_KEY}{task}/{version}"
