"""Records as Kafka has them, and what came of them, decoded."""

from typing import TypeVar

import msgspec

from operators.crossing import Arrived, Emitted
from schemas.codec import decode_record, encode
from tactful.records import Event, Feedback, ProfileUpdate, RecordKind, Request

T = TypeVar("T", bound=msgspec.Struct)

CHANNELS = ("email", "push", "in_app")
WORDS = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    Feedback: RecordKind.FEEDBACK,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}


def arrived(
    record: Event | Request | Feedback | ProfileUpdate, offset: int = 0, stamped_ms: int = 0
) -> Arrived:
    topic = f"tactful.{WORDS[type(record)]}"
    return Arrived(topic, 0, offset, stamped_ms, record.user_id.encode(), encode(record))


def policy_record(value: bytes, key: bytes = b"policy/default") -> Arrived:
    return Arrived("tactful.knowledge", 0, 0, 0, key, value)


def found(emitted: list[Emitted], type_: type[T], topic: str) -> list[T]:
    """What went to a topic."""
    return [decode_record(type_, value) for where, _, value in emitted if where == topic]
