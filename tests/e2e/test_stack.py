"""The life of a stack of its own: up, a second up, crashes, more TaskManagers, down, up again."""

import contextlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from stack_kit import settings_of_a_stack

from deploy.local import processes, topics
from deploy.local.errors import StackError
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from deploy.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PARTS = ["kafka", "cassandra", "redis", "jobmanager", "taskmanager-1"]

JOB = """
from pyflink.common import Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.functions import MapFunction
from pyflink.table import StreamTableEnvironment


class Slow(MapFunction):
    def open(self, context):
        import time

        import tactful.topics  # the project itself can be imported on the cluster

        self.pause = lambda: time.sleep(0.001)

    def map(self, number):
        self.pause()
        return str(number)


environment = StreamExecutionEnvironment.get_execution_environment()
numbers = environment.from_source(
    NumberSequenceSource(0, 10**9), WatermarkStrategy.no_watermarks(), "numbers"
).uid("numbers")
tables = StreamTableEnvironment.create(environment)
tables.execute_sql("create temporary table nowhere (v string) with ('connector'='blackhole')")
texts = numbers.map(Slow(), output_type=Types.STRING()).uid("slow")
statements = tables.create_statement_set()
statements.add_insert("nowhere", tables.from_data_stream(texts))
statements.attach_as_datastream()
environment.execute("count")
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = settings_of_a_stack(tmp_path_factory.mktemp("own"))
    return found.model_copy(update={"task_managers": 1})


@pytest.fixture(scope="module")
def own(settings: Settings) -> Iterator[Stack]:
    stack = Stack(settings)
    try:
        ended = tactful(settings, "up")
        assert ended.returncode == 0, ended.stderr
        yield stack
    finally:
        stack.down()


def tactful(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a person gives it, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        env={**os.environ, **settings.environment()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def status(settings: Settings) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(tactful(settings, "status", "--json").stdout)
    return document


def pids(stack: Stack) -> dict[str, int]:
    return {part.name: stack.pid(part.name) for part in stack.parts()}


def processes_of(settings: Settings) -> list[str]:
    """Whatever runs with this home in its command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if str(settings.home) in line and process.status() != psutil.STATUS_ZOMBIE:
                found.append(line)
    return found


def test_status_names_every_part_with_its_pid_and_address(own: Stack, settings: Settings) -> None:
    found = status(settings)
    assert found["up"] is True
    assert found["addresses"] == settings.addresses()
    assert {part["name"]: part["state"] for part in found["parts"]} == dict.fromkeys(
        PARTS, "running"
    )
    assert {part["name"]: part["pid"] for part in found["parts"]} == pids(own)


def test_a_second_up_starts_nothing(own: Stack, settings: Settings) -> None:
    before = pids(own)
    again = tactful(settings, "up")
    assert again.returncode == 0, again.stderr
    assert "already" in again.stdout
    assert pids(own) == before


def test_every_listener_is_on_loopback(own: Stack) -> None:
    for name, pid in pids(own).items():
        listening = [
            found.laddr
            for found in psutil.Process(pid).net_connections("tcp")
            if found.status == psutil.CONN_LISTEN
        ]
        assert listening, f"{name} listens nowhere"
        assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}, name


def test_every_topic_is_made_with_its_partitions_and_policy(own: Stack) -> None:
    admin = AdminClient({"bootstrap.servers": own.settings.kafka_bootstrap})
    existing = admin.list_topics(timeout=30).topics
    for topic in topics.wanted(own.settings):
        assert len(existing[topic.name].partitions) == topic.partitions, topic.name
        resource = ConfigResource(ResourceType.TOPIC, topic.name)
        (answer,) = admin.describe_configs([resource]).values()
        policy = answer.result(timeout=30)["cleanup.policy"].value
        assert policy == ("compact" if topic.compacted else "delete"), topic.name
    assert topics.ensure(own.settings) == []


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_is_healed_and_the_others_are_left_alone(
    own: Stack, settings: Settings, name: str
) -> None:
    before = pids(own)
    own.kill_part(name)
    assert {part["name"]: part["state"] for part in status(settings)["parts"]}[name] == "crashed"
    healed = tactful(settings, "up")
    assert healed.returncode == 0, healed.stderr
    after = pids(own)
    assert after.pop(name) != before.pop(name)
    assert after == before
    assert status(settings)["up"] is True


def test_a_task_manager_more_and_one_less_leave_the_rest_alone(
    own: Stack, settings: Settings
) -> None:
    before = pids(own)
    assert tactful(settings, "up", "--task-managers", "2").returncode == 0
    grown = pids(own)
    second = grown.pop("taskmanager-2")
    assert grown == before
    assert Flink(settings).free_slots() == 2
    assert tactful(settings, "up").returncode == 0
    assert own.pid("taskmanager-2") == second, "a plain `up` keeps what was asked for"
    assert tactful(settings, "up", "--task-managers", "1").returncode == 0
    assert processes.born(second) is None
    assert pids(own) == before


