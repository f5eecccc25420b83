"""Random small histories on whole minutes, often around the days on which clocks change."""

from dataclasses import dataclass
from typing import Any

import msgspec
from reference.policies import CHANGES_MS, CHANNELS, TYPES, ZONES, Legislator, quiet
from reference.records import Answer
from strategies import Dice, epoch_ms

from tactful.local_time import MINUTE_MS
from tactful.policy import Policy, Purpose
from tactful.records import (
    Event,
    FrequencyMode,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    QuietHours,
    Request,
)
from tactful.volume.price import PricePath, PriceStep

USER = "u1"
OTHER_STARTS_MS = (
    epoch_ms(2026, 1, 6, 12),
    epoch_ms(2026, 12, 24, 20),  # holidays
    epoch_ms(2026, 7, 3, 9),
    epoch_ms(2026, 1, 31, 20),  # a month ends
    epoch_ms(2026, 8, 2, 18),  # a week ends
)
MANY = 20
CONSENTS = (
    tuple(
        name
        for purpose in Purpose
        for name in (purpose.value, *(f"{purpose}:{c}" for c in CHANNELS))
    )
    + CHANNELS
)


@dataclass(frozen=True)
class PriceChange:
    """The volume controller published anew."""

    prices: dict[str, PricePath]


What = Event | Request | ProfileUpdate | Answer | Policy | PriceChange


@dataclass(frozen=True)
class At:
    """Something that happens at a reading of the clock."""

    now_ms: int
    what: What


@dataclass(frozen=True)
class History:
    """A policy, and what happens under it and those after it."""

    policy: Policy
    moments: tuple[At, ...]


