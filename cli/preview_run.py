"""Decides a history twice, user by user, and keeps what is to be told."""

import dataclasses
from collections.abc import Callable
from typing import IO

import msgspec

from cli.preview_users import Sorter, User
from tactful.history import live
from tactful.knowledge import Knowledge
from tactful.policy import Policy
from tactful.preview import Comparison, Difference, fates_of

_TELL_EVERY = 100


@dataclasses.dataclass
class Run:
    """Two policies over one history.

    Attributes:
        before, after: the policies.
        keep: how many differences to hold for showing; None for all.
        comparison: what is counted.
        shown: the first differences.
        judged: requests of a ledger.
        agreed: those that end under `before` as the ledger says they did.
    """

    before: Policy
    after: Policy
    keep: int | None
    comparison: Comparison = dataclasses.field(default_factory=Comparison)
    shown: list[Difference] = dataclasses.field(default_factory=list)
    judged: int = 0
    agreed: int = 0

    def over(
        self, sorter: Sorter, progress: Callable[[float], None], lines: IO[bytes] | None
    ) -> None:
        """Decide all of it.

        Args:
            sorter: the history.
            progress: told the part done, 0 to 1.
            lines: where to write each difference as JSON.
        """
        before, after = Knowledge(self.before), Knowledge(self.after)
        for number, (part, user) in enumerate(sorter.users(self.before)):
            if number % _TELL_EVERY == 0:
                progress(part)
            self._user(user, before, after, lines)
        progress(1.0)

    def _user(
        self, user: User, before: Knowledge, after: Knowledge, lines: IO[bytes] | None
    ) -> None:
        old = live(user.user_id, user.past, before)
        new = live(user.user_id, user.past, after)
        for difference in self.comparison.add(user.user_id, old, new):
            if lines is not None:
                lines.write(msgspec.json.encode(difference) + b"\n")
            if self.keep is None or len(self.shown) < self.keep:
                self.shown.append(difference)
        if user.told:
            told, again = fates_of(user.told), fates_of(old)
            self.judged += len(told)
            self.agreed += sum(
                name in again and again[name].fate.ending is asked.fate.ending
                for name, asked in told.items()
            )
