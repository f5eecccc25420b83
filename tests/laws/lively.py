"""Lives in which much happens: most can be sent, much waits together, fails, and is tried again.

Policies drawn from the whole language shut most requests out. Here few do, so that digests, further
attempts and requests that wait for one another are common.
"""

from collections.abc import Sequence

import msgspec
from dice import CHANNELS, GROUPS, Dice
from histories import USER, Writer, changing_histories, histories
from hypothesis import strategies as st
from interpreter import Moment
from models import with_models
from policy_parts import make_exploration, make_holdback
from strategies import SPANS_MS, STARTS_MS, TYPES, knowledges, make_knowledge, seeds

from tactful.ids import decision_id
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy import ConsentMode, NotificationType, Policy, Purpose
from tactful.policy.check import problems_of
from tactful.policy.model import Batch, Failover
from tactful.records import (
    Event,
    Feedback,
    FrequencyMode,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    Request,
)

_STRIDES_MS = (
    *(0, 0, 0, 1, 1000, MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, HOUR_MS),
    *(3 * HOUR_MS, 6 * HOUR_MS, DAY_MS, -1, -MINUTE_MS),
)
_MODES = (FrequencyMode.DAILY_DIGEST, FrequencyMode.DAILY_DIGEST, *FrequencyMode)
_FEEDBACK = (*(Outcome.FAILED,) * 4, Outcome.BOUNCED, Outcome.DELIVERED, Outcome.OPENED, *Outcome)


class LivelyWriter(Writer):
    """Writes records that go well with each other."""

    def __init__(self, dice: Dice) -> None:
        super().__init__(dice)
        self._names: list[str] = []

    def request(self, now_ms: int) -> Request:
        """One that can be sent, of a few batches and campaigns."""
        dice = self._dice
        request = super().request(now_ms)
        self._names.append(request.id)
        return msgspec.structs.replace(
            request,
            type=dice.one_of(*TYPES),
            at_ms=now_ms - dice.one_of(0, 0, 0, 1, MINUTE_MS),
            priority=dice.one_of(None, None, None, Priority.LOW, Priority.NORMAL, Priority.HIGH),
            channels=None if dice.chance(0.9) else request.channels,
            not_before_ms=now_ms + HOUR_MS if dice.chance(0.1) else None,
            expires_at_ms=now_ms + dice.one_of(HOUR_MS, DAY_MS) if dice.chance(0.1) else None,
        )

    def feedback(self, now_ms: int) -> Feedback:
        """An outcome of one of the last requests, most often a failure."""
        dice = self._dice
        name = dice.one_of("none", *self._names[-4:] * 4)
        return msgspec.structs.replace(
            super().feedback(now_ms),
            decision_id=decision_id(USER, name, dice.one_of(1, 1, 1, 2, 2, 3)),
            outcome=dice.one_of(*_FEEDBACK),
            at_ms=now_ms,
        )

    def event(self, now_ms: int) -> Event:
        """Something the user does now, seldom elsewhere."""
        event = super().event(now_ms)
        zone = event.time_zone if self._dice.chance(0.2) else None
        return msgspec.structs.replace(event, at_ms=now_ms, time_zone=zone)

    def update(self, now_ms: int) -> ProfileUpdate:
        """Another mode, other quiet hours, a pause, now and then anything."""
        dice = self._dice
        update = super().update(now_ms)
        if dice.chance(0.2):
            return update
        return ProfileUpdate(
            id=update.id,
            user_id=USER,
            at_ms=now_ms,
            preferences=Preferences(
                frequency=dice.one_of(None, msgspec.UNSET, *_MODES),
                pause_until_ms=dice.one_of(msgspec.UNSET, None, now_ms + dice.one_of(1, HOUR_MS)),
            ),
        )

    def policy(self, _now_ms: int) -> Knowledge:
        """Another lively policy."""
        windows_ms = [each for each in SPANS_MS if each <= 7 * DAY_MS]
        self._known = make_lively_knowledge(self._dice, windows_ms)
        return self._known


