"""Tactful in the simulated world: every user's records through `step`, wake-ups when they are due.

Models are shared by all users, so the population is advanced day by day; between two days
the learner takes in the examples and publishes its snapshots.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec

from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import POLICY_KEY, Knowledge
from tactful.local_time import DAY_MS
from tactful.policy import Policy
from tactful.records import (
    Decision,
    Event,
    Feedback,
    Input,
    LedgerEntry,
    Outcome,
    Output,
    ProfileUpdate,
    Request,
    Verdict,
    Wakeup,
)
from tactful.simulator.world.accuracy import Choice, judge
from tactful.simulator.world.life import Life
from tactful.simulator.world.policy import PROBED, probing_policy
from tactful.simulator.world.population import QUIET
from tactful.simulator.world.response import CHANNELS, TYPES
from tactful.simulator.world.tally import Accuracy, Tally
from tactful.simulator.world.world import World

_NEVER_MS = 1 << 62
_MAX_STEPS_A_DAY = 10_000
_LEFT = (Outcome.UNSUBSCRIBED, Outcome.COMPLAINED)
_NUMBER = {name: number for number, name in enumerate(CHANNELS)}


class Learner(Protocol):
    """What learns between days."""

    def take(self, output: Output) -> None:
        """One record that went out; examples are kept until `learn`."""
        ...

    def learn(self, knowledge: Knowledge, now_ms: int) -> Knowledge:
        """The knowledge with what was learned of the examples taken since."""
        ...


class _Due(NamedTuple):
    """A record that will come in: when, in which order, and what."""

    at_ms: int
    number: int
    record: Input


class _User:
    """One user: the state that Tactful keeps, the truth, and what is on its way."""

    __slots__ = ("inbox", "life", "next_request", "next_session", "number", "state")

    def __init__(self, state: UserState, life: Life) -> None:
        self.state = state
        self.life = life
        self.inbox: list[_Due] = []
        self.number = 0
        self.next_session = 0
        self.next_request = 0

    def expect(self, at_ms: int, record: Input) -> None:
        """A record that comes in later."""
        self.number += 1
        heapq.heappush(self.inbox, _Due(at_ms, self.number, record))


class Deciding:
    """One run of Tactful in a world.

    Args:
        world: the truth.
        knowledge: policy and models at the beginning.
        learner: learns between days; None: nothing is learned but what is in the users' states.
        judged_days: after which days choices are compared with the truth.
    """

    def __init__(
        self,
        world: World,
        knowledge: Knowledge,
        learner: Learner | None = None,
        judged_days: frozenset[int] = frozenset(),
    ) -> None:
        self.world = world
        self.knowledge = knowledge
        self.tally = Tally(world.plan.days)
        self.accuracy: list[Accuracy] = []
        self.verdicts: Counter[str] = Counter()
        self.lives = [Life(world, user, self.tally) for user in range(len(world.people))]
        self._learner = learner
        self._judged_days = judged_days
        self._sends_before = [0] * len(world.people)
        self._probing: dict[int, Policy] = {
            quiet: probing_policy(knowledge.policy, quiet) for quiet in range(len(QUIET))
        }
        self._users = [_User(UserState(world.people.user_id(u)), self.lives[u]) for u in self._all]
        for user in self._all:
            opening = world.people.opening(user, world.clock.start_ms)
            self._users[user].expect(world.clock.start_ms, opening)

    @property
    def _all(self) -> range:
        return range(len(self.world.people))

    def run(self, progress: Callable[[float], None] | None = None) -> None:
        """Advance everyone to the end."""
        clock = self.world.clock
        for day in range(clock.days):
            end_ms = clock.start_ms + (day + 1) * DAY_MS
            for user in self._users:
                self._advance(user, end_ms)
            if self._learner is not None:
                self.knowledge = self._learner.learn(self.knowledge, end_ms)
            self._end_day(day)
            if progress is not None:
                progress((day + 1) / clock.days)

    def _end_day(self, day: int) -> None:
        for life in self.lives:
            life.end_day(day)
        if day + 1 == self.world.plan.drift_day:
            drifts = self.world.people.drifts
            self._sends_before = [
                life.sends if drifts[user] else 0 for user, life in enumerate(self.lives)
            ]
        if day in self._judged_days:
            found = judge(self.world, self.lives, day, self._probe(), self._sends_before)
            self.accuracy.append(found)

    def _advance(self, user: _User, until_ms: int) -> None:
        """Take in all that reaches the user before a moment."""
        stream = self.world.streams[user.life.user]
        sessions, asked = stream.sessions, stream.asked
        for _ in range(_MAX_STEPS_A_DAY):
            session_ms = request_ms = _NEVER_MS
            if user.next_session < len(sessions):
                session_ms = sessions[user.next_session]
            if user.next_request < len(asked):
                request_ms = asked[user.next_request]
            inbox_ms = user.inbox[0].at_ms if user.inbox else _NEVER_MS
            wakeup_ms = _NEVER_MS if user.state.wakeup_ms is None else user.state.wakeup_ms
            at_ms = min(session_ms, request_ms, inbox_ms, wakeup_ms)
            if at_ms >= until_ms:
                return
            if wakeup_ms == at_ms:
                self._take(user, Wakeup(), at_ms)
            elif inbox_ms == at_ms:
                record = heapq.heappop(user.inbox).record
                self._take(user, record, at_ms)
                if type(record) is ProfileUpdate and user.life.subscribed_until_ms is not None:
                    # Nothing may be sent any more; what still waits for its label is told.
                    user.next_session, user.next_request = len(sessions), len(asked)
            elif session_ms == at_ms:
                user.next_session += 1
                if user.life.alive:
                    self._take(user, self._session(user, at_ms), at_ms)
            else:
                user.next_request += 1
                self._take(user, self._request(user, at_ms), at_ms)
        raise AssertionError(f"{user.state.user_id} does not come to rest before {until_ms}")

    def _session(self, user: _User, at_ms: int) -> Event:
        name = user.state.user_id
        return Event(
            id=f"{name}-s{user.next_session}",
            user_id=name,
            name="app_open",
            at_ms=at_ms,
            session_id=f"s{user.next_session}",
        )

    def _request(self, user: _User, at_ms: int) -> Request:
        request = user.next_request - 1
        kind = self.world.streams[user.life.user].types[request]
        return Request(id=str(request), user_id=user.state.user_id, type=TYPES[kind], at_ms=at_ms)

    def _take(self, user: _User, record: Input, now_ms: int) -> None:
        effects = step(user.state, record, now_ms, self.knowledge)
        user.state = effects.state
        for output in effects.outputs:
            kind = type(output)
            if kind is Decision:
                self._answer(user, output, now_ms)  # type: ignore[arg-type]
            elif kind is LedgerEntry:
                self.verdicts[f"{output.verdict} {output.reason}"] += 1  # type: ignore[union-attr]
            if self._learner is not None:
                self._learner.take(output)

    def _answer(self, user: _User, decision: Decision, now_ms: int) -> None:
        """Let the user answer, and have it told when it is."""
        name = user.state.user_id
        channel = _NUMBER[decision.channel]
        for reply in user.life.answer(int(decision.request_id), channel, now_ms):
            user.expect(
                reply.told_ms,
                Feedback(
                    id=f"{decision.decision_id}-{reply.outcome}",
                    user_id=name,
                    decision_id=decision.decision_id,
                    channel=decision.channel,
                    outcome=reply.outcome,
                    at_ms=reply.at_ms,
                ),
            )
            if reply.outcome is Outcome.CLICKED:
                visit = Event(
                    id=f"{decision.decision_id}-visit",
                    user_id=name,
                    name="app_open",
                    at_ms=reply.at_ms,
                )
                user.expect(reply.at_ms, visit)
            elif reply.outcome in _LEFT:
                withdrawn = ProfileUpdate(
                    id=f"{decision.decision_id}-left",
                    user_id=name,
                    at_ms=reply.at_ms,
                    consent={"marketing": False},
                )
                user.expect(reply.told_ms, withdrawn)

    def _probe(self) -> Callable[[int, int], Choice | None]:
        """What Tactful would do for a user, asked of `step` itself, with nothing in the way."""
        knowledge = {quiet: self._under(policy) for quiet, policy in self._probing.items()}

        def choose(user: int, at_ms: int) -> Choice | None:
            state = self._users[user].state
            sections = state.sections.copy()
            sections[Section.HELD] = sections[Section.ATTEMPTS] = b""
            asked = Request(id="probe", user_id=state.user_id, type=PROBED, at_ms=at_ms)
            known = knowledge[int(self.world.people.quiet[user])]
            effects = step(UserState(state.user_id, sections), asked, at_ms, known)
            for output in effects.outputs:
                if isinstance(output, LedgerEntry) and output.channel is not None:
                    if output.verdict is Verdict.SEND:
                        return Choice(_NUMBER[output.channel], at_ms)
                    if output.verdict is Verdict.HOLD and output.reconsider_at_ms is not None:
                        return Choice(_NUMBER[output.channel], output.reconsider_at_ms)
            return None

        return choose

    def _under(self, policy: Policy) -> Knowledge:
        """What is known now, under another policy."""
        return self.knowledge.with_update(POLICY_KEY, msgspec.json.encode(policy))
