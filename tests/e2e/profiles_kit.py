"""A profile sink on topics and a keyspace of its own, with the means to feed, stop and check it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cassandra.cluster import Session
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
)

from connectors.cassandra.keys import UserKeys
from connectors.cassandra.profiles import ProfileRow
from connectors.cassandra.reading import reading
from connectors.cassandra.reconcile import Report, differences, expected_rows
from connectors.cassandra.sealing import opened_rows
from connectors.cassandra.session import CassandraSettings, close, connect
from connectors.crypto import FieldCipher, KeyRing
from connectors.kafka.consumer import lag_of, read_to_end
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from deploy.local.stack import Stack
from deploy.secrets import master_keys
from jobs.profiles import group_of

PARTITIONS = 3
MAX_POLL_INTERVAL_MS = 10_000


def wait_until(what: str, holds: Callable[[], bool], timeout_s: float = 180.0) -> None:
    """Return as soon as it holds."""
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.05)


def snapshot(user: str, version: int, *, erased: bool = False) -> bytes:
    """A snapshot whose content follows from its user and version."""
    some = {} if erased else {"version": version}
    return msgspec.json.encode(
        {
            "user_id": user,
            "version": version,
            "updated_at_ms": 1_700_000_000_000 + version,
            "time_zone": None if erased or version % 3 == 0 else "Europe/Berlin",
            "identifiers": {} if erased else {"email": f"{user}@example.org"},
            "attributes": some,
            "preferences": {},
            "consent": {} if erased else {"marketing": version % 2 == 0},
            "activity": {"events": 0 if erased else version, "sessions": 0},
            "channels": {},
            "held": {"count": 0},
            "duplicates": 0,
            "erased": erased,
        }
    )


class Worker:
    """The sink as a process of its own."""

    def __init__(
        self, rig: "Rig", log: Path, arguments: tuple[str, ...], module: str = "profiles"
    ) -> None:
        self._scope = f"tactful_{module}"
        self._log = log
        self._file = log.open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                f"jobs.{module}",
                f"--bootstrap={rig.kafka}",
                f"--cassandra={rig.cassandra}",
                f"--prefix={rig.prefix}",
                f"--keyspace={rig.keyspace}",
                f"--max-poll-interval-ms={MAX_POLL_INTERVAL_MS}",
                "--request-timeout-ms=2000",
                "--metrics-port=0",
                *([f"--redis={rig.stack.settings.redis_url}"] if module == "profiles" else []),
                *arguments,
            ],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **rig.stack.settings.environment()},
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def metric(self, name: str) -> float:
        """A metric's value; 0 while the worker does not serve metrics yet."""
        port = re.search(r"metrics on http://[\d.]+:(\d+)/", self.log)
        if port is None:
            return 0.0
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        values = re.findall(rf"^{self._scope}_{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for value in values)

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self._file.close()
        return status

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(60)
        self._file.close()


class Rig:
    """Topics and keyspace that nobody else uses, on the shared stack."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        mark = uuid.uuid4().hex[:8]
        self.stack = stack
        self.prefix = f"profiles-{mark}"
        self.keyspace = f"profiles_{mark}"
        self.kafka = kafka_of(stack.settings)
        self.cassandra = stack.settings.addresses()["cassandra"]
        self.topic = f"{self.prefix}.profiles"
        self.dead_letters = f"{self.prefix}.dead-letters"
        self.ledger = f"{self.prefix}.ledger"
        self.audit = f"{self.prefix}.audit"
        self._topics = [self.topic, self.dead_letters, self.ledger, self.audit]
        self._folder = folder
        self._workers: list[Worker] = []
        self.admin = AdminClient(self.kafka.client_settings())
        compact = {"cleanup.policy": "compact"}
        made = self.admin.create_topics(
            [
                NewTopic(self.topic, PARTITIONS, 1, config=compact),
                *(NewTopic(name, 1, 1) for name in self._topics[1:]),
            ]
        )
        for future in made.values():
            future.result(60)

    def start(self, *arguments: str, module: str = "profiles") -> Worker:
        log = self._folder / f"worker-{len(self._workers)}.log"
        worker = Worker(self, log, arguments, module)
        self._workers.append(worker)
        return worker

    def producer(self) -> Producer:
        return Producer(self.kafka, "test")

    def send(self, records: list[tuple[str, bytes | None]]) -> None:
        with self.producer() as producer:
            for user, value in records:
                producer.send(self.topic, user.encode(), value)

    @property
    def lag(self) -> int:
        return lag_of(self.kafka, group_of(self.prefix), self.topic)

    def wait_written(self, timeout_s: float = 180.0) -> None:
        wait_until("everything is committed", lambda: self.lag == 0, timeout_s)

    def rows(self) -> dict[str, ProfileRow]:
        """The table, write times included."""
        settings = CassandraSettings.parse(self.cassandra, keyspace=self.keyspace)
        with reading(settings) as profiles:
            return {row.user_id: row for row in profiles.scan()}

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in the rig's keyspace."""
        session = connect(CassandraSettings.parse(self.cassandra))
        try:
            session.set_keyspace(self.keyspace)
            yield session
        finally:
            close(session)

    def cipher(self, session: Session) -> FieldCipher:
        """What opens the rig's contact data."""
        return FieldCipher(KeyRing(master_keys(self.stack.settings), UserKeys(session)))

    def opened(self) -> dict[str, ProfileRow]:
        """The table with its contact data decrypted."""
        with self.session() as session:
            found = opened_rows(self.rows().values(), self.cipher(session))
            return {row.user_id: row for row in found}

    def verify(self) -> Report:
        return differences(
            expected_rows(read_to_end(self.kafka, [self.topic])), self.opened().values()
        )

    def rewind(self, group: str | None = None, topic: str | None = None) -> None:
        """Set a group's offsets back to the beginning; no worker may run."""
        numbers = range(PARTITIONS if topic is None else 1)
        places = [TopicPartition(topic or self.topic, number, 0) for number in numbers]
        request = [ConsumerGroupTopicPartitions(group or group_of(self.prefix), places)]
        for future in self.admin.alter_consumer_group_offsets(request).values():
            future.result(60)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`tactful` with these arguments, on this rig."""
        env = self.stack.settings.environment()
        env |= {"TACTFUL_TOPIC_PREFIX": self.prefix, "TACTFUL_KEYSPACE": self.keyspace}
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def close(self) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.kill()
        self.admin.delete_topics(self._topics)


@contextmanager
def rig_on(stack: Stack, folder: Path) -> Iterator[Rig]:
    """A rig for as long as the block lasts."""
    rig = Rig(stack, folder)
    try:
        yield rig
    finally:
        rig.close()
