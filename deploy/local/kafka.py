"""Kafka as a part: one broker that is its own controller (KRaft), data under `<home>/kafka`."""

import base64
import subprocess
import uuid
from pathlib import Path

from deploy.local import jars
from deploy.local.errors import StackError
from deploy.local.part import Command, Part, Port, ask
from deploy.settings import HOST, Settings

API_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000001 ffff")
"""The smallest question a broker answers: ApiVersions v0 without a client id."""

LOG4J = """\
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
appender.out.name = out
appender.out.type = Console
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
logger.state.name = state.change.logger
logger.state.level = WARN
logger.log.name = org.apache.kafka.storage.internals.log
logger.log.level = WARN
logger.coordinator.name = org.apache.kafka.coordinator
logger.coordinator.level = WARN
"""


def server_properties(settings: Settings) -> str:
    """The broker's configuration."""
    listen, control = f"{HOST}:{settings.kafka_port}", f"{HOST}:{settings.kafka_controller_port}"
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{control}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{listen},CONTROLLER://{control}",
        "advertised.listeners": f"PLAINTEXT://{listen},CONTROLLER://{control}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(settings.home / "kafka" / "data"),
        # Topics are made by `up` with their partitions and clean-up policy: a typing error in a
        # producer must fail, not make a topic nobody reads.
        "auto.create.topics.enable": "false",
        "num.partitions": str(settings.topic_partitions),
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # Replayed history carries its own, old times: retention by time would delete it at once.
        "log.retention.ms": "-1",
        "log.cleaner.dedupe.buffer.size": "16777216",
        "transaction.max.timeout.ms": "3600000",
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def part(settings: Settings) -> Part:
    """Kafka, ready to be started."""
    folder = settings.home / "kafka"
    properties, log4j = folder / "server.properties", folder / "log4j2.properties"

    def java(java_home: Path, *options: str) -> list[str]:
        classpath = f"{jars.folder(settings, 'kafka')}/*"
        log = f"-Dlog4j2.configurationFile={log4j.as_uri()}"
        return [str(java_home / "bin" / "java"), *options, log, "-cp", classpath]

    def command(java_home: Path) -> Command:
        if not (folder / "data" / "meta.properties").exists():
            _format(java(java_home), properties)
        heap = f"-Xmx{settings.kafka_heap_mb}m"
        options = (heap, f"-Xms{settings.kafka_heap_mb // 2}m", "-XX:+ExitOnOutOfMemoryError")
        headless = "-Djava.awt.headless=true"
        return Command(
            argv=[*java(java_home, *options, headless), "kafka.Kafka", str(properties)],
        )

    return Part(
        name="kafka",
        title="Kafka",
        address=settings.kafka_bootstrap,
        ports=(
            Port(setting="kafka_port", number=settings.kafka_port),
            Port(setting="kafka_controller_port", number=settings.kafka_controller_port),
        ),
        files={
            properties: server_properties(settings),
            log4j: LOG4J,
        },
        command=command,
        ready=lambda _pid: len(ask(settings.kafka_port, API_VERSIONS)) > 8,
        log=settings.logs / "kafka.log",
        cwd=folder,
        jars=("kafka",),
        sizes=(settings.kafka_heap_mb,),
        memory_mb=settings.kafka_heap_mb + 256,
    )


def _format(java: list[str], properties: Path) -> None:
    """Give the empty data folder its cluster id."""
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    argv = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise StackError(
            f"Kafka's data folder could not be prepared:\n{(done.stdout + done.stderr).strip()}",
            f"If the folder {properties.parent / 'data'} holds nothing you need, delete it.",
        )
