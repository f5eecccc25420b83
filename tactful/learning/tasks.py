"""The tasks: what each one predicts, from which examples and features, and how fast it learns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tactful.features import NUMERIC
from tactful.local_time import DAY_MS
from tactful.models import Task
from tactful.records import Example, ExampleKind

_OF_USER = frozenset(
    {
        "rate_log_odds",
        "rate_fast_log_odds",
        "sends_log",
        "recency_log",
        "seen_log",
        "tenure_log",
        "activity_log",
        "negative_log_odds",
    }
)


@dataclass(frozen=True)
class LogisticTask:
    """A question with an answer of yes or no.

    Attributes:
        task: its name.
        question: what the probability is of.
        kind: the examples that answer it.
        label: the answer, from an example's labels.
        uses: whether a feature may be used; None for all.
        prior: features that are an estimate of the answer already, with their weights
            (`tactful.learning.pipeline`).
        intercept: log-odds before any example, beside the prior.
        lr, eps, intercept_lr, l2, floor: see `tactful.learning.pipeline.Learner`.
        max_features: names beyond this many are not learned.
        boost: while drift is answered, steps are so much larger.
        boost_ms: for so long after drift was found, in the time of the labels.
    """

    task: Task
    question: str
    kind: ExampleKind
    label: Callable[[Mapping[str, int]], bool]
    uses: Callable[[str], bool] | None = None
    prior: Mapping[str, float] = field(default_factory=dict)
    intercept: float = 0.0
    lr: float = 0.1
    eps: float = 1000.0
    intercept_lr: float = 0.001
    l2: float = 0.0
    floor: float = 1.0
    max_features: int = 2000
    boost: float = 2.0
    boost_ms: int = 7 * DAY_MS

    def settings(self) -> dict[str, Any]:
        """How it learns, for the model card."""
        return {
            "learner": "river: scaler with a floor, logistic regression, AdaGrad",
            "lr": self.lr,
            "eps": self.eps,
            "intercept_lr": self.intercept_lr,
            "l2": self.l2,
            "variance_floor": self.floor,
            "prior": dict(self.prior),
            "intercept_before": self.intercept,
            "drift_boost": self.boost,
            "drift_boost_ms": self.boost_ms,
        }


def _engaged(labels: Mapping[str, int]) -> bool:
    return bool(labels["engaged"])


def _gone(labels: Mapping[str, int]) -> bool:
    return bool(labels["unsubscribed"] or labels["complained"])


def _dismissed(labels: Mapping[str, int]) -> bool:
    return bool(labels["dismissed"])


def _churned(labels: Mapping[str, int]) -> bool:
    return bool(labels["churned"])


def _taste(name: str) -> bool:
    return name in _OF_USER or name.startswith("type:") or name == "type_log_odds"


LOGISTIC = {
    each.task: each
    for each in (
        LogisticTask(
            Task.ENGAGEMENT,
            "the user opens, clicks or converts within the channel's label window",
            ExampleKind.SEND,
            _engaged,
            prior={"channel_log_odds": 0.5, "rate_log_odds": 0.5},
        ),
        LogisticTask(
            Task.NEGATIVE,
            "the user unsubscribes or complains within the label window",
            ExampleKind.SEND,
            _gone,
            intercept=-6.0,  # 0.25 %
            eps=100.0,
        ),
        LogisticTask(
            Task.DISMISSAL,
            "the user dismisses the notification within the label window",
            ExampleKind.SEND,
            _dismissed,
            intercept=-3.5,  # 3 %
            eps=100.0,
        ),
        LogisticTask(
            Task.AFFINITY,
            "the user opens, clicks or converts, by type alone, whatever the channel and the hour",
            ExampleKind.SEND,
            _engaged,
            uses=_taste,
            prior={"type_log_odds": 0.5, "rate_log_odds": 0.5},
        ),
        LogisticTask(
            Task.CHURN,
            "no event of the user in the 30 days that follow",
            ExampleKind.CHURN,
            _churned,
            eps=100.0,
        ),
    )
}

KINDS = {task: each.kind for task, each in LOGISTIC.items()} | {
    Task.RATES: ExampleKind.SEND,
    Task.UPLIFT: ExampleKind.HOLDBACK,
}
"""The kind of example each task learns from."""

_LABELS = {
    ExampleKind.SEND: ("engaged", "dismissed", "unsubscribed", "complained"),
    ExampleKind.CHURN: ("churned",),
    ExampleKind.HOLDBACK: ("outcome",),
}


def fault_of(example: Example) -> str | None:
    """Why no task can learn from an example: field, found, allowed; None if it is sound."""
    for which in ("labels", "corrects"):
        labels = example.labels if which == "labels" else example.corrects
        if labels is None:
            continue
        for name in _LABELS[example.kind]:
            if labels.get(name) not in (0, 1):
                return f"{which}.{name}: found {labels.get(name)!r}, allowed: 0 or 1"
    if example.kind is ExampleKind.HOLDBACK and example.group not in ("treated", "control"):
        return f"group: found {example.group!r}, allowed: treated, control"
    return None


assert set(NUMERIC) >= _OF_USER


def of_kind(task: Task, example: Example) -> bool:
    """Whether a task learns from an example."""
    return KINDS[task] is example.kind
