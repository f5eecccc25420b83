"""A producer that loses nothing silently: what was not delivered is an error at `flush`."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, Message
from confluent_kafka import Producer as _Producer

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.refusal import Refusals


class UndeliveredError(Exception):
    """Kafka did not acknowledge some records; nothing is known of those, so send them again."""

    def __init__(self, count: int, first: str) -> None:
        super().__init__(f"Kafka did not acknowledge {count} record(s); the first: {first}")
        self.count = count


class Producer:
    """An idempotent producer (acks from all replicas, order kept per partition).

    Args:
        kafka: how to reach it.
        client_id: shows in the broker's logs and metrics.
        settings: librdkafka settings that replace ours.
    """

    def __init__(
        self, kafka: KafkaConnection, client_id: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        self._refusals = Refusals(kafka)
        self._failures = 0
        self._first_failure = ""
        self._producer = _Producer(
            {
                **kafka.client_settings(),
                "error_cb": self._refusals,
                "client.id": client_id,
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 5,
                # as the Java clients do, so that a key's records all go to one partition
                "partitioner": "murmur2_random",
                "reconnect.backoff.max.ms": 2_000,
                **(settings or {}),
            }
        )

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: list[tuple[str, bytes]] | None = None,
        timestamp_ms: int | None = None,
        wait: bool = True,
    ) -> None:
        """Queue one record; waits while the local queue is full, unless told not to.

        Raises:
            BufferError: the local queue is full, and `wait` is false.
        """
        options: dict[str, Any] = {"on_delivery": self._delivered}
        if headers:
            options["headers"] = headers
        if timestamp_ms is not None:
            options["timestamp"] = timestamp_ms
        while True:
            try:
                self._producer.produce(topic, key=key, value=value, **options)
            except BufferError:
                if not wait:
                    raise
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything queued is acknowledged.

        Raises:
            UndeliveredError: some records were refused, or are still waiting after `timeout_s`.
        """
        waiting = self._producer.flush(timeout_s)
        failures, first = self._failures, self._first_failure
        self._failures, self._first_failure = 0, ""
        if waiting or failures:
            refused = self._refusals.error(self._producer)
            why = str(refused) if refused else first or f"no answer in {timeout_s:g} s"
            raise UndeliveredError(waiting + failures, why)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failures += 1
            self._first_failure = self._first_failure or error.str()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()
