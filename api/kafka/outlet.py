"""Where audit records leave the process: queued without waiting, refused when the queue is full."""

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from connectors.kafka.connection import KafkaConnection


class AuditOutlet:
    """An idempotent producer that never makes the event loop wait.

    Args:
        kafka: how to reach it.
        on_lost: called for each record that Kafka never took.
        settings: librdkafka settings that replace ours.
    """

    def __init__(
        self,
        kafka: KafkaConnection,
        on_lost: Callable[[], None],
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._on_lost = on_lost
        self._producer = Producer(
            {
                **kafka.client_settings(),
                "client.id": "tactful-api-audit",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 20,
                "partitioner": "murmur2_random",
                "reconnect.backoff.max.ms": 1_000,
                # What can't be told for longer than this is refused, not forgotten.
                "queue.buffering.max.messages": 50_000,
                "message.timeout.ms": 600_000,
                "log_level": 2,
                **(settings or {}),
            }
        )

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, wait: bool = False
    ) -> None:
        """Queue one record; it never waits, whatever it is told.

        Raises:
            BufferError: the queue is full.
        """
        del wait
        self._producer.produce(topic, key=key, value=value, on_delivery=self._delivered)
        self._producer.poll(0)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything queued is acknowledged, at most so long."""
        self._producer.flush(timeout_s)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._on_lost()
