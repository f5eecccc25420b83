"""Which partition a user's records are in: the hash of the Java client's default partitioner.

Every producer of Tactful uses it (`murmur2_random` in librdkafka), so that all records of a user
share a partition whoever wrote them, and one user's story is read from one partition.
"""

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Kafka's 32-bit murmur2 of a key, unsigned.

    >>> murmur2(b"21") == (-973932308) % 2**32
    True
    """
    length = len(key)
    h = (0x9747B28C ^ length) & _MASK
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i : i + 4], "little") * _M & _MASK
        k ^= k >> 24
        k = k * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if whole < length:
        h ^= int.from_bytes(key[whole:], "little")
        h = h * _M & _MASK
    h ^= h >> 13
    h = h * _M & _MASK
    return h ^ (h >> 15)


def partition_of(user_id: str, partitions: int) -> int:
    """The partition of a topic with that many partitions that holds the user's records."""
    return (murmur2(user_id.encode()) & 0x7FFFFFFF) % partitions
