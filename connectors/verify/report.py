"""What a verification found: who agrees, and how each other one differs."""

import dataclasses
import enum
from collections import Counter
from collections.abc import Iterable


class Place(enum.StrEnum):
    """Where something is kept that is compared with what it must follow from."""

    PROFILE_TOPIC = "profile topic"
    CASSANDRA = "Cassandra"
    HISTORY = "Cassandra history"
    KEYS = "Cassandra keys"
    REDIS = "Redis"


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """How one place differs for one user. Never holds contact data.

    Attributes:
        user_id: whose.
        place: what is not as it should be.
        what: the field.
        expected: what follows from the log (or, for a store, from the topic).
        found: what stands there.
        explanation: why it may be so and yet be right; None: it is wrong.
    """

    user_id: str
    place: Place
    what: str
    expected: str
    found: str
    explanation: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """`users` were compared; `differences` of those that do not agree in everything."""

    users: int
    differences: list[Difference]
    cached: int
    records: int
    entries: int

    @property
    def differing(self) -> set[str]:
        """The users who do not agree, explained or not."""
        return {each.user_id for each in self.differences}

    @property
    def unexplained(self) -> set[str]:
        """The users with a difference that nothing explains."""
        return {each.user_id for each in self.differences if each.explanation is None}

    @property
    def agreeing_share(self) -> float:
        """The share of users who agree in everything, in [0, 1]; 1 when there are none."""
        return 1.0 if not self.users else 1 - len(self.differing) / self.users

    def counts(self) -> dict[str, int]:
        """How many differences there are of each kind: `place: field`."""
        return dict(Counter(f"{each.place}: {each.what}" for each in self.differences))


def shown(value: object, secret: bool = False) -> str:
    """A value as a difference tells it: short, and contact data not at all."""
    if secret:
        return "(another value)" if value else "(none)"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def ordered(differences: Iterable[Difference]) -> list[Difference]:
    """Those that nothing explains first."""
    return sorted(differences, key=lambda each: (each.explanation is not None, each.user_id))
