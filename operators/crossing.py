"""How a Kafka record crosses into Python and an output crosses back: the cheapest forms measured.

In, SQL joins a record and its source position into one bytes value in the JVM; out, an output is a
plain tuple. Rows with several fields cost more on the way in, text that SQL takes apart costs more
on the way out: `docs/decisions/0010-crossing-and-state-backend.md` has the figures.

The bytes of a record are

    topic|partition|offset|length of the key|key value

with the numbers in decimal. Nothing in a topic's name or a number is a bar, so key and value may
hold any bytes.
"""

from typing import NamedTuple

_LATIN_1 = "'ISO-8859-1'"  # one character a byte and back: it loses nothing, whatever the bytes are

Emitted = tuple[str, bytes, bytes]
"""What the operators emit: topic, key, value."""


class Arrived(NamedTuple):
    """A record as Kafka had it. A missing key or value is empty."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes


def seal_sql(
    key: str = "k",
    value: str = "v",
    topic: str = "topic",
    partition: str = "part",
    offset: str = "offs",
) -> str:
    """The SQL expression that joins a record into one bytes value.

    Args:
        key: the column of the key, bytes or null.
        value: the column of the value, bytes or null.
        topic: the column of the topic's name.
        partition: the column of the partition.
        offset: the column of the offset.
    """
    key_text = f"decode(coalesce({key}, x''), {_LATIN_1})"
    value_text = f"decode(coalesce({value}, x''), {_LATIN_1})"
    parts = (
        topic,
        "'|'",
        f"cast({partition} as string)",
        "'|'",
        f"cast({offset} as string)",
        "'|'",
        f"cast(char_length({key_text}) as string)",
        "'|'",
        key_text,
        value_text,
    )
    return f"encode(concat({', '.join(parts)}), {_LATIN_1})"


def seal(arrived: Arrived) -> bytes:
    """The same in Python, for tests and for knowledge that is given at the start."""
    head = f"{arrived.topic}|{arrived.partition}|{arrived.offset}|{len(arrived.key)}|"
    return head.encode() + arrived.key + arrived.value


def unseal(sealed: bytes) -> Arrived:
    """Take the bytes apart again."""
    topic, partition, offset, length, rest = sealed.split(b"|", 4)
    end = int(length)
    return Arrived(topic.decode(), int(partition), int(offset), rest[:end], rest[end:])
