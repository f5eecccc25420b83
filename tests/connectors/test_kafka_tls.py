"""Our Kafka clients speak TLS 1.3, nothing older unless told to, and tell refusals in words."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import self_signed
from confluent_kafka import KafkaError

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.consumer import group_consumer
from connectors.kafka.refusal import KafkaRefusedError, Refusals
from connectors.tls import Tls, TlsVersion


@contextmanager
def _server(files: tuple[Path, Path], most: ssl.TLSVersion) -> Iterator[tuple[str, list[str]]]:
    """Its address, and for each handshake the version, or why there was none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.maximum_version = most
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        seen.append(str(secure.version()))
                except OSError as error:
                    seen.append(str(error))

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", seen
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("server", "minimum", "spoken"),
    [
        (ssl.TLSVersion.TLSv1_3, "1.3", "TLSv1.3"),
        (ssl.TLSVersion.TLSv1_2, "1.2", "TLSv1.2"),
        (ssl.TLSVersion.TLSv1_2, "1.3", "no shared cipher"),
    ],
)
def test_nothing_older_than_the_minimum_is_spoken(
    server: ssl.TLSVersion, minimum: TlsVersion, spoken: str, tmp_path: Path
) -> None:
    files = self_signed(tmp_path)
    with _server(files, server) as (address, seen):
        kafka = KafkaConnection(address, Tls(ca_file=files[0], minimum=minimum))
        consumer = group_consumer(kafka, "test", settings={"log_level": 0})
        _until(lambda: bool(seen))
        consumer.close()
    assert spoken in seen[0]


def test_a_server_of_another_authority_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with _server(self_signed(tmp_path), ssl.TLSVersion.TLSv1_3) as (address, _seen):
        kafka = KafkaConnection(address, Tls(ca_file=self_signed(tmp_path / "other")[0]))
        refusals = Refusals(kafka)
        consumer = group_consumer(kafka, "test", on_error=refusals, settings={"log_level": 0})
        with (
            pytest.raises(
                KafkaRefusedError, match=f"Kafka at {address} with SSL .*certificate.*kafka_ca_file"
            ),
            refusals.told(consumer),
        ):
            consumer.list_topics(timeout=3)
        consumer.close()


def test_a_broker_that_is_only_away_is_not_called_a_refusal() -> None:
    refusals = Refusals(KafkaConnection("nowhere:1"))
    refusals(KafkaError(KafkaError._TRANSPORT, "Connect failed: Connection refused"))
    refusals(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    with pytest.raises(TimeoutError), refusals.told(_Silent()):
        raise TimeoutError


def test_a_refusal_is_told_once() -> None:
    refusals = Refusals(KafkaConnection("nowhere:1"))
    refusals(KafkaError(KafkaError._AUTHENTICATION, "no such user"))
    assert "no such user" in str(refusals.error(_Silent()))
    assert refusals.error(_Silent()) is None, "it may have been mended since"


class _Silent:
    def poll(self, _timeout_s: float) -> None:
        pass


def _until(done: object, timeout_s: float = 20.0) -> None:
    assert callable(done)
    end_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < end_s
        time.sleep(0.02)
