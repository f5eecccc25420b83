"""The learn job on the real stack: it learns, is killed, and ends with the same weights."""

import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from decide_kit import wait_until
from learning_kit import population

from connectors.kafka.consumer import read_to_end
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from schemas.codec import decode_record, encode
from tactful import topics
from tactful.learning import KINDS, Trainer
from tactful.models import Snapshot, Task, encode_snapshot, parse_snapshot
from tactful.records import DeadLetter, DeadLetterReason, Example, ExampleKind

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

JOB = Path(__file__).parents[2] / "jobs" / "learn.py"
PARTITIONS = 2
EXAMPLES = 2_000
LEARNED = [task for task, kind in KINDS.items() if kind is ExampleKind.SEND]


class LearnRig:
    """Topics and a job that nobody else uses, on the shared stack."""

    def __init__(self, stack: Stack) -> None:
        self.flink = Flink(stack.settings)
        self.prefix = f"learn-{uuid.uuid4().hex[:8]}"
        self.kafka = kafka_of(stack.settings)
        self.job_id = ""
        self._admin = AdminClient(self.kafka.client_settings())
        words = (topics.EXAMPLES, topics.KNOWLEDGE, topics.DEAD_LETTERS)
        self.topics = [self.topic(word) for word in words]
        made = self._admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in self.topics])
        for future in made.values():
            future.result(60)

    def topic(self, word: str) -> str:
        return topics.name_of(word, self.prefix)

    def start(self, from_savepoint: str | None = None) -> None:
        self.job_id = self.flink.submit(
            JOB,
            [
                f"--bootstrap={self.kafka}",
                f"--prefix={self.prefix}",
                f"--name={self.prefix}",
                "--fold-ms=500",
                "--publish-ms=500",
                "--idle-ms=10000",
                "--checkpoint-interval-ms=1000",
            ],
            from_savepoint=from_savepoint,
        )
        self.flink.wait_running(self.job_id)

    def close(self) -> None:
        if self.job_id:
            self.flink.cancel(self.job_id)
        self._admin.delete_topics(self.topics)

    def send(self, examples: Sequence[Example]) -> None:
        with Producer(self.kafka, "test") as producer:
            for example in examples:
                producer.send(
                    self.topic(topics.EXAMPLES), example.user_id.encode(), encode(example)
                )

    def send_raw(self, word: str, key: bytes, value: bytes | None) -> None:
        with Producer(self.kafka, "test") as producer:
            producer.send(self.topic(word), key, value)

    def published(self) -> dict[str, list[Snapshot]]:
        """All snapshots that went live, by task, in order."""
        found: dict[str, list[Snapshot]] = {task.value: [] for task in Task}
        for message in read_to_end(self.kafka, [self.topic(topics.KNOWLEDGE)], timeout_s=60):
            key = (message.key() or b"").decode()
            if key.startswith("model/"):
                found[key.removeprefix("model/")].append(parse_snapshot(message.value() or b""))
        return found

    def examples_of(self, task: Task) -> int:
        """How many the live model has learned from."""
        live = self.published()[task]
        return live[-1].examples if live else 0

    def dead_letters(self) -> list[DeadLetter]:
        messages = read_to_end(self.kafka, [self.topic(topics.DEAD_LETTERS)], timeout_s=60)
        return [decode_record(DeadLetter, message.value() or b"") for message in messages]


@pytest.fixture(scope="module")
def rig(stack: Stack) -> Iterator[LearnRig]:
    made = LearnRig(stack)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_killed_in_mid_stream_it_ends_with_the_weights_of_an_undisturbed_run(
    rig: LearnRig, stack: Stack
) -> None:
    examples = population(EXAMPLES)
    half = EXAMPLES // 2
    rig.send(examples[:half])
    wait_until("a first model", lambda: rig.examples_of(Task.ENGAGEMENT) > 0)
    checkpoints = rig.flink.completed_checkpoints(rig.job_id)
    wait_until(
        "a checkpoint with it", lambda: rig.flink.completed_checkpoints(rig.job_id) > checkpoints
    )
    (busy,) = rig.flink.task_managers(rig.job_id)
    for at in range(half, EXAMPLES, 100):
        if at == half + 300:
            stack.kill_part(busy)
        # The last ten once more, as a decide job that was restarted would emit them.
        rig.send(examples[at - 10 : at + 100])
        time.sleep(0.1)
    wait_until(
        "all is learned",
        lambda: all(rig.examples_of(task) == EXAMPLES for task in LEARNED),
    )
    live = rig.published()
    for task in LEARNED:
        undisturbed = Trainer(task)
        undisturbed.learn(examples)
        expected = undisturbed.snapshot(undisturbed.labelled_at_ms)
        assert encode_snapshot(live[task][-1]) == encode_snapshot(expected), task
    assert rig.flink.restarts(rig.job_id) or rig.flink.root_cause(rig.job_id)
    stack.up()


def test_stopped_at_a_savepoint_it_goes_on_and_bad_examples_are_told(rig: LearnRig) -> None:
    savepoint = rig.flink.stop_with_savepoint(rig.job_id)
    rig.send_raw(topics.EXAMPLES, b"u1", b"{")
    rig.send_raw(topics.KNOWLEDGE, b"model-pin/rates", b'{"version": "rates-1"}')
    more = population(50, start=EXAMPLES)
    rig.send(more)
    rig.start(from_savepoint=savepoint)
    before = len(rig.published()["rates"])
    wait_until("it goes on", lambda: rig.examples_of(Task.ENGAGEMENT) == EXAMPLES + len(more))
    (letter,) = rig.dead_letters()
    assert letter.reason is DeadLetterReason.UNDECODABLE
    assert letter.topic == rig.topic(topics.EXAMPLES)
    assert len(rig.published()["rates"]) == before, "it is pinned"
