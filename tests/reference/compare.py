"""Lives one history twice, through `step` and through the reference, and compares the ledgers."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from reference.histories import USER, At, History, PriceChange
from reference.model import ReferenceUser
from reference.records import Answer, Entry, Record, World

from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, MINUTE_MS
from tactful.policy import Policy
from tactful.records import Feedback, Input, LedgerEntry, Verdict, Wakeup

WAITING = (Verdict.SEND, Verdict.HOLD, Verdict.DIGEST)
"""The verdicts whose channel is compared; those of silence have none."""
AFTER_MS = 40 * DAY_MS
STUCK_AFTER = 50


class Disagreement(NamedTuple):
    """The verdicts on one attempt by the code and by the reference."""

    attempt: tuple[str, int]
    code: list[Entry]
    reference: list[Entry]

    def __str__(self) -> str:
        request_id, number = self.attempt
        code, reference = _shown(self.code), _shown(self.reference)
        return f"{request_id} attempt {number}:\n  code      {code}\n  reference {reference}"

    @property
    def kind(self) -> str:
        """What the first verdicts that differ say, for shrinking to the same difference."""
        for code, reference in zip_longest(self.code, self.reference):
            if code != reference:
                return f"{_named(code)} / {_named(reference)}"
        return ""


def _named(entry: Entry | None) -> str:
    if entry is None:
        return "nothing"
    return " ".join((entry.verdict, entry.reason, *entry.also))


@dataclass
class TwoLives:
    """The same life by the code and by the reference."""

    history: History
    ledger: list[LedgerEntry] = field(default_factory=list)
    reference: ReferenceUser = field(default_factory=ReferenceUser)

    def __post_init__(self) -> None:
        self._policy = self.history.policy
        self._knowledge = Knowledge(self._policy)
        self._state = UserState(USER)
        self._decided: dict[tuple[str, int], tuple[str, str]] = {}
        for moment in self.history.moments:
            self._wake_until(moment.now_ms)
            self._live(moment)
        if self.history.moments:
            self._wake_until(self.history.moments[-1].now_ms + AFTER_MS)

    def _live(self, moment: At) -> None:
        what = moment.what
        if isinstance(what, Policy):
            self._policy = what
            self._knowledge = Knowledge(what, prices=self._knowledge.prices)
        elif isinstance(what, PriceChange):
            self._knowledge = Knowledge(self._policy, prices=what.prices)
        elif isinstance(what, Answer):
            unknown = "none", what.channel
            key = what.request_id, what.attempt
            decision_id, channel = self._decided.get(key, unknown)
            answer = what._replace(channel=channel)
            if key not in self._decided:
                answer = answer._replace(request_id="none")
            feedback = Feedback(what.id, USER, decision_id, channel, what.outcome, what.at_ms)
            self._take(feedback, answer, moment.now_ms)
        else:
            self._take(what, what, moment.now_ms)

    def _take(self, record: Input, seen: Record, now_ms: int) -> None:
        self._step(record, now_ms)
        self._refer(seen, now_ms)

    def _step(self, record: Input, now_ms: int) -> None:
        effects = step(self._state, record, now_ms, self._knowledge)
        self._state = effects.state
        for output in effects.outputs:
            if isinstance(output, LedgerEntry):
                self.ledger.append(output)
                if output.verdict is Verdict.SEND:
                    assert output.channel is not None
                    key = (output.request_id, output.attempt)
                    self._decided[key] = (output.decision_id, output.channel)

    def _refer(self, seen: Record, now_ms: int) -> None:
        activity = self._state.sections[Section.ACTIVITY]
        prices = self._knowledge.prices
        self.reference.take(seen, World(now_ms, self._policy, prices, activity))

    def _wake_until(self, until_ms: int) -> None:
        """Each is woken when it wants to be; a wake-up of the code reaches both."""
        woken = 0
        while True:
            own_ms, other_ms = self._state.wakeup_ms, self.reference.due_ms()
            due_ms = min((each for each in (own_ms, other_ms) if each is not None), default=None)
            if due_ms is None or due_ms > until_ms:
                return
            woken += 1
            assert woken < 40 * STUCK_AFTER, "the wake-ups never end"
            if due_ms % MINUTE_MS:
                # The code lets an attempt go a millisecond after its end. What else there is to
                # notice at this wake-up, such as a new policy, is noticed on the whole minute.
                self._take(Wakeup(), None, due_ms - due_ms % MINUTE_MS)
            if own_ms == due_ms:
                self._step(Wakeup(), due_ms)
            self._refer(None, due_ms)

    def disagreements(self) -> list[Disagreement]:
        """The attempts on which the two differ."""
        ours = _by_attempt(_comparable(each) for each in self.ledger)
        theirs = _by_attempt(iter(self.reference.entries))
        return [
            Disagreement(key, ours[key], theirs[key])
            for key in sorted(ours.keys() | theirs.keys())
            if ours[key] != theirs[key]
        ]

    def counted(self) -> Counter[str]:
        """How often the interesting things happened."""
        found = self.reference.happened.copy()
        for entry in self.reference.entries:
            found[entry.verdict.value] += 1
            found[f"{entry.verdict.value} {entry.reason.value}"] += 1
            if entry.also:
                found["named together"] += 1
        return found


def _comparable(entry: LedgerEntry) -> Entry:
    return Entry(
        entry.request_id,
        entry.attempt,
        entry.verdict,
        entry.reason,
        tuple(entry.also),
        entry.channel if entry.verdict in WAITING else None,
        entry.decided_at_ms,
        entry.reconsider_at_ms if entry.verdict is Verdict.HOLD else None,
        entry.merged_into,
    )


def _by_attempt(entries: Iterator[Entry]) -> dict[tuple[str, int], list[Entry]]:
    found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.request_id, entry.attempt].append(entry)
    return found


def _shown(entries: list[Entry]) -> str:
    return (
        "; ".join(
            " ".join(
                str(part)
                for part in (
                    each.verdict.value,
                    each.reason.value,
                    *(f"+{also.value}" for also in each.also),
                    each.channel or "",
                    f"@{each.decided_ms // 60_000}",
                    "" if each.until_ms is None else f"until {each.until_ms // 60_000}",
                    "" if each.merged_into is None else f"with {each.merged_into}",
                )
                if part
            )
            for each in entries
        )
        or "nothing"
    )
