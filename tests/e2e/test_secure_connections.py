"""Kafka, Cassandra and Redis with TLS 1.3 and passwords: who may comes in, others are told why."""

import asyncio
import contextlib
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio as aioredis
from authority import Authority
from confluent_kafka import Message
from decide_kit import DecideRig, request
from secure_kit import FIRST_ROLE, PASSWORD, USER, Servers, eventually

from api.kafka.following import Follower
from api.kafka.writer import KafkaWriter
from api.stores.limits import RateLimits
from cli.broker import BrokerError, Reader
from connectors.cassandra.reading import StoreError, opened
from connectors.cassandra.session import close
from connectors.kafka.consumer import lag_of, read_to_end
from connectors.kafka.producer import Producer, UndeliveredError
from connectors.kafka.refusal import KafkaRefusedError
from connectors.profile_found import Found
from connectors.profile_reader import ProfileReader
from connectors.redis.cache import CacheSettings, ProfileCache
from deploy.connections import cassandra_of, kafka_of, redis_of
from deploy.local import topics as local_topics
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.settings import Settings

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
TOPIC = "tactful.events"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp("secure"))
    try:
        servers.start()
        eventually("Kafka", lambda: local_topics.ensure(servers.settings))
        eventually("Cassandra", lambda: _make_role(servers))
        cache = ProfileCache(CacheSettings(redis=redis_of(servers.settings)))
        assert eventually("Redis", cache._client.ping)
        cache.close()
        yield servers
    finally:
        servers.close()


def _make_role(servers: Servers) -> None:
    """With the role that a new Cassandra has, whose password comes by the environment."""
    username, os.environ["TACTFUL_CASSANDRA_PASSWORD"] = FIRST_ROLE
    try:
        session = opened(cassandra_of(servers.with_(cassandra_username=username)))
    finally:
        del os.environ["TACTFUL_CASSANDRA_PASSWORD"]
    password = PASSWORD.replace("'", "''")
    session.execute(
        f"CREATE ROLE IF NOT EXISTS {USER} WITH PASSWORD = '{password}' AND LOGIN = true "
        "AND SUPERUSER = true"
    )
    close(session)


@pytest.fixture
def wrong_password(monkeypatch: pytest.MonkeyPatch) -> str:
    for store in ("KAFKA", "CASSANDRA", "REDIS"):
        monkeypatch.setenv(f"TACTFUL_{store}_PASSWORD", "a guess")
    return "a guess"


@pytest.fixture
def wrong_authority(servers: Servers, tmp_path: Path) -> Settings:
    """Clients that trust another authority, which signed nothing here."""
    ca_file = Authority(tmp_path, "other").ca_file
    return servers.with_(kafka_ca_file=ca_file, cassandra_ca_file=ca_file, redis_ca_file=ca_file)


def _round_trip(settings: Settings, bootstrap: str | None = None) -> None:
    kafka, value = kafka_of(settings, bootstrap), uuid.uuid4().bytes
    with Producer(kafka, "test") as producer:
        producer.send(TOPIC, b"ada", value)
    assert value in [message.value() for message in read_to_end(kafka, [TOPIC])]
    assert lag_of(kafka, "nobody", TOPIC) > 0
    with Reader(kafka) as reader:
        assert reader.written(TOPIC) > 0


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_kafka_is_written_and_read_with_a_password(servers: Servers, mechanism: str) -> None:
    _round_trip(servers.with_(kafka_sasl_mechanism=mechanism))


def test_kafka_is_written_and_read_with_a_certificate(servers: Servers) -> None:
    certificate, key = servers.authority.files("client", None)
    settings = servers.with_(
        kafka_security_protocol="SSL",
        kafka_sasl_mechanism=None,
        kafka_username=None,
        kafka_password_file=None,
        kafka_client_cert_file=certificate,
        kafka_client_key_file=key,
    )
    _round_trip(settings, servers.certificate_bootstrap)


def _refused_by_kafka(settings: Settings, why: str) -> None:
    kafka = kafka_of(settings)
    with pytest.raises(KafkaRefusedError, match=why) as refused:
        list(read_to_end(kafka, [TOPIC], timeout_s=3))
    assert "kafka_password_file" in str(refused.value)
    with pytest.raises(BrokerError, match=why), Reader(kafka) as reader:
        reader.partitions()
    producer = Producer(kafka, "test", {"log_level": 0})
    producer.send(TOPIC, b"ada", b"{}")
    with pytest.raises(UndeliveredError, match=why):
        producer.flush(3)
    with pytest.raises(StackError, match=why):
        local_topics.ensure(settings)


@pytest.mark.usefixtures("wrong_password")
def test_kafka_refuses_a_wrong_password(servers: Servers) -> None:
    _refused_by_kafka(servers.settings, r"refused.*(?i:authentication failed)")


def test_a_kafka_of_another_authority_is_not_trusted(wrong_authority: Settings) -> None:
    _refused_by_kafka(wrong_authority, r"not trusted.*certificate verify failed")


def test_cassandra_lets_in_who_may(servers: Servers) -> None:
    session = opened(cassandra_of(servers.settings))
    assert session.execute("SELECT release_version FROM system.local").one() is not None
    close(session)


