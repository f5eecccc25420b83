"""Counts what two policies did with the same users: bounded, whatever the history's length."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tactful.local_time import MINUTE_MS
from tactful.preview.fates import Asked, Difference, Ending, Fate, fates_of
from tactful.records import LedgerEntry, Output, Verdict

SENT = frozenset({Ending.SENT_AT_ONCE, Ending.SENT_LATER})


class Side:
    """What one policy did, counted.

    Attributes:
        endings: requests by how they ended.
        reasons: requests by (verdict, reason); one that is held and sent counts in both.
        sends: attempts sent, by (channel, type).
        sends_per_user: users by their number of sends.
        delays_min: sent requests by the whole minutes from asking to sending.
    """

    def __init__(self) -> None:
        self.endings: Counter[Ending] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.sends: Counter[tuple[str, str]] = Counter()
        self.sends_per_user: Counter[int] = Counter()
        self.delays_min: Counter[int] = Counter()

    def add(self, outputs: Sequence[Output], fates: dict[str, Asked]) -> None:
        """Count one user."""
        entries = [each for each in outputs if isinstance(each, LedgerEntry)]
        once = {(e.request_id, e.verdict.value, e.reason.value) for e in entries}
        self.reasons.update((verdict, reason) for _, verdict, reason in once)
        sends = [e for e in entries if e.verdict is Verdict.SEND]
        self.sends.update((str(e.channel), e.type) for e in sends)
        self.sends_per_user[len(sends)] += 1
        for asked in fates.values():
            self.endings[asked.fate.ending] += 1
            if asked.fate.ending in SENT:
                waited_ms = max(0, asked.fate.at_ms - asked.requested_at_ms)
                self.delays_min[waited_ms // MINUTE_MS] += 1

    def delay_min(self, quantile: float) -> int | None:
        """So many minutes a sent request waited at most in the given part of cases, None if none.

        Args:
            quantile: from 0 to 1.
        """
        total = sum(self.delays_min.values())
        if not total:
            return None
        seen = 0
        for minutes in sorted(self.delays_min):
            seen += self.delays_min[minutes]
            if seen >= quantile * total:
                return minutes
        return max(self.delays_min)


class Comparison:
    """Two policies over the same users, one user after the other.

    Attributes:
        before: what the baseline did.
        after: what the other policy did.
        moves: requests by (ending before, ending after).
        reason_moves: changed requests by (words before, words after): ending and what bound.
        users, users_changed: how many there are, and how many of them with another fate of any
            request.
        requests, requests_changed: the same of requests.
    """

    def __init__(self) -> None:
        self.before = Side()
        self.after = Side()
        self.moves: Counter[tuple[Ending, Ending]] = Counter()
        self.reason_moves: Counter[tuple[str, str]] = Counter()
        self.users = self.users_changed = 0
        self.requests = self.requests_changed = 0

    def add(
        self, user_id: str, before: Sequence[Output], after: Sequence[Output]
    ) -> list[Difference]:
        """Count one user, and give the requests whose fate is another."""
        old, new = fates_of(before), fates_of(after)
        self.before.add(before, old)
        self.after.add(after, new)
        found = list(self._differences(user_id, old, new))
        self.users += 1
        self.users_changed += bool(found)
        self.requests += len(old.keys() | new.keys())
        self.requests_changed += len(found)
        return found

    def _differences(
        self, user_id: str, old: dict[str, Asked], new: dict[str, Asked]
    ) -> Iterator[Difference]:
        for request_id in [*old, *(each for each in new if each not in old)]:
            one, other = old.get(request_id), new.get(request_id)
            before = None if one is None else one.fate
            after = None if other is None else other.fate
            if before is not None and after is not None:
                self.moves[before.ending, after.ending] += 1
                if before.gist == after.gist:
                    continue
            asked = one or other
            assert asked is not None
            self.reason_moves[bound_by(before), bound_by(after)] += 1
            yield Difference(user_id, request_id, asked.type, asked.requested_at_ms, before, after)


def bound_by(fate: Fate | None) -> str:
    """How it ended and what bound it on the way: "sent later (quiet_hours)".

    What was sent later is bound by what held it first, all else by its last reason.
    """
    if fate is None:
        return "unknown"
    reason = fate.held[0] if fate.held and fate.ending is Ending.SENT_LATER else fate.reason
    return f"{fate.ending} ({reason})"
