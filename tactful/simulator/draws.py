"""Random draws that are a function of what they are for: the same in every run and process."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_SCALE = 2.0**-64


def uniform(*about: object) -> float:
    """A number in [0, 1) that depends on the words and numbers given and on nothing else.

    >>> uniform(1, "u1", "zone") == uniform(1, "u1", "zone") != uniform(2, "u1", "zone")
    True
    """
    text = "\x1f".join(map(str, about)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") * _SCALE


def chance(prob: float, *about: object) -> bool:
    """Whether something of that probability happens."""
    return uniform(*about) < prob


def pick(items: Sequence[T], *about: object) -> T:
    """One of the items, each as likely."""
    return items[int(uniform(*about) * len(items))]


def weighted(items: Sequence[tuple[T, float]], *about: object) -> T:
    """One of the items, as likely as its weight says."""
    left = uniform(*about) * sum(weight for _, weight in items)
    for item, weight in items:
        left -= weight
        if left < 0:
            return item
    return items[-1][0]
