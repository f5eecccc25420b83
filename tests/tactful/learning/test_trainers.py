"""What every trainer must do, whatever its task."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from learning_kit import START_MS, an_example, labels, population, windows

from tactful.learning import KINDS, LOGISTIC, TASKS, Trainer, TrainerError
from tactful.models import Task, encode_snapshot, model_of, parse_snapshot
from tactful.records import Example, ExampleKind

ROOT = Path(__file__).parents[3]
TELL_VERSIONS = """
from learning_kit import population, START_MS
from tactful.learning import Trainer, TASKS
trainers = [Trainer(task) for task in TASKS]
[trainer.learn(population(300)) for trainer in trainers]
print([trainer.snapshot(START_MS).version for trainer in trainers])
"""


def examples_of(task: Task, number: int = 400) -> list[Example]:
    """Examples that the task learns from."""
    if KINDS[task] is ExampleKind.SEND:
        return population(number)
    return windows(KINDS[task], number)


def test_every_task_has_a_trainer_and_a_kind_of_example() -> None:
    assert set(TASKS) == set(KINDS) == set(Task)


@pytest.mark.parametrize("task", Task)
def test_a_trainer_that_was_stored_goes_on_as_if_nothing_had_been(task: Task) -> None:
    examples = examples_of(task)
    one = Trainer(task)
    one.learn(examples[:250])
    other = Trainer.loads(one.dumps())
    for trainer in (one, other):
        trainer.learn(examples[250:])
    assert encode_snapshot(one.snapshot(START_MS)) == encode_snapshot(other.snapshot(START_MS))
    assert one.examples == 400


@pytest.mark.parametrize("task", Task)
def test_how_examples_are_parcelled_changes_nothing(task: Task) -> None:
    examples = examples_of(task)
    whole, parts = Trainer(task), Trainer(task)
    whole.learn(examples)
    for at in range(0, len(examples), 70):
        parts = Trainer.loads(parts.dumps())
        parts.learn(examples[at : at + 70])
        parts.snapshot(START_MS)  # looking changes nothing either
    assert encode_snapshot(whole.snapshot(START_MS)) == encode_snapshot(parts.snapshot(START_MS))


def test_two_processes_learn_the_same_to_the_last_bit() -> None:
    said = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                TELL_VERSIONS,
            ],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.parametrize("task", Task)
def test_what_a_trainer_says_is_a_snapshot_that_decisions_take(task: Task) -> None:
    trainer = Trainer(task)
    blank = parse_snapshot(encode_snapshot(trainer.snapshot(START_MS)))
    assert (blank.examples, trainer.ready) == (0, False)
    trainer.learn(examples_of(task))
    snapshot = parse_snapshot(encode_snapshot(trainer.snapshot(START_MS)))
    assert (snapshot.task, snapshot.examples, trainer.ready) == (task, 400, True)
    assert snapshot.version.startswith(f"{task}-000400-")
    assert model_of(snapshot).version == snapshot.version
    assert snapshot.card["data"]["examples"] == 400
    assert snapshot.card["question"]


@pytest.mark.parametrize("task", Task)
def test_examples_of_another_kind_are_passed_over(task: Task) -> None:
    trainer = Trainer(task)
    other = next(kind for kind in ExampleKind if kind is not KINDS[task])
    assert trainer.learn([an_example(kind=other)]).taken == 0
    assert trainer.examples == 0


@pytest.mark.parametrize("task", LOGISTIC)
def test_a_feature_that_is_no_number_or_beyond_reason_is_refused_with_its_example(
    task: Task,
) -> None:
    trainer = Trainer(task)
    (example,) = examples_of(task, 1)
    for value in (float("nan"), float("inf"), 1e7):
        spoilt = an_example(
            kind=example.kind,
            labels=example.labels,
            features=example.features | {"recency_log": value},
        )
        trainer.learn([spoilt])
    assert trainer.examples == 0
    assert trainer.snapshot(START_MS).card["data"]["refused"] == 3


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"", "found b''"),
        (b"XL\x01" + bytes(8), "found b'XL"),
        (b"TL\x02" + bytes(8), "found b'TL"),
        (Trainer("rates").dumps()[:-1] + b"\x00", "damaged bytes"),
    ],
)
def test_bytes_that_are_no_trainer_are_refused(value: bytes, says: str) -> None:
    with pytest.raises(TrainerError, match=says):
        Trainer.loads(value)


def test_a_correction_moves_the_model_towards_the_new_label_and_counts_no_example() -> None:
    trainer = Trainer("engagement")
    trainer.learn(population(300))
    before = trainer.predict(an_example(7).features)
    late = an_example(7, labels=labels(engaged=1), corrects=labels(), revision=1, id="d7:1")
    assert trainer.learn([late] * 50) == (50, 0)
    assert trainer.predict(an_example(7).features) > before
    assert trainer.examples == 300


def test_a_correction_that_does_not_change_the_tasks_label_changes_nothing() -> None:
    trainer = Trainer("engagement")
    trainer.learn(population(300))
    before = trainer.snapshot(START_MS)
    trainer.learn([an_example(7, labels=labels(unsubscribed=1), corrects=labels(), revision=1)])
    after = trainer.snapshot(START_MS)
    assert (after.weights, after.metrics) == (before.weights, before.metrics)


def test_affinity_knows_no_channel_and_no_hour() -> None:
    trainer = Trainer("affinity")
    trainer.learn(population(300))
    names = set(trainer.snapshot(START_MS).weights)
    assert {"type_log_odds", "type:promotion", "rate_log_odds"} <= names
    assert not {name for name in names if name.startswith(("channel", "hour"))} | names & {"dosage"}
