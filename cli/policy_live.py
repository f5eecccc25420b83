"""The policy in the knowledge topic: which one holds, publishing one, and whether it is used."""

import re
import time
from typing import NamedTuple, Self

import msgspec

from cli.broker import BrokerError, Reader, Writer, Written
from cli.partitions import partition_of
from deploy.connections import kafka_of
from deploy.settings import HOST, MAX_TASK_MANAGERS, Settings
from tactful import topics
from tactful.knowledge import POLICY_KEY
from tactful.policy import DEFAULT_POLICY, Policy, PolicyError, parse_policy
from tactful.records import DeadLetter

_ASK_TIMEOUT_S = 2.0
_POLL_S = 0.05
_UPDATES = re.compile(
    r"^flink_taskmanager_job_task_operator_tactful_knowledge_updates\{(.*)\} (\S+)$", re.MULTILINE
)


class Live(NamedTuple):
    """The policy that a job takes from the topic.

    Attributes:
        policy: the last good one; the default if there is none.
        source: where it stands, in words.
        refused: why the newest record can't be used; None if it can.
    """

    policy: Policy
    source: str
    refused: str | None = None


class Use(NamedTuple):
    """What became of a published policy.

    Attributes:
        after_s: how long after Kafka had it the job was seen to use it; None if it was not.
        refused: why the job did not take it; None if it did.
        said: what is known, as a sentence.
    """

    after_s: float | None
    refused: str | None
    said: str


def live_policy(settings: Settings) -> Live:
    """The policy that holds, as a job that starts now would find it.

    Raises:
        BrokerError: If Kafka does not answer, or there is no topic.
    """
    topic = topics.name_of(topics.KNOWLEDGE, settings.topic_prefix)
    found = Live(DEFAULT_POLICY, f"the default, as {topic} holds none")
    with Reader(kafka_of(settings)) as reader:
        place = _place(reader, topic)
        reader.assign([place])
        for message in reader.backlog():
            if message.key != POLICY_KEY.encode():
                continue
            where = f"{topic}, partition {message.partition}, offset {message.offset}"
            if not message.value:
                found = Live(DEFAULT_POLICY, f"the default, since the reset at {where}")
                continue
            try:
                policy = parse_policy(message.value)
                _check_channels(policy, settings)
            except PolicyError as error:
                found = found._replace(refused=f"{where}: {error}")
            else:
                found = Live(policy, where)
    return found


def channels_without_topic(policy: Policy, settings: Settings) -> list[str]:
    """The policy's channels that decisions can't go to."""
    return [name for name in policy.channels if name not in settings.channels]


class Publishing:
    """One record of the policy's key, from the moment before it is written to its use.

    Args:
        settings: of the stack.
        job_id: the decide job that should take it; None if none runs.
    """

    def __init__(self, settings: Settings, job_id: str | None) -> None:
        self._settings = settings
        self._job_id = job_id
        self._topic = topics.name_of(topics.KNOWLEDGE, settings.topic_prefix)
        self._letters = Reader(kafka_of(settings))
        name = topics.name_of(topics.DEAD_LETTERS, settings.topic_prefix)
        count = self._letters.partitions().get(name, 0)
        self._letters.assign_end([(name, number) for number in range(count)])
        # Counted before the job's own count is read: rather too many rises awaited than too few.
        self._records = self._letters.written(self._topic)
        self._before = _updates(settings, job_id)
        self._written_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._letters.__exit__(None, None, None)

    def publish(self, value: bytes | None) -> Written:
        """Write the record; None takes the policy back.

        Raises:
            BrokerError: If Kafka does not take it.
        """
        _place(self._letters, self._topic)
        went: list[Written] = []
        writer = Writer(kafka_of(self._settings))
        writer.write(self._topic, POLICY_KEY, value, done=went.append)
        writer.flush()
        self._written_s = time.monotonic()
        return went[0]

    def wait(self, place: Written, timeout_s: float) -> Use:
        """Wait until every task of the job has taken the record, or has refused it.

        A task counts the knowledge records that it takes into use; when it has counted as many as
        were written to the topic since, this one is among them.
        """
        if self._job_id is None:
            return Use(None, None, "No decide job runs; the next one starts with it.")
        if not self._before:
            return Use(
                None, None, "The decide job's metrics don't answer: whether it uses it is unknown."
            )
        while time.monotonic() - self._written_s < timeout_s:
            refused = self._refusal(place)
            if refused is not None:
                return Use(
                    None, refused, "The decide job refused it and goes on with the last good one"
                )
            now = _updates(self._settings, self._job_id)
            after_s = time.monotonic() - self._written_s
            taken = min(now.get(task, 0) - count for task, count in self._before.items())
            # Asking Kafka takes seconds, so it comes last.
            if taken > 0 and taken >= self._letters.written(self._topic) - self._records:
                return Use(after_s, None, f"In use by the decide job, seen after {after_s:.2f} s.")
        return Use(
            None,
            None,
            f"The decide job was not seen to use it within {timeout_s:g} s; `tactful status` and "
            "`tactful logs taskmanager-1` tell more.",
        )

    def _refusal(self, place: Written) -> str | None:
        for message in self._letters.poll(_POLL_S):
            try:
                letter = msgspec.json.decode(message.value, type=DeadLetter)
            except msgspec.DecodeError:
                continue
            if (letter.topic, letter.partition, letter.offset) == (
                place.topic,
                place.partition,
                place.offset,
            ):
                return letter.detail
        return None


def _place(reader: Reader, topic: str) -> tuple[str, int]:
    """The partition of the policy."""
    count = reader.partitions().get(topic, 0)
    if count == 0:
        raise BrokerError(f"There is no topic {topic}. `tactful up` makes the topics.")
    return topic, partition_of(POLICY_KEY, count)


def _check_channels(policy: Policy, settings: Settings) -> None:
    unknown = channels_without_topic(policy, settings)
    if unknown:
        raise PolicyError([f"channels {unknown} have no topic for their decisions"])


def _updates(settings: Settings, job_id: str | None) -> dict[str, float]:
    """How many knowledge records each task of the job has taken into use, by its labels."""
    import http.client

    found: dict[str, float] = {}
    for number in range(1, MAX_TASK_MANAGERS + 1) if job_id else ():
        port = settings.taskmanager_metrics_port(number)
        connection = http.client.HTTPConnection(HOST, port, timeout=_ASK_TIMEOUT_S)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
        for labels, value in _UPDATES.findall(text):
            if f'job_id="{job_id}"' in labels:
                found[labels] = float(value)
    return found
