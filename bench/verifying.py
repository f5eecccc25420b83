"""A loaded run in which everything is killed once, and then: do all places agree?"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaException

from bench.cluster import Run, ready_stack, up_again
from bench.traffic import first_updates, unsettled, user_id
from cli.pipeline import ensure_history_sink, ensure_profile_sink
from connectors.cassandra.session import CassandraSettings, close, connect
from connectors.kafka.consumer import lag_of
from connectors.kafka.producer import Producer
from connectors.profile_reader import ProfileReader, StoreError
from connectors.redis.cache import CacheSettings, ProfileCache
from connectors.verify import Report, Sources, verify
from deploy.connections import cassandra_of, kafka_of, redis_of
from deploy.local.stack import Stack
from deploy.secrets import master_keys
from deploy.settings import Settings
from jobs import history, profiles
from tactful import topics

USERS = 12_000
COMPARED = 10_000
RECORDS_PER_S = 100
SECONDS = 240
SETTLE_S = 240.0
AWAY_S = 30.0


def loaded_and_verified(
    settings: Settings,
    users: int = USERS,
    per_second: int = RECORDS_PER_S,
    seconds: int = SECONDS,
    compared: int = COMPARED,
) -> dict[str, Any]:
    """Load with restarts of every part, then the comparison of a sample in all places."""
    stack = ready_stack(settings)
    mark = time.time_ns() // 1_000_000
    with Run(settings, "verify") as run:
        run.settings = run.settings.model_copy(update={"keyspace": f"bench_verify_{mark}"})
        sinks = [ensure_profile_sink(run.settings), ensure_history_sink(run.settings)]
        try:
            run.submit()
            run.write(first_updates(users, time.time_ns() // 1_000_000))
            with _readers(run.settings, users) as read:
                broken = _loaded(run, stack, users, per_second, seconds)
            _wait_for_sinks(run.settings)
            report = _verified(run.settings, compared)
        finally:
            for name in sinks:
                stack.stop_part(name)
            _drop(run.settings)
    return {
        "users": users,
        "records_per_s": per_second,
        "seconds": seconds,
        "restarts": broken,
        "reads": dict(read),
        "compared": report.users,
        "agreeing_share": round(report.agreeing_share, 5),
        "unexplained": len(report.unexplained),
        "differences": report.counts(),
        "explanations": dict(Counter(each.explanation or "none" for each in report.differences)),
        "records_lived_through": report.records,
        "ledger_entries": report.entries,
        "cached": report.cached,
    }


def _loaded(run: Run, stack: Stack, users: int, per_second: int, seconds: int) -> list[str]:
    """Write at a steady pace, while one part after another is taken away and comes back."""
    broken: list[str] = []
    over = threading.Event()
    breaker = threading.Thread(target=_break, args=(run, stack, seconds, broken, over))
    breaker.start()
    try:
        # quiet, and patient: Kafka is killed meanwhile, and may take minutes to come back
        patient = {"log_level": 2, "delivery.timeout.ms": 3_600_000}
        with Producer(kafka_of(run.settings), "tactful-bench", patient) as writer:
            began_s = time.monotonic()
            for number, raw in enumerate(unsettled(per_second * seconds, users, seed=3)):
                ahead_s = began_s + number / per_second - time.monotonic()
                if ahead_s > 0.005:
                    time.sleep(ahead_s)
                writer.send(run.topic(raw.kind), raw.key, raw.value)
            writer.flush(900)
    finally:
        over.set()
        breaker.join()
    return broken


def _break(run: Run, stack: Stack, seconds: int, broken: list[str], over: threading.Event) -> None:
    def away(part: str) -> Callable[[], None]:
        def take_away() -> None:
            stack.kill_part(part)
            time.sleep(AWAY_S)
            up_again(stack)

        return take_away

    def sink_killed() -> None:
        for ensure in (ensure_profile_sink, ensure_history_sink):
            stack.kill_part(ensure(run.settings))
            time.sleep(1)
            ensure(run.settings)

    faults: list[tuple[str, Callable[[], None]]] = [
        ("taskmanager-1: kill -9", away("taskmanager-1")),
        ("cassandra: kill -9, 30 s", away("cassandra")),
        ("both sinks: kill -9", sink_killed),
        ("redis: kill -9, 30 s", away("redis")),
        ("kafka: kill -9, 30 s", away("kafka")),
    ]
    began_s = time.monotonic()
    for number, (name, fault) in enumerate(faults):
        due_s = began_s + seconds * (number + 0.5) / len(faults)
        over.wait(max(0.0, due_s - time.monotonic()))
        print(f"  {name}", flush=True)
        fault()
        broken.append(name)


@contextmanager
def _readers(settings: Settings, users: int) -> Iterator[Counter[str]]:
    """Someone reads profiles meanwhile, so that the cache is used; no version may go back."""
    counts: Counter[str] = Counter()
    cache = ProfileCache(CacheSettings(redis=redis_of(settings), prefix=settings.topic_prefix))
    reader = ProfileReader(_cassandra(settings, patient=False), cache)
    over = threading.Event()

    def read() -> None:
        rng = random.Random(5)
        seen: dict[str, int] = {}
        while not over.wait(0.01):
            # a few are read often
            user = user_id(int(users * rng.random() ** 4))
            try:
                found = reader.get(user)
            except StoreError:
                counts["refused"] += 1
                continue
            counts[found.source] += 1
            counts["went back"] += 0 < found.version < seen.get(user, 0)
            seen[user] = max(found.version, seen.get(user, 0))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()
        reader.close()
        cache.close()


def _wait_for_sinks(settings: Settings) -> None:
    """Until nothing has come for a while, and all that came is written."""
    prefix = settings.topic_prefix
    groups = (
        (profiles.group_of(prefix), topics.PROFILES),
        (history.group_of(prefix), topics.LEDGER),
    )
    calm_since_s = time.monotonic()
    deadline_s = time.monotonic() + 1_800
    while time.monotonic() - calm_since_s < 10 and time.monotonic() < deadline_s:
        try:
            lag = sum(
                lag_of(kafka_of(settings), group, topics.name_of(topic, prefix), 60)
                for group, topic in groups
            )
        except KafkaException:  # it has just come back
            lag = 1
        if lag:
            calm_since_s = time.monotonic()
        time.sleep(1)


def _verified(settings: Settings, compared: int) -> Report:
    cache = ProfileCache(CacheSettings(redis=redis_of(settings), prefix=settings.topic_prefix))
    session = connect(_cassandra(settings))
    try:
        session.set_keyspace(settings.keyspace)
        sources = Sources(
            kafka=kafka_of(settings),
            prefix=settings.topic_prefix,
            session=session,
            master=master_keys(settings),
            cache=cache,
        )
        return verify(
            sources,
            compared,
            settle_s=SETTLE_S,
            told=lambda text: print(f"  {text}", flush=True),
        )
    finally:
        close(session)
        cache.close()


def _drop(settings: Settings) -> None:
    session = connect(_cassandra(settings))
    try:
        session.execute(f"DROP KEYSPACE IF EXISTS {settings.keyspace}", timeout=60)
    finally:
        close(session)


def _cassandra(settings: Settings, *, patient: bool = True) -> CassandraSettings:
    return cassandra_of(
        settings,
        request_timeout_ms=30_000 if patient else 2_000,
        connect_timeout_ms=60_000 if patient else 3_000,
    )
