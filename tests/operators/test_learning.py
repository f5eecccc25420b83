"""The learn operator: folds what is complete, publishes, and survives a crash at any record."""

import random

import msgspec
import pytest
from fake_learning import FakeLearnFlink
from learning_kit import an_example, labels, of_all_kinds, population

from operators.crossing import Arrived, Emitted
from operators.learning import FOLD_MS, IDLE_MS, PUBLISH_MS, Learning
from schemas.codec import decode_record, encode
from tactful.learning import Trainer
from tactful.models import Snapshot, Task, parse_snapshot
from tactful.records import DeadLetter, DeadLetterReason, Example

PARTITIONS = 2
EXAMPLES = "tactful.examples"
KNOWLEDGE = "tactful.knowledge"


def started(snapshot: FakeLearnFlink | None = None) -> FakeLearnFlink:
    return FakeLearnFlink(lambda flink: Learning(PARTITIONS, clock=lambda: flink.now_ms), snapshot)


def arrived(example: Example, partition: int, offset: int = 0) -> Arrived:
    return Arrived(EXAMPLES, partition, offset, 0, example.user_id.encode(), encode(example))


def in_partitions(examples: list[Example]) -> list[list[Arrived]]:
    """Each user's examples in one partition, as Kafka has them."""
    logs: list[list[Arrived]] = [[] for _ in range(PARTITIONS)]
    for example in examples:
        log = logs[int(example.user_id[1:]) % PARTITIONS]
        log.append(arrived(example, int(example.user_id[1:]) % PARTITIONS, len(log)))
    return logs


def live(emitted: list[Emitted]) -> dict[str, Snapshot]:
    """The snapshot of each task that went live last."""
    return {
        key.decode().removeprefix("model/"): parse_snapshot(value)
        for topic, key, value in emitted
        if topic == KNOWLEDGE and key.startswith(b"model/")
    }


def test_what_is_complete_is_learned_in_order_and_the_rest_waits() -> None:
    flink = started()
    examples = population(300)
    for log in in_partitions(examples):
        for each in log:
            flink.arrive(each, Task.ENGAGEMENT)
    emitted = flink.until(flink.now_ms + FOLD_MS)
    trainer = Trainer("engagement")
    trainer.learn(examples[:-2])  # the last place of each partition may be shared by the next
    assert live(emitted)["engagement"].version == trainer.snapshot(trainer.labelled_at_ms).version
    emitted = flink.until(flink.now_ms + FOLD_MS + IDLE_MS + PUBLISH_MS)
    trainer.learn(examples[-2:])
    assert live(emitted)["engagement"].version == trainer.snapshot(trainer.labelled_at_ms).version
    assert not flink.timers, "nothing is left to do"
    assert flink.lists["waiting"].by_key["engagement"] == []


@pytest.mark.parametrize("seed", range(4))
def test_killed_anywhere_and_restored_it_ends_with_the_same_models(seed: int) -> None:
    logs = in_partitions(of_all_kinds(130))
    undisturbed, _ = _run(logs, random.Random(99), kill=False)
    disturbed, kills = _run(logs, random.Random(seed), kill=True)
    assert kills >= 2
    assert disturbed == undisturbed
    assert set(disturbed) == {task.value for task in Task}


def _run(
    logs: list[list[Arrived]], dice: random.Random, *, kill: bool
) -> tuple[dict[str, bytes], int]:
    """Read partitions as the dice say; a kill goes back to the last checkpoint and its offsets."""
    flink, offsets = started(), [0] * len(logs)
    checkpoint, kills = (flink, list(offsets)), 0
    found: dict[str, Snapshot] = {}
    while any(offset < len(log) for offset, log in zip(offsets, logs, strict=True)):
        partition = dice.choice([n for n, log in enumerate(logs) if offsets[n] < len(log)])
        found |= live(flink.arrive(logs[partition][offsets[partition]]))
        offsets[partition] += 1
        if dice.random() < 0.1:
            found |= live(flink.until(flink.now_ms + dice.randrange(2 * FOLD_MS)))
        if dice.random() < 0.02:
            checkpoint = started(flink), list(offsets)
        if kill and dice.random() < 0.015 and kills < 6:
            flink, offsets = started(checkpoint[0]), list(checkpoint[1])
            kills += 1
    found |= live(flink.until(flink.now_ms + 10 * (IDLE_MS + PUBLISH_MS)))
    return {task: msgspec.json.encode(snapshot) for task, snapshot in found.items()}, kills


