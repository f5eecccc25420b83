"""Models in the knowledge topic: which are live, which can be gone back to, and changing that."""

import time
from dataclasses import dataclass, field

import msgspec

from cli.broker import Reader, Writer, now_ms
from cli.records_in import InputError
from deploy.connections import kafka_of
from deploy.settings import Settings
from tactful import topics
from tactful.knowledge import MODEL_KEY
from tactful.models import Snapshot, SnapshotError, Task, parse_snapshot
from tactful.models.keys import HISTORY_KEY, PIN_KEY, Pin

SETTLE_S = 2.0
"""The learn job may have published in the moment before it read of a pin."""
TRIES = 3


class ModelError(InputError):
    """A model that is not there, or did not go live; the message says what is."""


@dataclass
class Models:
    """All models of the topic.

    Attributes:
        live: by task the snapshot that decisions use.
        kept: by task and version those that can be gone back to, the oldest first.
        pins: by task, where a version was made live by hand.
        refused: by key why a record can't be used.
    """

    live: dict[Task, Snapshot] = field(default_factory=dict)
    kept: dict[Task, dict[str, Snapshot]] = field(default_factory=dict)
    pins: dict[Task, Pin] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def find(self, task: Task, version: str | None) -> Snapshot:
        """A version of a task, or the live one.

        Raises:
            ModelError: there is none of that name.
        """
        live, kept = self.live.get(task), self.kept.get(task, {})
        if version is None:
            if live is None:
                raise ModelError(f"{task}: there is no live model; `tactful learn` makes one")
            return live
        if live is not None and live.version == version:
            return live
        if version not in kept:
            there = ", ".join(reversed(kept)) or "none"
            raise ModelError(f"{task}: found no version {version!r}, allowed: {there}")
        return kept[version]

    def take(self, key: str, value: bytes) -> None:
        """One record of the topic; keys of other kinds are passed over."""
        if not key.startswith((MODEL_KEY, HISTORY_KEY, PIN_KEY)):
            return
        task_name, _, version = key.split("/", 1)[1].partition("/")
        try:
            task = Task(task_name)
            if key.startswith(PIN_KEY):
                self._pin(task, value)
            elif key.startswith(HISTORY_KEY):
                kept = self.kept.setdefault(task, {})
                kept.pop(version, None)
                if value:
                    kept[version] = parse_snapshot(value)
            elif value:
                self.live[task] = parse_snapshot(value)
            else:
                self.live.pop(task, None)
        except (SnapshotError, msgspec.DecodeError, ValueError) as error:
            self.refused[key] = str(error)
        else:
            self.refused.pop(key, None)

    def _pin(self, task: Task, value: bytes) -> None:
        if value:
            self.pins[task] = msgspec.json.decode(value, type=Pin)
        else:
            self.pins.pop(task, None)


def read_models(settings: Settings) -> Models:
    """All models of the topic, as a job that starts now would find them.

    Raises:
        BrokerError: If Kafka does not answer.
    """
    topic = topics.name_of(topics.KNOWLEDGE, settings.topic_prefix)
    found = Models()
    with Reader(kafka_of(settings)) as reader:
        reader.assign([(topic, each) for each in range(reader.partitions().get(topic, 0))])
        for message in reader.backlog():
            if message.key:
                found.take(message.key.decode(errors="replace"), message.value)
    return found


def make_live(settings: Settings, snapshot: Snapshot, value: bytes, why: str | None) -> None:
    """Pin a version: it goes live, and the learn job leaves it there until it is released.

    Args:
        settings: of the stack.
        snapshot: the version.
        value: the same as JSON.
        why: for those who read of it later.

    Raises:
        ModelError: If another one is live all the same.
    """
    task = snapshot.task
    pin = Pin(snapshot.version, now_ms(), why)
    write(settings, PIN_KEY + task, msgspec.json.encode(pin))
    for _ in range(TRIES):
        write(settings, MODEL_KEY + task, value)
        time.sleep(SETTLE_S)
        live = read_models(settings).live.get(task)
        if live is not None and live.version == snapshot.version:
            return
    raise ModelError(f"{task}: {snapshot.version} was overwritten: is an older learn job running?")


def write(settings: Settings, key: str, value: bytes | None) -> None:
    """One knowledge record; None takes a key back.

    Raises:
        BrokerError: If Kafka does not take it.
    """
    writer = Writer(kafka_of(settings))
    writer.write(topics.name_of(topics.KNOWLEDGE, settings.topic_prefix), key, value)
    writer.flush()
