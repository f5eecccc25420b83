"""Who was erased of late, so that what this process has at hand of them is forgotten too.

An erasure is a profile update, whoever wrote it; each process follows the topic, also for the days
that it reads again at its start. Erased users are remembered by a hash.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from schemas.intake import read
from tactful.records import ProfileUpdate, RecordKind

SLACK_MS = 5_000
"""The job empties a user's state a moment after the update was written: what it decided until then
is of before."""

_SIZE = 100_000
_WORD = b'"erase"'
_OBJECT = b"{"
_ESCAPE = b"\\u"


class Erasures:
    """Until when each user was erased; the last `size` of them.

    Args:
        size: how many.
    """

    def __init__(self, size: int = _SIZE) -> None:
        self._size = size
        self._through_ms: OrderedDict[bytes, int] = OrderedDict()
        self._forgetful: list[Callable[[str], None]] = []

    def listen(self, forget: Callable[[str], None]) -> None:
        """Call `forget` with each user who is erased: to drop all that `cover` says."""
        self._forgetful.append(forget)

    def take(self, user_id: str, at_ms: int) -> None:
        """Note an erasure of that moment; what is at hand of the user goes."""
        mark = _mark(user_id)
        through_ms = max(at_ms + SLACK_MS, self._through_ms.pop(mark, 0))
        self._through_ms[mark] = through_ms
        if len(self._through_ms) > self._size:
            self._through_ms.popitem(last=False)
        for forget in self._forgetful:
            forget(user_id)

    def cover(self, user_id: str, at_ms: int) -> bool:
        """Whether what was of the user at that moment is erased."""
        if not self._through_ms:
            return False
        return at_ms <= self._through_ms.get(_mark(user_id), -1)


def erased_in(key: str, value: bytes, written_at_ms: int) -> tuple[str, int] | None:
    """The user whom a record of profile updates erases, and when; None: it erases nobody.

    Args:
        key: the record's key.
        value: the record.
        written_at_ms: when it was written, by Kafka; not positive: unknown.
    """
    # Nearly all updates erase nobody, and days of them are read at the start.
    if value.startswith(_OBJECT) and _WORD not in value and _ESCAPE not in value:
        return None
    record = read(RecordKind.PROFILE_UPDATE, key, value, 0, 0)
    if not isinstance(record, ProfileUpdate) or not record.erase:
        return None
    return key, written_at_ms if written_at_ms > 0 else record.at_ms


def _mark(user_id: str) -> bytes:
    return hashlib.blake2b(user_id.encode(errors="replace"), digest_size=16).digest()
