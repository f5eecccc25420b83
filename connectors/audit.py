"""Audit records on their way to Kafka: every read and change of personal data, never its values."""

import time
import uuid
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from connectors.kafka.producer import UndeliveredError
from schemas.audit import AuditAction, AuditEntry
from tactful.topics import AUDIT, DEFAULT_PREFIX, name_of

__all__ = ["AuditAction", "AuditEntry", "AuditTrail", "AuditUnavailableError", "entry"]


class AuditUnavailableError(Exception):
    """The record could not be queued: what it would tell of must not be done."""


class Outlet(Protocol):
    """What the trail needs of `connectors.kafka.producer.Producer`."""

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, wait: bool = True
    ) -> None:
        """Queue one record; without `wait` a full queue is a BufferError."""

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything queued is acknowledged."""


def entry(
    user_id: str,
    actor: str,
    action: AuditAction,
    fields: Iterable[str] = (),
    *,
    role: str | None = None,
    via: str | None = None,
    source: str | None = None,
    request_id: str | None = None,
    subject_id: str | None = None,
    at_ms: int | None = None,
    entry_id: str | None = None,
) -> AuditEntry:
    """An audit record.

    Args:
        user_id: whose data.
        actor: who did it: the token's subject or client, `user:<id>` for the user.
        action: what was done.
        fields: the names of what was seen or written (`identifiers.email`), never values.
        role: the role or scope that allowed it.
        via: the operation, as `GET /v1/users/{id}/profile`.
        source: where it came from, as an address.
        request_id: of the HTTP request.
        subject_id: what the action made: the id of the profile update, say.
        at_ms: epoch milliseconds; now by default.
        entry_id: the record's id; a new one by default.
    """
    return AuditEntry(
        id=entry_id or uuid.uuid4().hex,
        user_id=user_id,
        at_ms=time.time_ns() // 1_000_000 if at_ms is None else at_ms,
        actor=actor,
        action=action,
        fields=sorted(set(fields)),
        role=role,
        via=via,
        source=source,
        request_id=request_id,
        subject_id=subject_id,
    )


class AuditTrail:
    """Puts audit records on the topic `audit`, keyed by the user whose data they tell of.

    Fail closed: call `record` before the data are handed out, and hand out nothing when it raises.
    The producer is idempotent and repeats for `delivery.timeout.ms`; what it gives up in the end is
    counted by `on_lost`.

    Args:
        outlet: a `connectors.kafka.producer.Producer`, used for nothing else.
        prefix: first word of the topics' names.
        on_lost: called with the number of records that Kafka never acknowledged.
    """

    def __init__(
        self,
        outlet: Outlet,
        prefix: str = DEFAULT_PREFIX,
        on_lost: Callable[[int], None] | None = None,
    ) -> None:
        self._outlet = outlet
        self._topic = name_of(AUDIT, prefix)
        self._on_lost = on_lost

    def record(self, audit: AuditEntry) -> None:
        """Queue a record; returns at once.

        Raises:
            AuditUnavailableError: there is no place for it, as Kafka has been away for too long.
        """
        value = msgspec.json.encode(audit)
        try:
            self._outlet.send(self._topic, audit.user_id.encode(), value, wait=False)
        except Exception as error:
            raise AuditUnavailableError(f"audit: {error}") from error

    def flush(self, timeout_s: float = 10.0) -> None:
        """Wait until all are acknowledged.

        Raises:
            AuditUnavailableError: some are not.
        """
        try:
            self._outlet.flush(timeout_s)
        except UndeliveredError as error:
            if self._on_lost is not None:
                self._on_lost(error.count)
            raise AuditUnavailableError(f"audit: {error}") from error
