"""Kafka messages of the profiles topic, as the client would give them."""

import dataclasses

import msgspec
from confluent_kafka import KafkaError

TOPIC = "t.profiles"


@dataclasses.dataclass
class FakeMessage:
    key_: bytes | None
    value_: bytes | None
    offset_: int = 0
    partition_: int = 0
    error_: KafkaError | None = None

    def key(self) -> bytes | None:
        return self.key_

    def value(self) -> bytes | None:
        return self.value_

    def offset(self) -> int:
        return self.offset_

    def partition(self) -> int:
        return self.partition_

    def topic(self) -> str:
        return TOPIC

    def timestamp(self) -> tuple[int, int]:
        return (1, 1_000)

    def error(self) -> KafkaError | None:
        return self.error_


def snapshot(user: str, version: int, *, erased: bool = False, **fields: object) -> bytes:
    empty = {"events": 0, "sessions": 0}
    values: dict[str, object] = {
        "user_id": user,
        "version": version,
        "updated_at_ms": 1_700_000_000_000 + version,
        "time_zone": None if version % 3 == 0 else "Europe/Berlin",
        "identifiers": {} if erased else {"email": f"{user}@example.org"},
        "attributes": {} if erased else {"seen": version},
        "preferences": {},
        "consent": {},
        "activity": empty if erased else {"events": version, "sessions": 1},
        "channels": {},
        "held": {"count": 0},
        "duplicates": 0,
        "erased": erased,
    }
    return msgspec.json.encode(values | fields)


def message(
    user: str, version: int | None, *, offset: int = 0, partition: int = 0, erased: bool = False
) -> FakeMessage:
    value = None if version is None else snapshot(user, version, erased=erased)
    return FakeMessage(user.encode(), value, offset, partition)
