"""A user's state as `step` sees it: one encoded section a part, decoded only by the part's code."""

import enum


class Section(enum.IntEnum):
    """The sections in their stored order. New ones are added at the end, none is reused."""

    DEDUP = 0
    PROFILE = 1
    ACTIVITY = 2
    ENGAGEMENT = 3
    SENDS = 4
    HELD = 5
    SNAPSHOT = 6
    ATTEMPTS = 7
    FEATURES = 8
    LABELS = 9


SECTION_COUNT = len(Section)


class UserState:
    """The sections of one user. `step` never changes one that it was given.

    Attributes:
        user_id: the Kafka key.
        sections: one bytes value a `Section`; empty means the part has seen nothing.
        wakeup_ms: when the next timer is due, None without one.
    """

    __slots__ = ("sections", "user_id", "wakeup_ms")

    def __init__(
        self, user_id: str, sections: list[bytes] | None = None, wakeup_ms: int | None = None
    ) -> None:
        self.user_id = user_id
        self.sections = [b""] * SECTION_COUNT if sections is None else sections
        self.wakeup_ms = wakeup_ms

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, UserState)
            and self.user_id == other.user_id
            and self.sections == other.sections
            and self.wakeup_ms == other.wakeup_ms
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sizes = {section.name.lower(): len(self.sections[section]) for section in Section}
        return f"UserState({self.user_id!r}, bytes={sizes}, wakeup_ms={self.wakeup_ms})"
