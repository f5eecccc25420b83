"""Random histories of one user: records with late, shuffled and wild ones, and a moving clock."""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from interpreter import Moment, Record
from policy_parts import make_quiet
from strategies import (
    ADDRESSES,
    CAMPAIGNS,
    CHANNELS,
    COUNTRIES,
    EVENTS,
    FOREIGN_CHANNEL,
    FOREIGN_TYPE,
    SPANS_MS,
    STARTS_MS,
    TYPES,
    UNKNOWN_ZONE,
    ZONES,
    Dice,
    make_knowledge,
    make_prices,
    seeds,
)

from tactful.ids import decision_id
from tactful.knowledge import PRICE_KEY, Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.records import (
    Event,
    Feedback,
    FrequencyMode,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    QuietHours,
    Request,
)

USER = "u1"
STRIDES_MS = (
    *(0, 0, 0, 1, 999, 1000, 20_000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS - 1, HOUR_MS, HOUR_MS),
    *(6 * HOUR_MS, 6 * HOUR_MS, DAY_MS, DAY_MS + 1, 7 * DAY_MS, 28 * DAY_MS),
    *(-1, -500, -5 * MINUTE_MS),
)
LATENESSES_MS = (0, 0, 0, 0, 0, 0, 1, 1000, HOUR_MS, 3 * DAY_MS, -MINUTE_MS)
FLAGS = (True, True, False, None)
CONSENTS = (
    *("marketing", "transactional", *CHANNELS),
    *(f"{purpose}:{name}" for purpose in ("marketing", "transactional") for name in CHANNELS),
)
_CHANNELS = (*CHANNELS, FOREIGN_CHANNEL)
_ZONES = (*ZONES, UNKNOWN_ZONE)