def test_cassandra_refuses_a_wrong_password(servers: Servers, wrong_password: str) -> None:
    with pytest.raises(StoreError, match=r"refused.*incorrect.*cassandra_password_file") as error:
        opened(cassandra_of(servers.settings))
    assert wrong_password not in str(error.value)


def test_a_cassandra_of_another_authority_is_not_trusted(wrong_authority: Settings) -> None:
    with pytest.raises(StoreError, match=r"not trusted.*certificate verify failed"):
        opened(cassandra_of(wrong_authority))


def test_redis_lets_in_who_may(servers: Servers) -> None:
    cache = ProfileCache(CacheSettings(redis=redis_of(servers.settings), prefix="let-in"))
    assert cache.answers()
    assert cache.fill("ada", 1, b"{}", b"")
    entry = cache.look("ada").entry
    assert entry is not None
    assert entry.raw == b"{}"
    cache.close()


@pytest.mark.usefixtures("wrong_password")
def test_redis_refuses_a_wrong_password(servers: Servers) -> None:
    connection = redis_of(servers.settings)
    with (
        redis.Redis.from_url(connection.url, **connection.options()) as client,
        pytest.raises(redis.AuthenticationError, match="invalid username-password"),
    ):
        client.ping()


def test_a_redis_of_another_authority_is_not_trusted(wrong_authority: Settings) -> None:
    connection = redis_of(wrong_authority)
    with (
        redis.Redis.from_url(connection.url, **connection.options()) as client,
        pytest.raises(redis.ConnectionError, match="certificate verify failed"),
    ):
        client.ping()


def _pages(rig: DecideRig) -> Iterator[str]:
    """All that Flink's REST API says of the job and the cluster, and all that Flink has logged."""
    settings, job = rig.stack.settings, f"/jobs/{rig.job_id}"
    paths = [f"{job}{more}" for more in ("", "/plan", "/config", "/exceptions", "/checkpoints")]
    paths += [f"{job}/vertices/{vertex['id']}" for vertex in rig.flink.job(rig.job_id)["vertices"]]
    paths += ["/jobmanager/config", "/jobmanager/environment", "/jobs/overview"]
    for path in paths:
        with urllib.request.urlopen(f"{settings.flink_url}{path}", timeout=30) as answer:
            yield answer.read().decode()
    for log in settings.logs.iterdir():
        if "manager" in log.name or "client" in log.name:
            yield log.read_text(errors="replace")


def _there(reader: ProfileReader, user: str) -> Found:
    found = reader.get(user)
    if found.raw is None:
        raise LookupError("it is not there yet")
    return found


def test_the_api_writes_follows_and_counts(servers: Servers) -> None:
    kafka, connection = kafka_of(servers.settings), redis_of(servers.settings)

    async def work() -> None:
        loop, seen, value = asyncio.get_running_loop(), asyncio.Event(), uuid.uuid4().bytes

        def take(messages: list[Message]) -> None:
            if value in [message.value() for message in messages]:
                seen.set()

        writer, follower = KafkaWriter(kafka, "tactful"), Follower(kafka, TOPIC, take)
        limits = RateLimits("9/minute", "1/minute", "9/minute", connection)
        writer.start(loop)
        follower.start(loop)
        try:
            assert await follower.ready(30)
            await writer.write("events", "ada", value)
            await seen.wait()
            await limits.count("api", heavy=True)
            async with aioredis.from_url(connection.url, **connection.options()) as client:
                assert await client.keys("tactful:limits*"), "it was counted in Redis, not alone"
        finally:
            await limits.aclose()
            writer.close()
            follower.close()

    asyncio.run(asyncio.wait_for(work(), 60))


@pytest.mark.usefixtures("wrong_password")
def test_the_apis_health_says_that_kafka_refuses_it(servers: Servers) -> None:
    follower = Follower(kafka_of(servers.settings), TOPIC, lambda _: None)

    def told() -> None:
        assert "Authentication failed" in (follower.trouble or "")

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        follower.start(loop)
        eventually("the trouble", told, 60)
        follower.close()


@pytest.fixture
def rig(servers: Servers) -> Iterator[DecideRig]:
    stack = Stack(servers.settings)
    try:
        for name in ("jobmanager", "taskmanager-1"):
            stack.start_part(name)
        yield DecideRig(stack)
    finally:
        stack.down()


def test_a_decision_and_a_profile_come_through_secured_servers(
    rig: DecideRig, servers: Servers
) -> None:
    rig.start()
    rig.introduce("ada")
    assert rig.verdict(request("ada", "first")).user_id == "ada"
    shown = "".join(_pages(rig))
    assert rig.prefix in shown
    assert "sasl.jaas.config = [hidden]" in shown
    assert PASSWORD not in shown
    assert "PRIVATE KEY" not in shown
    sink = subprocess.Popen(
        [sys.executable, "-m", "jobs.profiles", f"--prefix={rig.prefix}", "--metrics-port=0"],
        cwd=ROOT,
        env={**os.environ, **servers.settings.environment()},
    )
    reader = ProfileReader(
        cassandra_of(servers.settings),
        ProfileCache(CacheSettings(redis=redis_of(servers.settings), prefix=rig.prefix)),
    )
    try:
        found = eventually("the profile", lambda: _there(reader, "ada"))
        assert found.user_id == "ada"
    finally:
        reader.close()
        sink.terminate()
        assert sink.wait(60) == 0
