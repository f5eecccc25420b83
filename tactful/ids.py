"""Identifiers derived by hash: the same input gives the same id in every run and replay."""

from functools import lru_cache
from hashlib import blake2b
from zlib import crc32


def decision_id(user_id: str, request_id: str, attempt: int = 1) -> str:
    """The idempotency key of a decision: 128 bits of BLAKE2b over user, request, attempt, as hex.

    >>> decision_id("u1", "r1") == decision_id("u1", "r1") != decision_id("u1r", "1")
    True
    >>> decision_id("u1", "r1", 2) == decision_id("u1", "r1")
    False
    """
    user = user_id.encode()
    salt = b"" if attempt == 1 else attempt.to_bytes(2, "little")
    return blake2b(
        len(user).to_bytes(4, "little") + user + request_id.encode(), digest_size=16, salt=salt
    ).hexdigest()


MARK_BYTES = 6


def mark(text: str) -> bytes:
    """Six bytes of BLAKE2b: what the bounded state keeps instead of a long id.

    Among the hundred or so marks of a user, a new id is taken for an old one once in 10^12.
    """
    return blake2b(text.encode(), digest_size=MARK_BYTES).digest()


@lru_cache(maxsize=4096)
def tag(name: str) -> int:
    """Four bytes that stand for a type's or channel's name in the state.

    A policy whose names collide is refused (see `tactful.policy.check`).
    """
    return crc32(name.encode())


def uniform(purpose: bytes, *words: str) -> float:
    """A number in [0, 1) that depends on the words alone: 53 bits of BLAKE2b.

    Args:
        purpose: what it is drawn for, at most 16 bytes; draws for different purposes are
            independent of each other, whatever the words.
        words: told apart by their lengths, so that no two lists of words run into one.

    >>> uniform(b"a", "ab", "c") == uniform(b"a", "ab", "c") != uniform(b"a", "a", "bc")
    True
    """
    hashed = blake2b(digest_size=8, person=purpose)
    for word in words:
        encoded = word.encode()
        hashed.update(len(encoded).to_bytes(4, "little"))
        hashed.update(encoded)
    return (int.from_bytes(hashed.digest(), "little") >> 11) * 2.0**-53