class Writer:
    """Writes the records of one history, one after another."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._requests: list[str] = []
        self._place = 0
        self._known: Knowledge | None = None

    def request(self, now_ms: int) -> Request:
        """A request, most often one that can be sent or held for a while."""
        dice = self._dice
        not_before = dice.one_of(*(None,) * 8, 0, HOUR_MS, DAY_MS)
        expiry = dice.one_of(*(None,) * 9, 0, 1000, HOUR_MS, 3 * DAY_MS, -1000)
        request = Request(
            id=self._id("r"),
            user_id=USER,
            type=FOREIGN_TYPE if dice.chance(0.03) else dice.one_of(*TYPES),
            priority=dice.one_of(None, None, *Priority, Priority.NORMAL, Priority.LOW),
            at_ms=self._at(now_ms),
            channels=dice.some_of(_CHANNELS, 1, 3) if dice.chance(0.2) else None,
            not_before_ms=None if not_before is None else now_ms + not_before,
            expires_at_ms=None if expiry is None else now_ms + expiry,
            batch_key=dice.one_of(None, "b", "b", "c"),
            campaign=dice.one_of(None, *CAMPAIGNS),
            data=dice.one_of(None, {"n": 2}, {"name": "Ada", "n": [1, 2.5, None]}),
        )
        self._requests.append(request.id)
        return request

    def event(self, now_ms: int) -> Event:
        """Something the user did."""
        dice = self._dice
        return Event(
            id=self._id("e"),
            user_id=USER,
            name=dice.one_of(*EVENTS),
            at_ms=self._at(now_ms),
            session_id=dice.one_of(None, "s1", "s2"),
            time_zone=dice.one_of(None, None, *_ZONES),
            attributes=dice.one_of(None, {"total": 70}, {"n": 2}),
        )

    def feedback(self, now_ms: int) -> Feedback:
        """An outcome of a request of this history, most often of a late one, or of none."""
        dice = self._dice
        request = dice.one_of("none", *self._requests, *self._requests[-3:] * 4)
        return Feedback(
            id=self._id("f"),
            user_id=USER,
            decision_id=decision_id(USER, request, dice.one_of(1, 1, 1, 1, 2, 2, 3)),
            channel=dice.one_of(*_CHANNELS),
            outcome=dice.one_of(*Outcome, Outcome.FAILED, Outcome.FAILED, Outcome.BOUNCED),
            at_ms=self._at(now_ms),
        )

    def update(self, now_ms: int) -> ProfileUpdate:
        """New values for a few fields, or an erasure."""
        dice = self._dice
        return ProfileUpdate(
            id=self._id("p"),
            user_id=USER,
            at_ms=self._at(now_ms),
            attributes=self._some(
                ("age", "city", "country", "country"),
                (None, 7, "x", [1], {"a": None}, *COUNTRIES, *COUNTRIES),
            ),
            identifiers=self._some(ADDRESSES, ("a@example.org", "+44", None)),
            preferences=self.preferences() if dice.chance(0.5) else None,
            consent=self._some(CONSENTS, FLAGS),
            time_zone=dice.one_of(None, None, *_ZONES),
            erase=dice.chance(0.05),
        )

    def welcome(self, now_ms: int) -> ProfileUpdate:
        """An update after which most requests can be sent."""
        return ProfileUpdate(
            id=self._id("p"),
            user_id=USER,
            at_ms=now_ms,
            identifiers={"email": "a@example.org", "phone": "+44", "push_token": "t"},
            consent={"marketing": True, "transactional": True},
            time_zone=self._dice.one_of(None, *_ZONES),
        )

    def preferences(self) -> Preferences:
        """A few preferences; most fields are absent."""
        dice = self._dice

        def maybe(value: Any) -> Any:
            return dice.one_of(msgspec.UNSET, msgspec.UNSET, None, value, value)

        # A channel's switch inside a type is never taken back here: see `test_profile_merges`.
        setting = dice.one_of(dice.one_of(*FLAGS), self._some(_CHANNELS, FLAGS[:3]) or {})
        return Preferences(
            channels=maybe(self._some(_CHANNELS, FLAGS) or {}),
            types=maybe({dice.one_of(*TYPES): setting}),
            frequency=maybe(dice.one_of(*FrequencyMode)),
            preferred_hours=maybe([dice.whole(0, 23) for _ in range(dice.whole(0, 12))]),
            quiet_hours=maybe(make_quiet(dice, QuietHours)),
            pause_until_ms=maybe(dice.one_of(*STARTS_MS) + dice.one_of(*SPANS_MS)),
        )

    def policy(self, _now_ms: int) -> Knowledge:
        """A new policy, whose types and channels may be others."""
        windows_ms = [each for each in SPANS_MS if each <= 7 * DAY_MS]
        self._known = make_knowledge(self._dice, windows_ms)
        return self._known

    def prices(self, now_ms: int) -> Knowledge:
        """New prices beside the policy of before, or beside a new one if none was written here."""
        known = self._known or self.policy(now_ms)
        for channel, path in make_prices(self._dice, now_ms).items():
            known = known.with_update(f"{PRICE_KEY}{channel}", msgspec.json.encode(path))
        self._known = known
        return known

    def _id(self, kind: str) -> str:
        self._place += 1
        return f"{kind}{self._place}"

    def _at(self, now_ms: int) -> int:
        return now_ms - self._dice.one_of(*LATENESSES_MS)

    def _some(self, names: Sequence[str], values: Sequence[Any]) -> dict[str, Any] | None:
        dice = self._dice
        if dice.chance(0.5):
            return None
        return {name: dice.one_of(*values) for name in dice.some_of(names, 1, 3)}


USUAL = ("request", "request", "request", "event", "feedback", "update", "welcome")
CHANGING = (*USUAL, *USUAL, "policy", "prices")
BUSY = ("request", "request", "request", "request", "welcome")


def make_history(
    dice: Dice,
    size: int,
    kinds: Sequence[str] = USUAL,
    strides_ms: Sequence[int] = STRIDES_MS,
) -> list[Moment]:
    """Moments of one user; of the same dice, a shorter history is the beginning of a longer."""
    writer = Writer(dice)
    now_ms = dice.one_of(*STARTS_MS)
    moments: list[Moment] = []
    if dice.chance(0.8):
        moments.append(Moment(now_ms, writer.welcome(now_ms)))
    while len(moments) < size:
        now_ms += dice.one_of(*strides_ms)
        what: Record | Knowledge = getattr(writer, dice.one_of(*kinds))(now_ms)
        moments.append(Moment(now_ms, what))
    return moments[:size]


def _histories(kinds: Sequence[str], most: int) -> st.SearchStrategy[list[Moment]]:
    # Hypothesis prefers short lists, where little happens; it may still shrink to them.
    sizes = st.integers(0, most).map(lambda drawn: most - drawn) | st.integers(0, most)
    return st.builds(
        lambda seed, size: make_history(Dice(seed, "history"), size, kinds), seeds, sizes
    )


def histories(most: int = 40) -> st.SearchStrategy[list[Moment]]:
    """Histories under one policy."""
    return _histories(USUAL, most)


def busy_histories(most: int = 40) -> st.SearchStrategy[list[Moment]]:
    """Histories of little but requests."""
    return _histories(BUSY, most)


def changing_histories(most: int = 40) -> st.SearchStrategy[list[Moment]]:
    """Histories with new policies on the way: types and channels go while requests are held."""
    return _histories(CHANGING, most)


def end_of(moments: list[Moment]) -> int:
    """A moment after which no request of a history can still wait, under any policy here."""
    return max((moment.now_ms for moment in moments), default=0) + 60 * DAY_MS