def _type(dice: Dice, kind: NotificationType, channels: Sequence[str]) -> NotificationType:
    ttl_ms = dice.one_of(DAY_MS, 3 * DAY_MS, 9 * DAY_MS)
    purpose = dice.one_of(Purpose.MARKETING, Purpose.MARKETING, Purpose.TRANSACTIONAL)
    batches = (Batch(10 * MINUTE_MS), Batch(6 * HOUR_MS), Batch(0, dice.whole(0, 23)))
    rules = (
        Failover(max_attempts=dice.whole(2, 4), within_ms=ttl_ms),
        Failover(max_attempts=4, unopened_after_ms=HOUR_MS, within_ms=ttl_ms),
    )
    return msgspec.structs.replace(
        kind,
        purpose=purpose,
        holdback=make_holdback(dice) if purpose is Purpose.MARKETING and dice.chance(0.2) else None,
        channels=tuple(dice.some_of(channels, 2)),
        ttl_ms=ttl_ms,
        value_half_life_ms=dice.one_of(HOUR_MS, 365 * DAY_MS, 365 * DAY_MS),
        digestible=dice.chance(0.9),
        batch=dice.one_of(None, *batches),
        conflict_group=dice.one_of(None, None, *GROUPS),
        failover=dice.one_of(None, *rules),
    )


def _softened(dice: Dice, policy: Policy) -> Policy:
    channels = CHANNELS[: dice.whole(3, 5)]
    plain = next(iter(policy.channels.values()))
    types = {
        name: _type(dice, policy.types.get(name, next(iter(policy.types.values()))), channels)
        for name in TYPES
    }
    softened = msgspec.structs.replace(
        policy,
        types=types,
        channels={
            name: msgspec.structs.replace(
                policy.channels.get(name, plain),
                address=None,
                address_ttl_ms=None,
                engage_prob=dice.one_of(0.1, 0.3),
                cost=0.0,
            )
            for name in channels
        },
        caps=tuple(
            msgspec.structs.replace(cap, max=dice.whole(1, 4), channels=None, categories=None)
            for cap in policy.caps
        ),
        gaps=tuple(msgspec.structs.replace(gap, channels=None) for gap in policy.gaps),
        rules=(),
        exploration=msgspec.structs.replace(
            make_exploration(dice),
            temperature=1.0,
            max_options=24,
            budget_per_week=dice.whole(1, 4),
        )
        if dice.chance(0.6)
        else None,
        consent=dict.fromkeys(Purpose, ConsentMode.OPT_OUT),
        limits=msgspec.structs.replace(
            policy.limits, held=dice.one_of(4, 32), max_ttl_ms=9 * DAY_MS
        ),
    )
    assert problems_of(softened) == []
    return softened


def make_lively_knowledge(dice: Dice, windows_ms: Sequence[int] = SPANS_MS) -> Knowledge:
    """A policy that lets most through after a while."""
    known = make_knowledge(dice, windows_ms)
    return with_models(_softened(dice, known.policy), dice, prices=known.prices)


_USUAL = ("request", "request", "request", "feedback", "feedback", "event", "update")
_CHANGING = (*_USUAL, *_USUAL, "policy", "prices")


def make_lively_history(dice: Dice, size: int, *, changing: bool) -> list[Moment]:
    """Moments of one user, close to each other."""
    writer = LivelyWriter(dice)
    now_ms = dice.one_of(*STARTS_MS)
    moments = [Moment(now_ms, writer.welcome(now_ms))]
    while len(moments) < size:
        now_ms += dice.one_of(*_STRIDES_MS)
        what = getattr(writer, dice.one_of(*(_CHANGING if changing else _USUAL)))(now_ms)
        moments.append(Moment(now_ms, what))
    return moments


def _lively(*, changing: bool, most: int = 40) -> st.SearchStrategy[list[Moment]]:
    sizes = st.integers(0, most).map(lambda drawn: most - drawn)
    return st.builds(
        lambda seed, size: make_lively_history(Dice(seed, "lively"), size, changing=changing),
        seeds,
        sizes,
    )


any_knowledge = knowledges | seeds.map(lambda seed: make_lively_knowledge(Dice(seed, "lively")))
"""What any policy may say, or one under which much happens."""
steady = histories() | _lively(changing=False)
"""Histories under one policy."""
changing = changing_histories() | _lively(changing=True)
"""Histories with new policies and prices on the way."""
