"""A decide job on topics of its own, with the means to feed it, read what it said, and break it."""

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from confluent_kafka import Message
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.kafka.consumer import read_to_end
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from schemas.codec import decode_record, encode
from tactful import topics
from tactful.policy import (
    Cap,
    ChannelPolicy,
    NotificationType,
    Policy,
    Purpose,
    Timing,
)
from tactful.records import (
    DeadLetter,
    Decision,
    Event,
    Example,
    Feedback,
    LedgerEntry,
    Priority,
    ProfileSnapshot,
    ProfileUpdate,
    RecordKind,
    Request,
)

T = TypeVar("T", bound=msgspec.Struct)
Sent = Event | Request | Feedback | ProfileUpdate

JOB = Path(__file__).parents[2] / "jobs" / "decide.py"
PARTITIONS = 2
CHANNELS = ("email", "push", "in_app")
DAY_MS = 86_400_000
LABEL_WINDOW_MS = 5_000
"""So short that a test can wait for the timer that tells an example."""
POLICY_KEY = "policy/default"

KINDS = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    Feedback: RecordKind.FEEDBACK,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}


def policy(version: str, promotions_a_day: int = 2) -> Policy:
    """A policy whose verdicts don't depend on the time of day at which the tests run."""
    return Policy(
        version=version,
        types={
            "promotion": NotificationType(Purpose.MARKETING, ("email", "push")),
            "receipt": NotificationType(Purpose.TRANSACTIONAL, ("email", "push")),
        },
        channels={
            "email": ChannelPolicy(
                address="email", engage_prob=0.3, label_window_ms=LABEL_WINDOW_MS
            ),
            "push": ChannelPolicy(
                address="push_token", engage_prob=0.2, label_window_ms=LABEL_WINDOW_MS
            ),
        },
        caps=(Cap(name="daily", max=promotions_a_day, window_ms=DAY_MS),),
        quiet_hours=None,
        timing=Timing(best_time_within_ms={}),
    )


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def wait_until(what: str, holds: Callable[[], bool], timeout_s: float = 180.0) -> float:
    """Return as soon as it holds, with the seconds it took."""
    started_s = time.monotonic()
    while not holds():
        assert time.monotonic() - started_s < timeout_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - started_s


def introduction(user: str, at_ms: int | None = None) -> ProfileUpdate:
    """What makes a user reachable."""
    at_ms = at_ms or now_ms()
    return ProfileUpdate(
        id=f"intro-{user}",
        user_id=user,
        at_ms=at_ms,
        identifiers={"email": f"{user}@example.org", "push_token": f"token-{user}"},
        consent={"marketing": True},
        time_zone="Europe/Berlin",
    )


def request(user: str, name: str, type_: str = "receipt", at_ms: int | None = None) -> Request:
    return Request(
        id=name, user_id=user, type=type_, priority=Priority.NORMAL, at_ms=at_ms or now_ms()
    )


