"""The newest outcomes of sends at hand: by user, a bounded number of all."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from api.kafka.erasures import Erasures
from tactful.records import Feedback

SIZE = 50_000


class OutcomeTail:
    """The last `size` feedback records, in the event loop's hands. One that comes again is none.

    What is of before a user's erasure is not kept.
    """

    def __init__(self, size: int = SIZE, erasures: Erasures | None = None) -> None:
        self._size = size
        self._erasures = erasures or Erasures()
        self._erasures.listen(self._forget)
        self._records: OrderedDict[tuple[str, str], Feedback] = OrderedDict()
        self._of_user: dict[str, list[str]] = defaultdict(list)

    def take(self, records: Iterable[Feedback]) -> None:
        """Note records in the order in which they came."""
        for record in records:
            key = record.user_id, record.id
            if key in self._records or self._erasures.cover(record.user_id, record.at_ms):
                continue
            self._records[key] = record
            self._of_user[record.user_id].append(record.id)
        while len(self._records) > self._size:
            self._drop(*next(iter(self._records)))

    def _drop(self, user_id: str, record_id: str) -> None:
        del self._records[user_id, record_id]
        left = self._of_user[user_id]
        left.remove(record_id)
        if not left:
            del self._of_user[user_id]

    def _forget(self, user_id: str) -> None:
        for record_id in list(self._of_user.get(user_id, ())):
            if self._erasures.cover(user_id, self._records[user_id, record_id].at_ms):
                self._drop(user_id, record_id)

    def of_user(self, user_id: str) -> list[Feedback]:
        """A user's outcomes at hand, oldest first."""
        found = [self._records[user_id, each] for each in self._of_user.get(user_id, ())]
        return sorted(found, key=lambda each: (each.at_ms, each.id))
