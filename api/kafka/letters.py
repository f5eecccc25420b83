"""The newest dead letters at hand: a bounded number, each found by the place it came from."""

from collections import Counter, OrderedDict
from collections.abc import Iterable

from api.kafka.erasures import Erasures
from tactful.records import DeadLetter

SIZE = 2_000


def place_of(letter: DeadLetter) -> str:
    """The place of the record that was refused, as `events/0/17`."""
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


class LetterTail:
    """The last `size` dead letters, in the event loop's hands.

    Those with the key of a user who was erased since are not kept.
    """

    def __init__(self, size: int = SIZE, erasures: Erasures | None = None) -> None:
        self._size = size
        self._erasures = erasures or Erasures()
        self._erasures.listen(self._forget)
        self._letters: OrderedDict[str, DeadLetter] = OrderedDict()
        self._replayed: dict[str, int] = {}
        self.taken = 0

    def take(self, letters: Iterable[DeadLetter]) -> None:
        """Note letters in the order in which they came; one that comes again counts as new."""
        for letter in letters:
            self.taken += 1
            place = place_of(letter)
            self._letters.pop(place, None)
            if self._erased(letter):
                self._replayed.pop(place, None)
                continue
            self._letters[place] = letter
        while len(self._letters) > self._size:
            place, _ = self._letters.popitem(last=False)
            self._replayed.pop(place, None)

    def _erased(self, letter: DeadLetter) -> bool:
        return letter.key is not None and self._erasures.cover(letter.key, letter.seen_at_ms)

    def _forget(self, user_id: str) -> None:
        for place, letter in list(self._letters.items()):
            if letter.key == user_id and self._erased(letter):
                del self._letters[place]
                self._replayed.pop(place, None)

    def get(self, place: str) -> DeadLetter | None:
        """The letter of a place, if at hand."""
        return self._letters.get(place)

    def newest(
        self, count: int, *, reason: str | None = None, topic: str | None = None
    ) -> list[DeadLetter]:
        """The newest letters, newest first, of a reason and from a topic if asked for."""
        found: list[DeadLetter] = []
        for letter in reversed(self._letters.values()):
            if len(found) == count:
                break
            if reason in (None, letter.reason) and topic in (None, letter.topic):
                found.append(letter)
        return found

    def by_reason(self) -> Counter[str]:
        """How many there are of each reason."""
        return Counter(letter.reason.value for letter in self._letters.values())

    def topics(self) -> list[str]:
        """The topics that they came from."""
        return sorted({letter.topic for letter in self._letters.values()})

    def note_replay(self, place: str, at_ms: int) -> None:
        """Remember that a letter's record was sent back."""
        if place in self._letters:
            self._replayed[place] = at_ms

    def replayed_ms(self, place: str) -> int | None:
        """When a letter's record was sent back from here, None if it was not."""
        return self._replayed.get(place)
