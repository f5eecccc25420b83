"""Learning from examples, task by task, with River; it gives snapshots of plain numbers.

Nothing on the path of a decision imports this package: decisions score from `tactful.models`.
"""

from tactful.learning.tasks import KINDS, LOGISTIC, LogisticTask
from tactful.learning.trainer import TASKS, Learned, Trainer, TrainerError

__all__ = ["KINDS", "LOGISTIC", "TASKS", "Learned", "LogisticTask", "Trainer", "TrainerError"]
