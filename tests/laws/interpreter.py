"""Runs a history through `step` as the live operator does, state in bytes between any two steps.

Wake-ups come when they are due (or, with `punctual` off, only after the next record, as in a job
that was down and catches up).
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from state.codec import pack, unpack
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.records import (
    Decision,
    Event,
    Feedback,
    Input,
    LedgerEntry,
    Output,
    ProfileUpdate,
    Request,
    Wakeup,
)

WAKEUP = Wakeup()
STUCK_AFTER = 50
"""A user woken so often without time going on is stuck. A due snapshot and a full queue of held
requests need one wake-up each at one moment, so this is far beyond what is right."""

Record = Event | Request | Feedback | ProfileUpdate


class Moment(NamedTuple):
    """Something that happens at a reading of the clock: a record, or a new policy."""

    now_ms: int
    what: Record | Knowledge


class Step(NamedTuple):
    """One call of `step`, with all that it saw."""

    now_ms: int
    record: Input
    knowledge: Knowledge
    before: UserState
    after: UserState
    outputs: list[Output]
    duplicate: bool

    @property
    def ledger(self) -> list[LedgerEntry]:
        return [each for each in self.outputs if isinstance(each, LedgerEntry)]

    @property
    def decisions(self) -> list[Decision]:
        return [each for each in self.outputs if isinstance(each, Decision)]


class Life:
    """One user's life so far.

    Args:
        user_id: whose.
        knowledge: what holds until a moment brings another.
        packed: the state to go on from, None for a user never seen.
        punctual: whether a wake-up comes when it is due, or only after the next record.
    """

    def __init__(
        self,
        user_id: str,
        knowledge: Knowledge,
        packed: bytes | None = None,
        *,
        punctual: bool = True,
    ) -> None:
        self.user_id = user_id
        self.knowledge = knowledge
        self.packed = packed
        self.clock_ms = 0
        self.steps: list[Step] = []
        self._punctual = punctual

    @property
    def state(self) -> UserState:
        return unpack(self.packed, self.user_id)

    def live(self, moments: Iterable[Moment]) -> "Life":
        """Live through moments, in their order, whatever their clock says."""
        for moment in moments:
            if self._punctual:
                self.wake_until(moment.now_ms)
            # A clock may step back, so this is no maximum.
            self.clock_ms = moment.now_ms
            if isinstance(moment.what, Knowledge):
                self.knowledge = moment.what
            else:
                self.take(moment.what, moment.now_ms)
            if not self._punctual:
                self.wake_until(moment.now_ms)
        return self

    def wake_until(self, until_ms: int) -> "Life":
        """Let all wake-ups due up to a moment come."""
        at_once = 0
        while (due_ms := self.state.wakeup_ms) is not None and due_ms <= until_ms:
            at_once = at_once + 1 if due_ms <= self.clock_ms else 0
            assert at_once < STUCK_AFTER, f"the wake-up of {due_ms} comes for ever: {self.state}"
            self.clock_ms = max(self.clock_ms, due_ms if self._punctual else until_ms)
            self.take(WAKEUP, self.clock_ms)
        return self

    def take(self, record: Input, now_ms: int) -> Step:
        """One step, from bytes to bytes."""
        before = unpack(self.packed, self.user_id)
        sections = list(before.sections)
        effects = step(before, record, now_ms, self.knowledge)
        assert before.sections == sections, "step changed the state that it was given"
        assert effects.next_wakeup_ms == effects.state.wakeup_ms
        self.packed = pack(effects.state)
        assert unpack(self.packed, self.user_id) == effects.state
        taken = Step(
            now_ms,
            record,
            self.knowledge,
            before,
            effects.state,
            effects.outputs,
            effects.duplicate,
        )
        self.steps.append(taken)
        return taken

    @property
    def ledger(self) -> list[LedgerEntry]:
        return [entry for each in self.steps for entry in each.ledger]

    @property
    def decisions(self) -> list[Decision]:
        return [decision for each in self.steps for decision in each.decisions]

    def written(self) -> bytes:
        """All that went out, as bytes."""
        return b"\n".join(
            type(each).__name__.encode() + msgspec.json.encode(each)
            for taken in self.steps
            for each in taken.outputs
        )


def accepted(life: Life) -> list[Request]:
    """The requests that were no copies."""
    records = [step.record for step in life.steps if not step.duplicate]
    return [record for record in records if isinstance(record, Request)]
