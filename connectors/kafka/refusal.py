"""Why Kafka can't be talked to, in its own words: librdkafka tells them to a callback alone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from connectors.kafka.connection import KafkaConnection

_REFUSALS = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 - these have no public names
        KafkaError._SSL,  # noqa: SLF001
        KafkaError.SASL_AUTHENTICATION_FAILED,
    }
)
_HANDSHAKE = "SSL routines"
"""In what is said when the other side ends the handshake, which counts as a lost connection."""

_FIRST_SLICE_S = 2.0


class KafkaRefusedError(KafkaException):
    """The broker and we do not trust each other: no waiting mends it.

    Args:
        kafka: the connection that was tried.
        error: what was said of it.
    """

    def __init__(self, kafka: KafkaConnection, error: KafkaError) -> None:
        super().__init__(error)
        self._text = (
            f"Kafka at {kafka} with {kafka.protocol} refused, or was not trusted: {error.str()}. "
            "The settings kafka_security_protocol, kafka_sasl_mechanism, kafka_username, "
            "kafka_password_file (TACTFUL_KAFKA_PASSWORD), kafka_ca_file and tls_minimum say how "
            "to connect: docs/security.md"
        )

    def __str__(self) -> str:
        return self._text


class Refusals:
    """Goes into a client as its `error_cb`, and remembers a refusal.

    Args:
        kafka: the connection that is tried.
        then: also told of every error.
    """

    def __init__(
        self, kafka: KafkaConnection, then: Callable[[KafkaError], None] | None = None
    ) -> None:
        self._kafka = kafka
        self._then = then
        self.last: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Hear of an error of the client as a whole."""
        if is_refusal(error):
            self.last = error
        if self._then is not None:
            self._then(error)

    def error(self, client: Any) -> KafkaRefusedError | None:
        """What to raise in place of a mere silence; None if nothing was refused.

        Args:
            client: the consumer, producer or admin client, whose callbacks are served.
        """
        client.poll(0)
        found, self.last = self.last, None
        return None if found is None else KafkaRefusedError(self._kafka, found)

    def listed(self, client: Any, timeout_s: float) -> Any:
        """The cluster's metadata; a refusal is told within seconds, not after all of the time.

        Args:
            client: the consumer or admin client, with this as its `error_cb`.
            timeout_s: how long brokers that say nothing are waited for.

        Raises:
            KafkaRefusedError: the broker refused.
            KafkaException: no broker answered.
        """
        slice_s, end_s = _FIRST_SLICE_S, time.monotonic() + timeout_s
        while True:
            left_s = max(0.1, end_s - time.monotonic())
            try:
                return client.list_topics(timeout=min(slice_s, left_s))
            except KafkaException as error:
                refused = self.error(client)
                if refused is not None:
                    raise refused from error
                if left_s <= slice_s:
                    raise
                slice_s *= 2

    @contextmanager
    def told(self, client: Any) -> Iterator[None]:
        """Errors of the block as what was refused, where something was.

        Raises:
            KafkaRefusedError: in place of a KafkaException or TimeoutError.
        """
        try:
            yield
        except (KafkaException, TimeoutError) as error:
            refused = self.error(client)
            if refused is None:
                raise
            raise refused from error


def is_refusal(error: KafkaError) -> bool:
    """Whether an error of a client is about trust, not about reach."""
    return error.code() in _REFUSALS or _HANDSHAKE in error.str()
