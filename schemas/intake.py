"""From what stands in Kafka to a record, or to a dead letter; nothing else ever comes of it.

Whether a record is too old or from the future is for the core to say, which has the clock.
"""

from typing import Final

from schemas.codec import decode
from schemas.errors import ContractError
from schemas.json_form import DECODERS
from schemas.kinds import MAX_KEY_CHARS, MAX_VALUE_BYTES, TYPE_OF_KIND, label
from schemas.registry import installed
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Event,
    Feedback,
    ProfileUpdate,
    RecordKind,
    Request,
)

Accepted = Event | Request | Feedback | ProfileUpdate

_KINDS: Final = {kind.value: kind for kind in RecordKind}
_decoders: Final = {kind.value: DECODERS[TYPE_OF_KIND[kind]] for kind in RecordKind}
# Read at the start, so that a broken registry file stops the job with a clear message, and does
# not turn each Avro record into a dead letter.
_REGISTRY: Final = installed()


def read(
    topic: str, key: str | None, value: bytes | None, partition: int, offset: int
) -> Accepted | DeadLetter:
    """The record that stands at a place of a topic, or the dead letter to write for it.

    Args:
        topic: the topic's last word (`events`), or its full name with any prefix.
        key: the record's Kafka key as text.
        value: the record's bytes; None for a tombstone.
        partition: where it stands.
        offset: where it stands.

    Returns:
        A record whose `user_id` is the key, or a dead letter. Never raises.
    """
    try:
        record: Accepted = _decoders[topic](value)  # type: ignore[arg-type]
        if record.user_id == key and len(value) <= MAX_VALUE_BYTES:  # type: ignore[arg-type]
            return record
    except Exception:  # noqa: BLE001, S110 - what went wrong is found out, with care, below
        pass
    return _read_with_care(topic, key, value or b"", partition, offset)


def _read_with_care(
    topic: str, key: str | None, value: bytes, partition: int, offset: int
) -> Accepted | DeadLetter:
    """The same for Avro, full topic names, and all that is wrong."""

    def refuse(reason: DeadLetterReason, detail: str, field: str | None) -> DeadLetter:
        return DeadLetter(
            reason=reason,
            detail=detail,
            topic=topic,
            partition=partition,
            offset=offset,
            value=value[:MAX_VALUE_BYTES],
            key=None if key is None else key[:MAX_KEY_CHARS],
            field=field,
        )

    kind = _KINDS.get(topic.rpartition(".")[2])
    if kind is None:
        detail = f'topic: found "{topic}", allowed: {", ".join(_KINDS)}'
        return refuse(DeadLetterReason.UNKNOWN_TOPIC, detail, None)
    _decoders.setdefault(topic, DECODERS[TYPE_OF_KIND[kind]])  # a full name: fast from now on
    name = label(TYPE_OF_KIND[kind])
    if not key:
        found = "none" if key is None else "an empty one"
        detail = f"{name}: key: found {found}, allowed: the record's user_id"
        return refuse(DeadLetterReason.UNKEYED, detail, "(key)")
    try:
        record = decode(kind, value, _REGISTRY)
    except ContractError as error:
        return refuse(DeadLetterReason.UNDECODABLE, str(error), error.field)
    except Exception as error:  # noqa: BLE001 - one bad record must never stop the job
        detail = f"{name}: found a value that can't be read ({type(error).__name__}: {error})"
        return refuse(DeadLetterReason.UNDECODABLE, f"{detail}, allowed: JSON or Avro", None)
    assert isinstance(record, Accepted)
    if record.user_id != key:
        detail = (
            f'{name}: field "user_id": found "{record.user_id}", '
            f'allowed: the record\'s key, "{key[:MAX_KEY_CHARS]}"'
        )
        return refuse(DeadLetterReason.WRONG_KEY, detail, "user_id")
    return record