def test_a_copy_of_an_example_changes_nothing() -> None:
    flink, twice = started(), started()
    for example in population(150):
        flink.arrive(arrived(example, 0), Task.RATES)
        for _ in range(2):
            twice.arrive(arrived(example, 0), Task.RATES)
    later = flink.now_ms + IDLE_MS + PUBLISH_MS + FOLD_MS
    once = live(flink.until(later))["rates"]
    assert live(twice.until(later))["rates"] == once
    assert twice.counts["tactful", "task", "rates", "learn_copies"] == 150
    assert twice.counts["tactful", "task", "rates", "learned"] == 150


def test_a_snapshot_goes_out_at_most_once_in_its_time_and_when_nothing_waits() -> None:
    flink = started()
    number, published = 0, []
    for _ in range(4 * PUBLISH_MS // FOLD_MS):
        for example in population(50, start=number):
            flink.arrive(arrived(example, number % PARTITIONS), Task.RATES)
            number += 1
        published += list(live(flink.until(flink.now_ms + FOLD_MS)).values())
    assert 3 <= len(published) <= 6
    assert flink.until(flink.now_ms + IDLE_MS + PUBLISH_MS + 2 * FOLD_MS), "the last ones too"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (b"{", None),
        (b"", None),
        (encode(an_example(labels={})), "labels.engaged"),
        (encode(an_example(labels=labels(engaged=2))), "labels.engaged"),
        (encode(an_example(corrects={"engaged": 1})), "corrects.dismissed"),
    ],
)
def test_what_is_no_example_becomes_one_dead_letter(value: bytes, field: str | None) -> None:
    flink = started()
    ((topic, _, letter),) = flink.arrive(Arrived(EXAMPLES, 1, 7, 0, b"u1", value))
    found = decode_record(DeadLetter, letter)
    assert topic == "tactful.dead-letters"
    assert found.reason is DeadLetterReason.UNDECODABLE
    assert (found.topic, found.partition, found.offset) == (EXAMPLES, 1, 7)
    assert found.field == field
    assert not flink.timers


def test_an_example_that_breaks_a_trainer_does_not_stop_the_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn = Trainer.learn

    def breaks(self: Trainer, examples: list[Example]) -> object:
        if examples[0].id == "d7:0":
            raise RuntimeError("boom")
        return learn(self, examples)

    monkeypatch.setattr(Trainer, "learn", breaks)
    flink = started()
    for example in population(150):
        flink.arrive(arrived(example, 0), Task.RATES)
    found = live(flink.until(flink.now_ms + IDLE_MS + PUBLISH_MS + FOLD_MS))
    assert found["rates"].examples == 149
    assert flink.counts["tactful", "task", "rates", "learn_failed"] == 1


def test_a_pinned_task_learns_on_and_leaves_the_live_model_alone() -> None:
    flink = started()

    def pin(value: bytes) -> None:
        flink.arrive(Arrived(KNOWLEDGE, 0, 0, 0, b"model-pin/rates", value), Task.RATES)

    pin(b'{"version": "rates-000001-00000000"}')
    for example in population(150):
        flink.arrive(arrived(example, 0), Task.RATES)
    assert live(flink.until(flink.now_ms + IDLE_MS + PUBLISH_MS + FOLD_MS)) == {}
    flink = started(flink)
    pin(b"")
    assert live(flink.until(flink.now_ms + PUBLISH_MS + FOLD_MS))["rates"].examples == 150
