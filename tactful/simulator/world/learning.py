"""Learning between the chunks of a run: the examples to the trainers, their snapshots into use."""

from typing import Any, NamedTuple

from tactful.knowledge import MODEL_KEY, Knowledge
from tactful.learning import Trainer
from tactful.models import encode_snapshot
from tactful.records import Example, Output

TASKS = ("engagement", "negative", "rates")
"""Those that decisions use."""


class Learned(NamedTuple):
    """What was learned, to go on from elsewhere: by task."""

    trainers: dict[str, bytes]
    snapshots: dict[str, bytes]


class Learning:
    """Trainers of the tasks that decisions use.

    Args:
        learned: to go on from; None: from nothing.
    """

    def __init__(self, learned: Learned | None = None) -> None:
        self._trainers = {task: Trainer(task) for task in TASKS}
        self._snapshots: dict[str, bytes] = {}
        self._examples: list[Example] = []
        self._metrics: dict[str, list[dict[str, Any]]] = {task: [] for task in TASKS}
        if learned is not None:
            self._trainers = {
                task: Trainer.loads(packed) for task, packed in learned.trainers.items()
            }
            self._snapshots = dict(learned.snapshots)

    def begin(self, knowledge: Knowledge) -> Knowledge:
        """The knowledge with what was learned before."""
        return self._published(knowledge)

    def take(self, output: Output) -> None:
        """One record that went out; examples are kept until `learn`."""
        if type(output) is Example:
            self._examples.append(output)

    def learn(self, knowledge: Knowledge, now_ms: int) -> Knowledge:
        """The knowledge with what was learned of the examples taken since."""
        examples, self._examples = self._examples, []
        for task, trainer in self._trainers.items():
            trainer.learn(examples)
            snapshot = trainer.snapshot(now_ms)
            self._metrics[task].append(snapshot.metrics)
            if trainer.ready:
                self._snapshots[task] = encode_snapshot(snapshot)
        return self._published(knowledge)

    @property
    def learned(self) -> Learned:
        """What is known by now."""
        trainers = {task: trainer.dumps() for task, trainer in self._trainers.items()}
        return Learned(trainers, dict(self._snapshots))

    def told(self) -> dict[str, Any]:
        """The metrics of each task's last snapshot."""
        return {task: found[-1] for task, found in self._metrics.items() if found}

    def _published(self, knowledge: Knowledge) -> Knowledge:
        for task, snapshot in self._snapshots.items():
            knowledge = knowledge.with_update(MODEL_KEY + task, snapshot)
        return knowledge
