"""The decide job on the local cluster: topics of its own, full speed, and steady load.

Full speed: every user gets a profile and 200,000 records warm the job up; the job stops with a
savepoint; a backlog is written; the job resumes and its way through the backlog is measured, from
its first output to the profile of the last event. Neither start-up nor writing the backlog counts.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Self

import msgspec
import psutil
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.percentiles import percentiles
from bench.traffic import Raw, first_updates, last_events, mixed
from connectors.kafka.consumer import ends_of, group_consumer, partitions_of
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from deploy.local import topics as local_topics
from deploy.local.errors import StackError
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from deploy.settings import Settings
from tactful import topics

POLL_S = 0.2
GIVE_UP_S = 900.0
WARM_UP = 200_000


class Entry(msgspec.Struct):
    """What the benchmark reads of a ledger entry."""

    request_id: str
    requested_at_ms: int
    verdict: str


_entry = msgspec.json.Decoder(Entry)


class Run:
    """One job with topics of its own on a running stack; gone when it ends."""

    def __init__(self, base: Settings, word: str, options: tuple[str, ...] = ()) -> None:
        self.settings = base.model_copy(
            update={"topic_prefix": f"bench-{word}-{time.time_ns() // 1_000_000}"}
        )
        self.flink = Flink(self.settings)
        self.options = options
        self.job_id: str | None = None
        self.beside: str | None = None
        self._from: dict[str, dict[int, int]] = {}
        local_topics.ensure(self.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for job_id in (self.job_id, self.beside):
            if job_id is not None:
                with suppress(Exception):
                    self.flink.cancel(job_id)
        admin = AdminClient({**kafka_of(self.settings).client_settings(), "log_level": 2})
        names = [topic.name for topic in local_topics.wanted(self.settings)]
        for future in admin.delete_topics(names).values():
            with suppress(Exception):
                future.result(timeout=30)

    def submit(self, savepoint: str | None = None) -> None:
        """Run the decide job on the run's topics, from a savepoint or from the beginning."""
        prefix = self.settings.topic_prefix
        arguments = ("--prefix", prefix, "--name", prefix, "--parallelism", "1", *self.options)
        job_file = self.settings.root / "jobs" / "decide.py"
        self.job_id = self.flink.submit(job_file, arguments, from_savepoint=savepoint)
        self.flink.wait_running(self.job_id)

    def learn(self) -> None:
        """Run the learn job on the run's examples, on a TaskManager of its own."""
        name = f"{self.settings.topic_prefix}-learn"
        bootstrap = f"--bootstrap={self.settings.kafka_bootstrap}"
        arguments = (bootstrap, f"--prefix={self.settings.topic_prefix}", f"--name={name}")
        ready_stack(self.settings)
        job_file = self.settings.root / "jobs" / "learn.py"
        self.beside = self.flink.submit(job_file, arguments)
        self.flink.wait_running(self.beside)
        ready_stack(self.settings)

    def pause(self) -> str:
        """Stop the job with a savepoint, whose path comes back."""
        assert self.job_id is not None
        return self.flink.stop_with_savepoint(self.job_id)

    def write(self, records: Iterable[Raw]) -> int:
        """Write records to their topics; returns how many are requests."""
        requests = 0
        with Producer(kafka_of(self.settings), "tactful-bench") as writer:
            for raw in records:
                writer.send(self.topic(raw.kind), raw.key, raw.value)
                requests += raw.kind == "requests"
        return requests

    def publish(self, knowledge: Mapping[str, bytes]) -> None:
        """Publish policies and models by their keys; a job that starts knows them at once."""
        with Producer(kafka_of(self.settings), "tactful-bench") as writer:
            for key, value in knowledge.items():
                writer.send(self.topic(topics.KNOWLEDGE), key.encode(), value)

    def topic(self, word: str) -> str:
        """The full name of one of the run's topics."""
        return topics.name_of(word, self.settings.topic_prefix)

    def ends(self, word: str) -> dict[int, int]:
        """The end of each partition of a topic."""
        consumer = self._consumer()
        try:
            name = self.topic(word)
            return {
                number: ends_of(consumer, TopicPartition(name, number))[1]
                for number in partitions_of(consumer, name)
            }
        finally:
            consumer.close()

    def tails(self, word: str) -> list[TopicPartition]:
        """Where a reader of what comes from now on begins."""
        name = self.topic(word)
        return [TopicPartition(name, number, end) for number, end in self.ends(word).items()]

    def await_count(self, word: str, count: int) -> None:
        """Wait until a topic holds that many records."""
        deadline_s = time.monotonic() + GIVE_UP_S
        while sum(self.ends(word).values()) < count:
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{self.topic(word)}: {self.ends(word)}, wanted {count} records")
            assert self.job_id is not None
            state = self.flink.job(self.job_id)["state"]
            if state not in ("RUNNING", "RESTARTING"):
                raise RuntimeError(f"the job is {state}: {self.flink.root_cause(self.job_id)}")
            time.sleep(POLL_S)

    def await_worked_off(self, name: str) -> int:
        """Wait until the `last_events` of a name were decided about; when the last one was, ms.

        Other topics are shorter than that of the events, and read beside it, so they are done too.
        """
        profiles = self.topic(topics.PROFILES)
        consumer = self._consumer()
        consumer.assign(
            [TopicPartition(profiles, number, end) for number, end in self._from[name].items()]
        )
        missing = {raw.key for raw in last_events(name)}
        last_ms = 0
        deadline_s = time.monotonic() + GIVE_UP_S
        try:
            while missing:
                for message in consumer.consume(10_000, timeout=POLL_S):
                    key = message.key() or b""
                    if key in missing:
                        missing.discard(key)
                        last_ms = max(last_ms, message.timestamp()[1])
                if time.monotonic() > deadline_s:
                    raise TimeoutError(f"{profiles}: no profile of {sorted(missing)}")
        finally:
            consumer.close()
        return last_ms

    def write_all(self, name: str, records: Iterable[Raw]) -> int:
        """Write records and the `last_events` behind them; returns how many are requests."""
        self._from[name] = self.ends(topics.PROFILES)
        requests = self.write(records)
        self.write(last_events(name))
        return requests

    def messages(self, word: str, start: dict[int, int] | None = None) -> Iterable[Any]:
        """The records of a topic from the given offsets (or its beginning) to its end now."""
        ends = {number: end for number, end in self.ends(word).items() if end}
        name = self.topic(word)
        consumer = self._consumer()
        left = 0
        assigned = []
        for number, end in ends.items():
            first = (start or {}).get(number, 0)
            left += end - first
            if end > first:
                assigned.append(TopicPartition(name, number, first or OFFSET_BEGINNING))
        consumer.assign(assigned)
        try:
            while left > 0:
                for message in consumer.consume(10_000, timeout=5):
                    partition, offset = message.partition(), message.offset()
                    assert partition is not None
                    assert offset is not None
                    if message.error() is None and offset < ends[partition]:
                        left -= 1
                        yield message
        finally:
            consumer.close()

    def _consumer(self) -> Consumer:
        return group_consumer(kafka_of(self.settings), "tactful-bench")


