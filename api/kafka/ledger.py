"""The newest verdicts at hand, and those who wait for one: by user and request, never by less."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from api.kafka.erasures import Erasures
from tactful.records import LedgerEntry, Reason

_Key = tuple[str, str]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LedgerEntry).decode


class _Kept(msgspec.Struct, frozen=True, gc=False):
    """An entry at hand, as its bytes; `asked_at_ms` is when it was requested or decided, the first.

    Taken apart each is some twenty objects, and a million of them hold the garbage collector up,
    and with it every request, for a quarter of a second and more.
    """

    user_id: str
    request_id: str
    decision_id: str
    asked_at_ms: int
    value: bytes

    @property
    def entry(self) -> LedgerEntry:
        return _decode(self.value)


def _kept(entry: LedgerEntry) -> _Kept:
    asked_at_ms = min(entry.requested_at_ms, entry.decided_at_ms)
    return _Kept(entry.user_id, entry.request_id, entry.decision_id, asked_at_ms, _encode(entry))


class LedgerTail:
    """The last `size` ledger entries, in the event loop's hands.

    An answer is found by (user id, request id), so no user ever gets another's. What is of before a
    user's erasure is not kept, also when it comes after the news of it.
    """

    def __init__(self, size: int = 50_000, erasures: Erasures | None = None) -> None:
        self._size = size
        self._erasures = erasures or Erasures()
        self._erasures.listen(self._forget)
        self._waiting: dict[_Key, list[asyncio.Future[LedgerEntry]]] = {}
        self._entries: OrderedDict[int, _Kept] = OrderedDict()
        self._of_user: dict[str, list[int]] = defaultdict(list)
        self._of_request: dict[_Key, tuple[int, ...]] = {}
        self._of_decision: dict[str, int] = {}
        self._next = 0
        self._listeners: list[Callable[[LedgerEntry], None]] = []
        self.taken = 0

    def listen(self, listener: Callable[[LedgerEntry], None]) -> None:
        """Call `listener` with each entry that is taken from now on."""
        self._listeners.append(listener)

    def take(self, entries: Iterable[LedgerEntry]) -> None:
        """Note entries in the order in which they came, and wake who waits for them."""
        for entry in entries:
            self.taken += 1
            for listener in self._listeners:
                listener(entry)
            for answer in self._waiting.pop((entry.user_id, entry.request_id), ()):
                if not answer.done():
                    answer.set_result(entry)
            if entry.reason is Reason.ERASED:
                self._erasures.take(entry.user_id, entry.decided_at_ms)
            kept = _kept(entry)
            if self._erased(kept):
                continue
            number, self._next = self._next, self._next + 1
            self._entries[number] = kept
            self._of_user[entry.user_id].append(number)
            key = (entry.user_id, entry.request_id)
            self._of_request[key] = (*self._of_request.get(key, ()), number)
            self._of_decision[entry.decision_id] = number
        while len(self._entries) > self._size:
            self._drop(next(iter(self._entries)))

    def _drop(self, number: int) -> None:
        old = self._entries.pop(number)
        numbers = self._of_user[old.user_id]
        numbers.remove(number)
        if not numbers:
            del self._of_user[old.user_id]
        key = (old.user_id, old.request_id)
        left = tuple(each for each in self._of_request[key] if each != number)
        if left:
            self._of_request[key] = left
        else:
            del self._of_request[key]
        if self._of_decision.get(old.decision_id) == number:
            del self._of_decision[old.decision_id]

    def _erased(self, kept: _Kept) -> bool:
        # What was asked for before the erasure is of before it, whenever it was decided.
        return self._erasures.cover(kept.user_id, kept.asked_at_ms)

    def _forget(self, user_id: str) -> None:
        for number in list(self._of_user.get(user_id, ())):
            if self._erased(self._entries[number]):
                self._drop(number)

    @contextmanager
    def expecting(self, user_id: str, request_id: str) -> Iterator[asyncio.Future[LedgerEntry]]:
        """The next verdict on a request; begin before the request is written."""
        key = (user_id, request_id)
        answer: asyncio.Future[LedgerEntry] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answer)
        try:
            yield answer
        finally:
            waiting = self._waiting.get(key)
            if waiting is not None and answer in waiting:
                waiting.remove(answer)
                if not waiting:
                    del self._waiting[key]

    @property
    def waiting(self) -> int:
        """How many requests are waited for."""
        return len(self._waiting)

    def of_user(self, user_id: str) -> list[LedgerEntry]:
        """A user's entries at hand, oldest first."""
        return [self._entries[number].entry for number in self._of_user.get(user_id, ())]

    def of_request(self, user_id: str, request_id: str) -> list[LedgerEntry]:
        """A request's entries at hand, oldest first."""
        numbers = self._of_request.get((user_id, request_id), ())
        return [self._entries[number].entry for number in numbers]

    def decision(self, decision_id: str) -> LedgerEntry | None:
        """The newest entry of a decision, if at hand."""
        number = self._of_decision.get(decision_id)
        return None if number is None else self._entries[number].entry

    def newest(self, count: int) -> list[LedgerEntry]:
        """The newest entries of all, newest first."""
        found: list[LedgerEntry] = []
        for number in reversed(self._entries):
            if len(found) == count:
                break
            found.append(self._entries[number].entry)
        return found
