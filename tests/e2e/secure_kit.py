"""Servers that speak TLS 1.3 and ask who one is: Kafka, Cassandra, Redis behind a terminator."""

import asyncio
import base64
import contextlib
import dataclasses
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from authority import Authority
from stack_kit import settings_of_a_stack

from deploy.local import cassandra, checks, jars, kafka
from deploy.local.redis import server
from deploy.settings import HOST, Settings

USER = "ada"
PASSWORD = "it's-a-horse"
STORE_PASSWORD = "changeit"
FIRST_ROLE = ("cassandra", "cassandra")
"""What a new Cassandra with passwords has."""

CERTIFICATE_PORT, INSIDE_PORT, BEHIND_PORT = 300, 301, 302
"""Distances from the port base, after all that the settings name."""


class Servers:
    """Started at once; `settings` are those of clients that may do everything.

    Args:
        folder: for all they keep.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self._plain = settings_of_a_stack(folder / "home")
        self._java = checks.find_java(self._plain)
        for name in ("kafka", "cassandra", "flink", "agent"):
            jars.fetch(self._plain, name, self._java)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._front: threading.Thread | None = None
        password = folder / "password"
        password.touch(mode=0o600)
        password.write_text(f"{PASSWORD}\n")
        self.settings = self.with_(
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_mechanism="SCRAM-SHA-512",
            kafka_username=USER,
            kafka_password_file=password,
            kafka_ca_file=self.authority.ca_file,
            cassandra_tls=True,
            cassandra_username=USER,
            cassandra_password_file=password,
            cassandra_ca_file=self.authority.ca_file,
            redis_tls=True,
            redis_password_file=password,
            redis_ca_file=self.authority.ca_file,
        )

    @property
    def certificate_bootstrap(self) -> str:
        """Where Kafka knows clients by their certificates."""
        return f"{HOST}:{self._plain.port_base + CERTIFICATE_PORT}"

    def with_(self, **changes: Any) -> Settings:
        """The clients' settings with others among them."""
        known = getattr(self, "settings", self._plain).model_dump()
        return Settings.model_validate(known | changes)

    def start(self) -> None:
        """Start all of them, without waiting."""
        self._start_kafka()
        self._start_cassandra()
        self._start_redis()

    def close(self) -> None:
        """End what was started."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)
        if self._front is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._front.join(30)
        self._loop.close()

    def _run(self, name: str, argv: list[str], folder: Path) -> None:
        self._plain.logs.mkdir(parents=True, exist_ok=True)
        with (self._plain.logs / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(argv, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
            )

    def _start_kafka(self) -> None:
        settings, base = self._plain, self._plain.port_base
        modules = "org.apache.kafka.common.security"
        wanted = {
            "listeners": f"SASL_SSL://{settings.kafka_bootstrap},SSL://{self.certificate_bootstrap},"
            f"INSIDE://{HOST}:{base + INSIDE_PORT},"
            f"CONTROLLER://{HOST}:{settings.kafka_controller_port}",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,INSIDE:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INSIDE",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": (
                f'{modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
            ),
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                f"{modules}.scram.ScramLoginModule required;"
            ),
            "ssl.keystore.type": "PKCS12",
            "ssl.keystore.location": str(self.authority.pkcs12("kafka", STORE_PASSWORD)),
            "ssl.keystore.password": STORE_PASSWORD,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.ca_file),
            "ssl.enabled.protocols": "TLSv1.3",
            "listener.name.ssl.ssl.client.auth": "required",
        }
        wanted["advertised.listeners"] = wanted["listeners"]
        part = kafka.part(settings)
        properties = part.cwd / "server.properties"
        text = part.files[properties] + "".join(f"{k}={v}\n" for k, v in wanted.items())
        dataclasses.replace(part, files={**part.files, properties: text}).write_files()
        java = [str(self._java / "bin/java"), "-cp", f"{jars.folder(settings, 'kafka')}/*"]
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        java += ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        subprocess.run([*java, "--add-scram", user], check=True, capture_output=True)
        self._run("kafka", list(part.command(self._java).argv), part.cwd)

    def _start_cassandra(self) -> None:
        part = cassandra.part(self._plain)
        config = part.cwd / "cassandra.yaml"
        wanted = yaml.safe_load(part.files[config]) | {
            "authenticator": "PasswordAuthenticator",
            "client_encryption_options": {
                "enabled": True,
                "optional": False,
                "keystore": str(self.authority.pkcs12("cassandra", STORE_PASSWORD)),
                "keystore_password": STORE_PASSWORD,
                "store_type": "PKCS12",
                "require_client_auth": False,
                "accepted_protocols": ["TLSv1.3"],
            },
        }
        files = {**part.files, config: yaml.safe_dump(wanted, sort_keys=False)}
        dataclasses.replace(part, files=files).write_files()
        self._run("cassandra", list(part.command(self._java).argv), part.cwd)

    def _start_redis(self) -> None:
        """The Redis of the wheel has no TLS: something in front ends it, as stunnel would."""
        behind = self._plain.port_base + BEHIND_PORT
        argv = [str(server()), "--port", str(behind), "--bind", HOST, "--save", ""]
        folder = self._plain.home / "redis"
        folder.mkdir(parents=True)
        self._run("redis", [*argv, "--requirepass", PASSWORD], folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(*self.authority.files("redis"))
        front = _terminate(self._plain.redis_port, context, behind, self._ending)
        self._front = threading.Thread(target=self._loop.run_until_complete, args=(front,))
        self._front.start()


async def _terminate(
    port: int, context: ssl.SSLContext, behind: int, ending: asyncio.Event
) -> None:
    """End TLS, and pass on what is inside, until told to end."""

    open_still: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, outside = await asyncio.open_connection(HOST, behind)
        open_still.update((writer, outside))
        await asyncio.gather(_copy(reader, outside), _copy(inside, writer))
        open_still.difference_update((writer, outside))

    async with await asyncio.start_server(serve, HOST, port, ssl=context):
        await ending.wait()
    # One that is collected while it is open complains, in the middle of whatever runs then.
    for writer in list(open_still):
        writer.transport.abort()  # a close would wait for clients to say good-bye
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()
        await target.wait_closed()


def eventually(what: str, ask: Callable[[], Any], timeout_s: float = 180.0) -> Any:
    """What `ask` gives, as soon as it raises nothing."""
    end_s = time.monotonic() + timeout_s
    while True:
        try:
            return ask()
        except Exception as error:
            if time.monotonic() > end_s:
                raise TimeoutError(f"{what}: {error}") from error
            time.sleep(0.5)
