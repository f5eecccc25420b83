"""The newest outcomes of sends at hand: by user, a bounded number of all."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from tactful.records import Feedback

SIZE = 50_000


class OutcomeTail:
    """The last `size` feedback records, in the event loop's hands. One that comes again is none."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._records: OrderedDict[tuple[str, str], Feedback] = OrderedDict()
        self._of_user: dict[str, list[str]] = defaultdict(list)

    def take(self, records: Iterable[Feedback]) -> None:
        """Note records in the order in which they came."""
        for record in records:
            key = record.user_id, record.id
            if key in self._records:
                continue
            self._records[key] = record
            self._of_user[record.user_id].append(record.id)
        while len(self._records) > self._size:
            (user_id, record_id), _ = self._records.popitem(last=False)
            left = self._of_user[user_id]
            left.remove(record_id)
            if not left:
                del self._of_user[user_id]

    def of_user(self, user_id: str) -> list[Feedback]:
        """A user's outcomes at hand, oldest first."""
        found = [self._records[user_id, each] for each in self._of_user.get(user_id, ())]
        return sorted(found, key=lambda each: (each.at_ms, each.id))