def ready_stack(settings: Settings) -> Stack:
    """The stack, up, with a slot free for the benchmark's job."""
    stack = Stack(settings)
    stack.up()
    if Flink(settings).free_slots() == 0:
        running = sum(part.name.startswith("taskmanager") for part in stack.parts())
        stack.up(running + 1)
    return stack


def up_again(stack: Stack, patience: int = 5) -> None:
    """Start what was killed; a machine under load may take longer than the stack has patience."""
    for _ in range(patience):
        try:
            stack.up()
        except StackError as error:
            print(f"  {str(error).splitlines()[0]}; once more", flush=True)
        else:
            return
    stack.up()


def full_speed(
    settings: Settings,
    backend: str,
    count: int,
    users: int,
    options: tuple[str, ...] = (),
    knowledge: Mapping[str, bytes] | None = None,
    *,
    learning: bool = False,
) -> dict[str, Any]:
    """Events per second and CPU seconds per million, Kafka to Kafka, on a warm cluster.

    Args:
        settings: the stack.
        backend: of the state.
        count: records.
        users: that they belong to.
        options: of the job.
        knowledge: policy and models in force, by key.
        learning: whether the learn job runs beside it.
    """
    with Run(settings, backend, ("--state-backend", backend, *options)) as run:
        run.publish(knowledge or {})
        now_ms = time.time_ns() // 1_000_000
        run.write(first_updates(users, now_ms - 3_600_000))
        if learning:
            run.learn()
        run.submit()
        run.await_count(topics.PROFILES, users)
        run.write_all("warm", mixed(min(WARM_UP, count), users, 7, now_ms))
        run.await_worked_off("warm")
        savepoint = run.pause()
        ledger, profiles = run.ends(topics.LEDGER), run.ends(topics.PROFILES)
        requests = run.write_all("all", mixed(count, users, 8, time.time_ns() // 1_000_000))
        run.submit(savepoint)
        worker = taskmanager_of(settings, run)
        cpu_before = sum(worker.cpu_times()[:2])
        last_ms = run.await_worked_off("all")
        cpu_s = sum(worker.cpu_times()[:2]) - cpu_before
        memory_mb = worker.memory_info().rss / 1e6
        verdicts: Counter[str] = Counter()
        seen: set[str] = set()
        for message in run.messages(topics.LEDGER, ledger):
            entry = _entry.decode(message.value())
            if entry.request_id.startswith("request-8-") and entry.request_id not in seen:
                seen.add(entry.request_id)
                verdicts[entry.verdict] += 1
        if len(seen) != requests:
            raise RuntimeError(f"{requests} requests, but {len(seen)} have a verdict")
        stamps = [message.timestamp()[1] for message in run.messages(topics.PROFILES, profiles)]
        wall_s = (last_ms - min(stamps)) / 1000
        return {
            "backend": backend,
            "records": count,
            "users": users,
            "records_per_s": round(count / wall_s),
            "cpu_s_per_million": round(cpu_s / count * 1e6, 1),
            "wall_s": round(wall_s, 1),
            "taskmanager_rss_mb": round(memory_mb),
            "first_verdicts": dict(verdicts),
            "profile_snapshots": len(stamps),
        }


def steady(settings: Settings, per_second: int, seconds: int, users: int) -> dict[str, Any]:
    """Lag from the moment a request is written to the moment its verdict is read."""
    with Run(settings, "steady") as run:
        now_ms = time.time_ns() // 1_000_000
        run.write(first_updates(users, now_ms - 3_600_000))
        run.submit()
        run.await_count(topics.PROFILES, users)
        run.write_all("warm", mixed(WARM_UP, users, 7, now_ms))
        run.await_worked_off("warm")
        from bench.load import paced

        lags_ms, lost = paced(run, per_second, seconds, users)
        return {
            "records_per_s": per_second,
            "seconds": seconds,
            "requests": len(lags_ms) + lost,
            "unanswered": lost,
            "lag_ms": percentiles(lags_ms),
        }


def naive(settings: Settings, count: int, users: int) -> dict[str, Any]:
    """The same job as Flink runs Python by default: in a process of its own."""
    with Run(settings, "process", ("--execution-mode", "process")) as run:
        now_ms = time.time_ns() // 1_000_000
        run.write(first_updates(users, now_ms - 3_600_000))
        run.write_all("all", mixed(count, users, 8, now_ms))
        run.submit()
        last_ms = run.await_worked_off("all")
        stamps = [message.timestamp()[1] for message in run.messages(topics.PROFILES)]
        wall_s = (last_ms - min(stamps)) / 1000
        return {"records": count + users, "records_per_s": round((count + users) / wall_s)}


def taskmanager_of(settings: Settings, run: Run) -> psutil.Process:
    """The process that the run's job runs in: the TaskManager whose CPU is read."""
    stack = Stack(settings)
    assert run.job_id is not None
    ids = run.flink.task_managers(run.job_id)
    names = [part.name for part in stack.parts() if part.name.startswith("taskmanager")]
    for name in names:
        if any(name in each for each in ids) or len(names) == 1:
            return psutil.Process(stack.pid(name))
    raise RuntimeError(f"job runs on {ids}, of which none is in {names}")
