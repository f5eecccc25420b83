"""What the parts share during one step."""

from typing import Protocol

from tactful.engine.state import Section, UserState
from tactful.knowledge import Knowledge
from tactful.records import Input, Output


class Context:
    """One step in progress: the new state, the clock, the knowledge, what goes out.

    `changed` is a bit set of the sections written in this step; `settings_changed` says that the
    zone, an address, a preference, or a consent is another than before; `seen_before_ms` is when
    the user's newest event was before the one that this step takes in, 0 without one.
    """

    __slots__ = (
        "changed",
        "duplicate",
        "knowledge",
        "now_ms",
        "outputs",
        "sections",
        "seen_before_ms",
        "settings_changed",
        "user_id",
    )

    def __init__(self, state: UserState, now_ms: int, knowledge: Knowledge) -> None:
        self.user_id = state.user_id
        self.sections = state.sections.copy()
        self.now_ms = now_ms
        self.knowledge = knowledge
        self.outputs: list[Output] = []
        self.changed = 0
        self.duplicate = False
        self.settings_changed = False
        self.seen_before_ms = 0

    def write(self, section: Section, value: bytes) -> None:
        """Replace a section's bytes; only the part that owns the section calls this."""
        self.sections[section] = value
        self.changed |= 1 << section


class Part(Protocol):
    """A capability: it owns one section and handles some kinds of record.

    A part is a module with these functions; `tactful.engine.step` lists the parts.
    """

    HANDLES: tuple[type, ...]

    def handle(self, context: Context, record: Input) -> bool:
        """Work on one record. False ends the line: no later part sees the record."""
        ...

    def next_wakeup_ms(self, sections: list[bytes]) -> int | None:
        """When this part next wants to be woken, None for never."""
        ...
