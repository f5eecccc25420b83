"""Small models for tests of decisions: a snapshot from a few weights, and random ones."""

from typing import Any

from dice import CHANNELS, TYPES, Dice

from tactful.features import NUMERIC
from tactful.knowledge import Knowledge
from tactful.models import Form, LogisticModel, Model, Rates, RateTable, Snapshot, Task, model_of
from tactful.models.snapshot import Pair
from tactful.policy import Policy


def a_snapshot(task: Task = Task.ENGAGEMENT, intercept: float = -1.0, **weights: float) -> Snapshot:
    """Weights by feature, unscaled; "hour__9" stands for "hour:9"."""
    return Snapshot(
        task=task,
        version=f"{task.value}-1",
        trained_at_ms=0,
        examples=1000,
        form=Form.LOGISTIC,
        intercept=intercept,
        weights={name.replace("__", ":"): weight for name, weight in weights.items()},
    )


def a_model(
    task: Task = Task.ENGAGEMENT, intercept: float = -1.0, **weights: float
) -> LogisticModel:
    """The model of a small snapshot."""
    found = model_of(a_snapshot(task, intercept, **weights))
    assert isinstance(found, LogisticModel)
    return found


def taught(known: Knowledge, *models: Model) -> Knowledge:
    """The knowledge with these models."""
    by_task = {model.task.value: model for model in models}
    return Knowledge(
        known.policy,
        {task: model.version for task, model in by_task.items()},
        known.prices,
        by_task,
    )


def a_random_model(dice: Dice, task: Task, **more: float) -> LogisticModel:
    """Any weights on any features, scaled by any means and variances."""
    names = [each for each in NUMERIC if dice.chance(0.7)]
    indicators = [
        *(f"hour:{hour}" for hour in range(24)),
        *(f"channel:{name}" for name in CHANNELS),
        *(f"type:{name}" for name in TYPES),
    ]

    def number(least: float, most: float) -> float:
        return least + (most - least) * dice.whole(0, 1000) / 1000

    weights = {name: number(-1.0, 1.0) for name in names}
    weights |= {name: number(-1.0, 1.0) for name in indicators if dice.chance(0.5)}
    if dice.chance(0.7):
        weights["dosage"] = number(-2.0, 0.2)
    scaled = [name for name in names if dice.chance(0.8)]
    found = model_of(
        Snapshot(
            task=task,
            version=f"{task.value}-{dice.whole(0, 9)}",
            trained_at_ms=0,
            examples=1000,
            form=Form.LOGISTIC,
            intercept=number(-4.0, 1.0),
            weights=weights | more,
            means={name: number(-3.0, 3.0) for name in scaled},
            variances={name: number(0.0, 4.0) for name in scaled},
        )
    )
    assert isinstance(found, LogisticModel)
    return found


def rates_of(
    channel: dict[str, dict[str, Pair]], hour: dict[str, tuple[float, ...]] | None = None
) -> Rates:
    """Rates by segment and channel, and weights of hours by segment."""
    found = model_of(
        Snapshot(
            task=Task.RATES,
            version="rates-1",
            trained_at_ms=0,
            examples=1000,
            form=Form.RATES,
            rates=RateTable(channel=channel, hour=hour or {}),
        )
    )
    assert isinstance(found, Rates)
    return found


def random_rates(dice: Dice) -> Rates:
    """Rates of a few channels in a few segments."""

    def pair() -> Pair:
        sent = dice.whole(0, 1000)
        return Pair(float(sent), float(dice.whole(0, sent)))

    return rates_of(
        {
            segment: {name: pair() for name in CHANNELS if dice.chance(0.6)}
            for segment in ("", "new", "active")
        }
    )


def random_models(dice: Dice) -> dict[str, Model]:
    """None, or a model of engagement with some of the others."""
    if dice.chance(0.4):
        return {}
    found: dict[str, Any] = {"engagement": a_random_model(dice, Task.ENGAGEMENT)}
    if dice.chance(0.5):
        found["negative"] = a_random_model(dice, Task.NEGATIVE)
    if dice.chance(0.5):
        found["rates"] = random_rates(dice)
    return found


def with_models(policy: Policy, dice: Dice, **more: Any) -> Knowledge:
    """Knowledge of a policy with random models."""
    models = random_models(dice)
    versions = {task: model.version for task, model in models.items()}
    return Knowledge(policy, versions, models=models, **more)