class Author:
    """Writes one history."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed, "reference")
        self._count = 0
        self._requests: list[str] = []
        self._sent: list[What] = []
        self.zone = self.dice.one_of(*ZONES)

    def history(self) -> History:
        dice = self.dice
        now_ms = dice.one_of(*CHANGES_MS[self.zone]) - dice.whole(-60, 1500) * MINUTE_MS
        if dice.chance(0.25):
            now_ms = dice.one_of(*OTHER_STARTS_MS) + dice.whole(0, 600) * MINUTE_MS
        policy = Legislator(self.dice).policy()
        moments = [At(now_ms, self._welcome(now_ms))]
        busy = dice.one_of((0, 0, 1, 2, 7), (0, 1, 13, 47, 90, 240), (1, 30, 360, 720, 1500))
        for _ in range(dice.whole(2, MANY)):
            now_ms += dice.one_of(*busy) * MINUTE_MS
            write = dice.one_of(
                *(self._request,) * 8,
                *(self._event,) * 4,
                *(self._answer,) * 4,
                *(self._update,) * 2,
                *(self._copy,) * 1,
                *(self._new_policy,) * 2,
                *(self._prices,) * 2,
            )
            what = write(now_ms)
            if not isinstance(what, Policy | PriceChange):
                self._sent.append(what)
            moments.append(At(now_ms, what))
        return History(policy, tuple(moments))

    # Records.

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _at(self, now_ms: int) -> int:
        late = self.dice.one_of(*(0,) * 8, 1, 20, 90, 700, -3)
        return now_ms - late * MINUTE_MS

    def _request(self, now_ms: int) -> Request:
        dice = self.dice
        priorities = (None, None, None, Priority.HIGH, Priority.NORMAL, Priority.LOW)
        later = dice.one_of(*(None,) * 8, 15, 200, 900)
        expires = dice.one_of(*(None,) * 12, -5, 0, 45, 400, 1300, 1300)
        request = Request(
            id=self._id("r"),
            user_id=USER,
            type="rumour" if dice.chance(0.01) else dice.one_of(*TYPES),
            at_ms=self._at(now_ms) if dice.chance(0.3) else now_ms,
            priority=Priority.CRITICAL if dice.chance(0.07) else dice.one_of(*priorities),
            channels=dice.some_of((*CHANNELS, "pigeon"), 1, 3) if dice.chance(0.1) else None,
            not_before_ms=None if later is None else now_ms + later * MINUTE_MS,
            expires_at_ms=None if expires is None else now_ms + expires * MINUTE_MS,
            batch_key=dice.one_of(None, "b", "b", "b", "c"),
            campaign=dice.one_of(None, "spring", "summer"),
            data=dice.one_of(None, {"total": 70}, {"total": 20}),
        )
        self._requests.append(request.id)
        return request

    def _event(self, now_ms: int) -> Event:
        dice = self.dice
        return Event(
            id=self._id("e"),
            user_id=USER,
            name=dice.one_of("open", "view", "purchase", "purchase"),
            at_ms=self._at(now_ms),
            time_zone=dice.one_of(*ZONES) if dice.chance(0.3) else None,
            attributes=dice.one_of(None, {"total": 70}),
        )

    def _answer(self, now_ms: int) -> Answer:
        dice = self.dice
        recent = self._requests[-3:] or ["none"]
        return Answer(
            id=self._id("f"),
            request_id=dice.one_of(*recent),
            attempt=dice.one_of(1, 1, 1, 2, 3),
            channel=dice.one_of(*CHANNELS),
            outcome=dice.one_of(Outcome.FAILED, Outcome.FAILED, Outcome.BOUNCED, *Outcome),
            at_ms=self._at(now_ms),
        )

    def _welcome(self, now_ms: int) -> ProfileUpdate:
        dice = self.dice
        frequency = dice.one_of(*(None,) * 6, FrequencyMode.DAILY_DIGEST, *FrequencyMode)
        return ProfileUpdate(
            id=self._id("p"),
            user_id=USER,
            at_ms=now_ms,
            attributes={"country": dice.one_of("DE", "us", "EG")} if dice.chance(0.5) else None,
            identifiers={"email": "a@example.org", "phone": "+44", "push_token": "t"},
            consent={"marketing": True, "transactional": True},
            preferences=None if frequency is None else Preferences(frequency=frequency),
            time_zone=self.zone,
        )

    def _update(self, now_ms: int) -> ProfileUpdate:
        dice = self.dice
        return ProfileUpdate(
            id=self._id("p"),
            user_id=USER,
            at_ms=self._at(now_ms),
            attributes={"country": dice.one_of("DE", "US", None)} if dice.chance(0.2) else None,
            identifiers={dice.one_of("email", "phone", "push_token"): dice.one_of("new", None)}
            if dice.chance(0.3)
            else None,
            preferences=self._preferences(now_ms) if dice.chance(0.8) else None,
            consent={dice.one_of(*CONSENTS): dice.one_of(True, False, None)}
            if dice.chance(0.2)
            else None,
            time_zone=dice.one_of(*ZONES, "Mars/Olympus_Mons") if dice.chance(0.2) else None,
            erase=dice.chance(0.03),
        )

    def _preferences(self, now_ms: int) -> Preferences:
        dice = self.dice

        def maybe(value: Any) -> Any:
            return value if dice.chance(0.25) else msgspec.UNSET

        channel = dice.one_of(*CHANNELS)
        switch = dice.one_of(True, False, None)
        return Preferences(
            channels=maybe({channel: switch}),
            types=maybe({dice.one_of(*TYPES): dice.one_of(switch, {channel: switch})}),
            frequency=maybe(dice.one_of(None, *FrequencyMode)),
            preferred_hours=maybe(dice.one_of(None, dice.some_of(range(24), 1, 6), [0, 2, 3])),
            quiet_hours=maybe(dice.one_of(None, quiet(dice, QuietHours))),
            pause_until_ms=maybe(
                dice.one_of(None, now_ms + dice.one_of(10, 60, 700, 3000) * MINUTE_MS)
            ),
        )

    def _copy(self, now_ms: int) -> What:
        """A record that came already; late, or once more."""
        return self.dice.one_of(*self._sent) if self._sent else self._event(now_ms)

    def _new_policy(self, _now_ms: int) -> Policy:
        return Legislator(self.dice).policy()

    def _prices(self, now_ms: int) -> PriceChange:
        dice = self.dice
        prices = {}
        for channel in dice.some_of(CHANNELS, 0, 2):
            levels = sorted(dice.one_of(0.0, 0.0305, 0.1005, 0.5005, 2.0) for _ in range(3))
            times = sorted(dice.some_of(range(-10, 120), len(levels), len(levels)))
            prices[channel] = PricePath(
                tuple(
                    PriceStep(now_ms + at * MINUTE_MS, level)
                    for at, level in zip(times, reversed(levels), strict=True)
                )
            )
        return PriceChange(prices)


def history(seed: int) -> History:
    """The same seed gives the same history."""
    return Author(seed).history()
