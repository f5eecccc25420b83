"""Compares the profiles table with what the topic says it must hold."""

import dataclasses
from collections.abc import Iterable

from confluent_kafka import Message

from connectors.cassandra.changes import Change, PoisonError, decode, fold
from connectors.cassandra.profiles import ProfileRow, row_of

EXAMPLES = 20
"""How many differing users a report names."""


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """How one row differs: `missing`, `unexpected`, or the first column that is not equal."""

    user_id: str
    what: str
    expected: str
    found: str


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """`users` were compared, `differing` are not right; `examples` are the first of those."""

    users: int
    differing: int
    examples: list[Difference]

    @property
    def agreeing_share(self) -> float:
        """The share of users whose row is right, in [0, 1]; 1 when there are none."""
        return 1.0 if self.users == 0 else (self.users - self.differing) / self.users


def expected_rows(messages: Iterable[Message]) -> dict[str, ProfileRow]:
    """The rows that the whole profiles topic leads to, by user; poison counts for nothing.

    The messages of a partition must be in order. Keeps every user's newest row in memory.
    """

    def changes() -> Iterable[Change]:
        for message in messages:
            try:
                yield decode(message)
            except PoisonError:
                continue

    rows = {}
    for user in fold(changes()).values():
        if user.put is not None and not user.put.snapshot.erased:
            rows[user.user_id] = row_of(user.put)
    return rows


def differences(expected: dict[str, ProfileRow], found: Iterable[ProfileRow]) -> Report:
    """Compare column by column, the write time included, the source position not.

    (The same version may stand at several offsets; which of them was written is no difference.)
    """
    users, differing = 0, 0
    examples: list[Difference] = []
    seen: set[str] = set()

    def note(user_id: str, what: str, wanted: str, got: str) -> None:
        nonlocal differing
        differing += 1
        if len(examples) < EXAMPLES:
            examples.append(Difference(user_id, what, wanted, got))

    for row in found:
        users += 1
        seen.add(row.user_id)
        wanted = expected.get(row.user_id)
        if wanted is None:
            note(row.user_id, "unexpected", "no row", f"version {row.version}")
            continue
        for field in dataclasses.fields(ProfileRow):
            if field.name.startswith("source_"):
                continue
            left, right = getattr(wanted, field.name), getattr(row, field.name)
            if left != right:
                note(row.user_id, field.name, str(left), str(right))
                break
    for user_id, wanted in expected.items():
        if user_id not in seen:
            users += 1
            note(user_id, "missing", f"version {wanted.version}", "no row")
    return Report(users, differing, examples)
