"""What models cost a decision: the grid of slots alone, and whole requests with and without."""

from typing import Any

import msgspec

from tactful.composer.by_model import ByModel
from tactful.composer.held import Held
from tactful.composer.view import View
from tactful.composer.way import Way
from tactful.engine.context import Context
from tactful.engine.state import UserState
from tactful.features import NUMERIC
from tactful.knowledge import Knowledge
from tactful.local_time import HOUR_MS
from tactful.models import Form, Model, RateTable, Snapshot, Task, model_of
from tactful.models.snapshot import Pair
from tactful.policy import DEFAULT_POLICY, Policy
from tactful.policy.model import Exploration
from tactful.records import Priority, Request

CHANNELS = 3
HOURS = 48


def snapshots_of(policy: Policy) -> dict[str, Snapshot]:
    """Snapshots that know every feature, in numbers of the usual size, by task."""
    indicators = [
        *(f"hour:{hour}" for hour in range(24)),
        *(f"channel:{name}" for name in policy.channels),
        *(f"type:{name}" for name in policy.types),
    ]
    weights = {name: 0.1 * (-1) ** at for at, name in enumerate((*NUMERIC, *indicators))}
    scaled = dict.fromkeys(NUMERIC, 0.5)
    found: dict[str, Snapshot] = {}
    for task, intercept in ((Task.ENGAGEMENT, -1.5), (Task.NEGATIVE, -6.0)):
        slope = -0.4 if task is Task.ENGAGEMENT else 0.4
        found[task.value] = Snapshot(
            task=task,
            version=f"{task}-1",
            trained_at_ms=0,
            examples=100_000,
            form=Form.LOGISTIC,
            intercept=intercept,
            weights=weights | {"dosage": slope},
            means=scaled,
            variances=scaled,
        )
    channel = dict.fromkeys(policy.channels, Pair(1000.0, 100.0))
    table = RateTable(channel={"": channel, "new": channel, "active": channel})
    found[Task.RATES.value] = Snapshot(
        task=Task.RATES,
        version="rates-1",
        trained_at_ms=0,
        examples=100_000,
        form=Form.RATES,
        rates=table,
    )
    return found


def variants() -> dict[str, Knowledge]:
    """The built-in policy without models and with more and more of them."""
    models = {task: model_of(snapshot) for task, snapshot in snapshots_of(DEFAULT_POLICY).items()}
    exploring = msgspec.structs.replace(DEFAULT_POLICY, exploration=Exploration())

    def some(*tasks: str) -> dict[str, Model]:
        return {task: models[task] for task in tasks}

    every = some("engagement", "negative", "rates")
    return {
        "none": Knowledge(DEFAULT_POLICY),
        "engagement": Knowledge(DEFAULT_POLICY, models=some("engagement")),
        "engagement and negative": Knowledge(DEFAULT_POLICY, models=some("engagement", "negative")),
        "engagement, negative and rates": Knowledge(DEFAULT_POLICY, models=every),
        "the same, exploring": Knowledge(exploring, models=every),
    }


class Grid:
    """Scoring of 3 channels at 48 hours each, of one user, from the features on.

    Args:
        knowledge: with a model of engagement.
        state: the user's.
        kind: the type.
        now_ms: when.
    """

    def __init__(self, knowledge: Knowledge, state: UserState, kind: str, now_ms: int) -> None:
        self._view = View(Context(state, now_ms, knowledge))
        self._kind = knowledge.kinds[kind]
        request = Request("r", state.user_id, kind, now_ms, Priority.NORMAL)
        self._waiting = Held(request, now_ms)
        self._now_ms = now_ms
        self._channels = self._kind.channels[:CHANNELS]
        if len(self._channels) < CHANNELS:
            raise RuntimeError(f"type {kind} has fewer than {CHANNELS} channels")
        self._view.features  # noqa: B018 - known once a step, however much is decided

    def score(self) -> Any:
        """The utilities of all slots."""
        ask = self._view.ask_of(self._waiting, self._kind)
        assert ask.appeal is not None
        way = Way(ask, by_channel=False)
        way.horizon_ms = self._now_ms + HOURS * HOUR_MS
        scoring = ByModel(way, ask.appeal)
        found = [scoring.bounds(channel, self._now_ms) for channel in self._channels]
        assert [len(each) for each in found] == [HOURS] * CHANNELS
        return found