def test_a_worker_is_shown_healed_and_ended_with_the_stack(own: Stack) -> None:
    code = "import os, time; print(os.environ['TACTFUL_HOME'], flush=True); time.sleep(600)"
    first = own.start_worker("sleeper", [sys.executable, "-c", code])
    assert own.start_worker("sleeper", [sys.executable, "-c", code]) == first
    processes.kill(first)
    assert {part.name: part.state for part in own.status()}["sleeper"] == "crashed"
    own.up()
    again = own.record("sleeper")
    assert again is not None
    assert processes.alive(again)
    own.stop_part("sleeper")
    assert not processes.alive(again)


def test_other_settings_while_it_runs_are_refused_with_a_cure(
    own: Stack, settings: Settings
) -> None:
    other = own.settings.model_copy(update={"kafka_heap_mb": 300, "topic_partitions": 7})
    refused = tactful(other, "up")
    assert refused.returncode == 1
    assert "Kafka runs with other settings" in refused.stderr
    assert "tactful down" in refused.stderr
    assert status(settings)["up"] is True


def test_a_job_that_cannot_be_built_shows_its_traceback(own: Stack, tmp_path: Path) -> None:
    job = tmp_path / "bad.py"
    job.write_text("def build():\n    raise ValueError('no such mode: blue')\n\n\nbuild()\n")
    with pytest.raises(StackError, match="ValueError: no such mode: blue") as caught:
        Flink(own.settings).submit(job)
    assert "in build" in str(caught.value)
    assert "at org.apache.flink" not in str(caught.value)


def test_a_job_survives_a_kill_stops_at_a_savepoint_and_goes_on_from_it(
    own: Stack, tmp_path: Path
) -> None:
    flink = Flink(own.settings)
    file = tmp_path / "count.py"
    file.write_text(JOB)
    job = flink.submit(file)
    flink.wait_running(job)
    assert flink.task_managers(job) == ["taskmanager-1"]
    own.kill_part("taskmanager-1")
    own.up()
    flink._wait(lambda: flink.restarts(job) > 0, 120, "was not restarted", job)
    flink.wait_running(job)
    savepoint = flink.stop_with_savepoint(job)
    assert [found.state for found in flink.jobs() if found.id == job] == ["FINISHED"]
    again = flink.submit(file, from_savepoint=savepoint)
    flink.wait_running(again)
    restored = flink._ask("GET", f"/jobs/{again}/checkpoints")["latest"]["restored"]
    assert restored["external_path"] == savepoint
    flink.cancel(again)
    assert [found.state for found in flink.jobs() if found.id == again] == ["CANCELED"]


@pytest.mark.usefixtures("own")
def test_down_leaves_no_process_and_up_finds_the_data_again(settings: Settings) -> None:
    topic, value = f"{settings.topic_prefix}.events", uuid.uuid4().bytes
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(topic, value, key=b"u", partition=0)
    assert producer.flush(30) == 0
    keyspace = f"k{uuid.uuid4().hex}"
    cql(
        settings,
        f"create keyspace {keyspace} with replication = {{'class':'SimpleStrategy',"
        "'replication_factor':1}",
    )

    ended = tactful(settings, "down")
    assert ended.returncode == 0, ended.stderr
    assert processes_of(settings) == []
    assert list(settings.run.glob("*.json")) == []
    assert status(settings)["up"] is False
    assert "Nothing was running" in tactful(settings, "down").stdout

    # As a machine that was switched off leaves it: records of processes that are no more, one of
    # them with a pid that now belongs to somebody else.
    stale = processes.Record(
        name="redis",
        pid=os.getpid(),
        born="another boot/1",
        argv=[],
        cwd="/",
        log="",
        address="",
        fingerprint="",
        started_at_ms=0,
    )
    processes.write(settings.run / "redis.json", stale)

    again = tactful(settings, "up")
    assert again.returncode == 0, again.stderr
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "test"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(60)
        assert message is not None
        assert message.value() == value
    finally:
        consumer.close()
    assert keyspace in cql(settings, "select keyspace_name from system_schema.keyspaces")


def cql(settings: Settings, statement: str) -> list[str]:
    """The first column of what Cassandra answers."""
    from cassandra.cluster import Cluster

    cluster = Cluster(["127.0.0.1"], port=settings.cassandra_port, connect_timeout=30)
    try:
        return [row[0] for row in cluster.connect().execute(statement, timeout=60)]
    finally:
        cluster.shutdown()


@pytest.mark.usefixtures("own")
def test_wipe_forgets_the_data_and_keeps_the_jars(settings: Settings) -> None:
    wiped = tactful(settings, "down", "--wipe")
    assert wiped.returncode == 0, wiped.stderr
    assert processes_of(settings) == []
    for name in ("kafka", "cassandra", "checkpoints", "savepoints"):
        assert not (settings.home / name).exists()
    assert settings.jars.is_dir()
