"""How many sends a provider's rate allows by a moment: a bucket that saves and owes little."""

SLACK_S = 0.5
"""So many seconds' worth of sends may be saved up, or be owed."""


class Budget:
    """The sends that a rate allows, less those that were seen.

    Args:
        rate_per_s: what the provider takes.
        now_ms: when it begins, with the slack saved up.
    """

    def __init__(self, rate_per_s: float, now_ms: int) -> None:
        self.rate_per_s = rate_per_s
        self.slack = max(1.0, rate_per_s * SLACK_S)
        self._room = self.slack
        self._at_ms = now_ms

    def room(self, at_ms: float) -> float:
        """How many more sends are allowed from what was seen until now to a moment."""
        return self._room + self.rate_per_s * (at_ms - self._at_ms) / 1000

    def spend(self) -> None:
        """A send was seen."""
        self._room -= 1

    def settle(self, now_ms: int, seen_ms: int) -> None:
        """Forget what is saved or owed beyond the slack, as of a moment.

        A pause is not made up for by a burst, nor a burst by a pause: the provider knows no
        yesterday. What may have been sent since `seen_ms` is not yet saved up.
        """
        unseen = self.rate_per_s * (now_ms - seen_ms) / 1000
        room = self.room(now_ms)
        self._room = min(self.slack + unseen, max(-self.slack, room))
        self._at_ms = now_ms