class DecideRig:
    """Topics and a job that nobody else uses, on the shared stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.flink = Flink(stack.settings)
        self.prefix = f"decide-{uuid.uuid4().hex[:8]}"
        self.kafka = kafka_of(stack.settings)
        self.job_id = ""
        self._admin = AdminClient(self.kafka.client_settings())
        words = [
            *(kind.value for kind in topics.INPUTS),
            *(topics.KNOWLEDGE, topics.LEDGER, topics.PROFILES),
            *(topics.EXAMPLES, topics.DEAD_LETTERS),
            *(f"{topics.DECISIONS}.{channel}" for channel in CHANNELS),
        ]
        self.topics = [self.topic(word) for word in words]
        made = self._admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in self.topics])
        for future in made.values():
            future.result(60)

    def topic(self, word: str) -> str:
        return topics.name_of(word, self.prefix)

    def submit(self, *arguments: str, from_savepoint: str | None = None) -> str:
        self.job_id = self.flink.submit(
            JOB,
            [
                f"--bootstrap={self.kafka}",
                f"--prefix={self.prefix}",
                f"--channels={','.join(CHANNELS)}",
                f"--name={self.prefix}",
                *arguments,
            ],
            from_savepoint=from_savepoint,
        )
        return self.job_id

    def start(self, *arguments: str, from_savepoint: str | None = None) -> None:
        self.flink.wait_running(self.submit(*arguments, from_savepoint=from_savepoint))

    def close(self) -> None:
        if self.job_id:
            self.flink.cancel(self.job_id)
        self._admin.delete_topics(self.topics)

    # What goes in

    def producer(self) -> Producer:
        return Producer(self.kafka, "test")

    def send(self, records: Sequence[Sent], *, stamped: bool = False) -> None:
        """Write records as JSON; `stamped` gives them their own time, as for history."""
        with self.producer() as producer:
            for record in records:
                producer.send(
                    self.topic(KINDS[type(record)]),
                    record.user_id.encode(),
                    encode(record),
                    timestamp_ms=record.at_ms if stamped else None,
                )

    def introduce(self, *users: str) -> None:
        """Make users reachable; returns when the job knows it, for topics have no common order."""
        self.send([introduction(user) for user in users])
        wait_until("the users are known", lambda: set(users) <= self.profiles().keys())

    def send_raw(self, word: str, key: bytes | None, value: bytes | None) -> None:
        with self.producer() as producer:
            producer.send(self.topic(word), key, value)

    def send_policy(self, wanted: Policy) -> None:
        self.send_raw(topics.KNOWLEDGE, POLICY_KEY.encode(), msgspec.json.encode(wanted))

    # What comes out

    def messages(self, word: str) -> list[Message]:
        return list(read_to_end(self.kafka, [self.topic(word)], timeout_s=60))

    def read(self, word: str, type_: type[T]) -> list[T]:
        return [decode_record(type_, message.value() or b"") for message in self.messages(word)]

    def ledger(self) -> dict[str, list[LedgerEntry]]:
        """The entries of each request, in order."""
        found = defaultdict(list)
        for entry in self.read(topics.LEDGER, LedgerEntry):
            found[entry.request_id].append(entry)
        return found

    def decisions(self) -> dict[str, list[Decision]]:
        """What was sent for each request."""
        found = defaultdict(list)
        for channel in CHANNELS:
            for decision in self.read(f"{topics.DECISIONS}.{channel}", Decision):
                found[decision.request_id].append(decision)
        return found

    def dead_letters(self) -> list[DeadLetter]:
        return self.read(topics.DEAD_LETTERS, DeadLetter)

    def examples(self) -> dict[str, list[Example]]:
        """What was learnt from each decision, the newest revision last."""
        found = defaultdict(list)
        for example in self.read(topics.EXAMPLES, Example):
            if example.decision_id is not None:
                found[example.decision_id].append(example)
        for revisions in found.values():
            revisions.sort(key=lambda example: example.revision)
        return found

    def profiles(self) -> dict[str, ProfileSnapshot]:
        """The newest snapshot of each user."""
        found = self.read(topics.PROFILES, ProfileSnapshot)
        return {snapshot.user_id: snapshot for snapshot in sorted(found, key=lambda s: s.version)}

    def verdict(self, asked: Request, timeout_s: float = 180.0) -> LedgerEntry:
        """Send a request and wait for its first verdict."""
        self.send([asked])
        return self.first_verdict(asked.id, timeout_s)

    def first_verdict(self, request_id: str, timeout_s: float = 180.0) -> LedgerEntry:
        wait_until(
            f"a verdict for {request_id}", lambda: bool(self.ledger()[request_id]), timeout_s
        )
        return self.ledger()[request_id][0]

    def only_decision(self, request_id: str) -> Decision:
        """Wait for the decision of a request that is sent once."""
        wait_until(f"a decision for {request_id}", lambda: bool(self.decisions()[request_id]))
        (decision,) = self.decisions()[request_id]
        return decision

    @property
    def failure(self) -> str:
        """Why the job was restarted the last time; empty if it never was."""
        return self.flink.root_cause(self.job_id)


class Load:
    """Requests at a steady rate until told to end; every user also gets promotions."""

    def __init__(self, rig: DecideRig, users: Sequence[str], per_s: int) -> None:
        self._rig = rig
        self._users = users
        self._pause_s = 1 / per_s
        self._end = threading.Event()
        self._error: Exception | None = None
        self.sent: list[str] = []

    def _run(self) -> None:
        try:
            with self._rig.producer() as producer:
                while not self._end.wait(self._pause_s):
                    number = len(self.sent)
                    user = self._users[number % len(self._users)]
                    type_ = "promotion" if number % 3 else "receipt"
                    asked = request(user, f"{user}-{number}", type_)
                    topic = self._rig.topic(RecordKind.REQUEST)
                    producer.send(topic, user.encode(), encode(asked))
                    self.sent.append(asked.id)
        except Exception as error:  # noqa: BLE001 - told to the test by the context below
            self._error = error

    def wait_decided(self) -> None:
        """Wait until what was just sent has a verdict."""
        wait_until("the load flows", lambda: bool(self.sent))
        newest = self.sent[-1]
        self._rig.first_verdict(newest)

    @contextmanager
    def running(self) -> Iterator["Load"]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield self
        finally:
            self._end.set()
            thread.join(120)
        assert self._error is None, self._error


@contextmanager
def rig_on(stack: Stack) -> Iterator[DecideRig]:
    """A rig for as long as the block lasts."""
    rig = DecideRig(stack)
    try:
        yield rig
    finally:
        rig.close()
