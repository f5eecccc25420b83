"""How a Kafka record crosses into Python and an output crosses back: the cheapest forms measured.

In, SQL joins a record and its source position into one bytes value in the JVM; out, an output is a
plain tuple. Rows with several fields cost more on the way in, text that SQL takes apart costs more
on the way out: `docs/decisions/0004-crossing-and-state-backend.md` has the figures.

The bytes of a record are

    topic|partition|offset|timestamp|length of the key|key value

with the numbers in decimal. Nothing in a topic's name or a number is a bar, so key and value may
hold any bytes.
"""

from typing import NamedTuple

_LATIN_1 = "'ISO-8859-1'"  # one character a byte and back: it loses nothing, whatever the bytes are

Emitted = tuple[str, bytes, bytes]
"""What the operators emit: topic, key, value."""


class Arrived(NamedTuple):
    """A record as Kafka had it.

    Attributes:
        topic: its full name.
        partition: where in the topic.
        offset: where in the partition.
        stamped_ms: the Kafka timestamp; only history asks for it, else 0.
        key: empty if it is missing.
        value: empty if it is missing.
    """

    topic: str
    partition: int
    offset: int
    stamped_ms: int
    key: bytes
    value: bytes


def seal_sql(*, stamped: bool = False) -> str:
    """The SQL expression that joins a record into one bytes value.

    It reads the columns k, v, topic, part and offs, and stamped if that is asked for.
    """
    key = f"decode(coalesce(k, x''), {_LATIN_1})"
    value = f"decode(coalesce(v, x''), {_LATIN_1})"
    # Flink has no function for the epoch milliseconds of a timestamp.
    stamp = (
        "cast(extract(epoch from stamped) * 1000 + extract(millisecond from stamped) as string)"
        if stamped
        else "'0'"
    )
    parts = (
        *("topic", "'|'", "cast(part as string)", "'|'", "cast(offs as string)", "'|'"),
        *(stamp, "'|'", f"cast(char_length({key}) as string)", "'|'", key, value),
    )
    return f"encode(concat({', '.join(parts)}), {_LATIN_1})"


def seal(arrived: Arrived) -> bytes:
    """The same in Python, for tests and for knowledge that is given at the start."""
    *place, key, _ = arrived
    head = "|".join(map(str, (*place, len(key), "")))
    return head.encode() + arrived.key + arrived.value


def unseal(sealed: bytes) -> Arrived:
    """Take the bytes apart again."""
    topic, partition, offset, stamped, length, rest = sealed.split(b"|", 5)
    end = int(length)
    return Arrived(
        topic.decode(), int(partition), int(offset), int(stamped), rest[:end], rest[end:]
    )
