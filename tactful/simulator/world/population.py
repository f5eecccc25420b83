"""Who lives in the simulated world: what is true of each user, drawn from a seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tactful.records import Preferences, ProfileUpdate, QuietHours
from tactful.simulator.world.personas import (
    PERSONAS,
    Floats,
    mail_week,
    own_week,
    waking_week,
)
from tactful.simulator.world.response import (
    APPEAL,
    CHANNELS,
    CHECKS_PER_DAY,
    TYPE_APPEAL,
    TYPES,
    VISIBLE_H,
    VISIBLE_SHAPE,
)

ZONES = (
    "Europe/Madrid",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
)
_ZONE_SHARES = (0.20, 0.15, 0.22, 0.13, 0.08, 0.10, 0.07, 0.05)
ADDRESSES = ("email", "push_token", "phone", None)
"""The identifier each channel needs."""
_REACHED = (0.92, 0.62, 0.45, 1.0)
"""The share of users who gave the address and allow the channel."""
QUIET = ((22, 8), (21, 9), (23, 7), (20, 10))
"""Quiet hours, from and to (local): the first are those of all who set none."""
_QUIET_SHARES = (0.90, 0.04, 0.03, 0.03)
DRIFT_SHARE = 0.25
PHASES = 2
_PEOPLE, _TRUTH = 1, 2
_TASTES = np.array(
    # promotion, recommendation, newsletter, social, cart, tip: along deals, novelty, company
    [
        [0.9, 0.1, -0.2],
        [0.4, 0.7, 0.0],
        [0.0, 0.8, 0.2],
        [-0.2, 0.1, 0.9],
        [0.8, 0.0, 0.1],
        [-0.1, 0.6, -0.4],
    ]
)


@dataclass(frozen=True)
class Population:
    """The truth about all users, as arrays over them; index 0 of a phase is before the drift.

    Attributes:
        zone: the number of the zone in `ZONES`.
        quiet: the number of the quiet hours in `QUIET`.
        reached: by channel, whether it reaches the user at all.
        drifts: who changes rhythm and channel on the day of the drift.
        sessions_per_day: how often the app is opened.
        own: by phase, the intensity of each hour of the local week, 1 on average.
        seen: by phase, channel and hour of the local week, the probability to be seen.
        appeal: by phase, channel and type, when rested.
        sensitivity: how easily a user is annoyed, 1 in the middle.
        memory_days: how long annoyance lasts: it falls by e in so many days.
        churn_per_day: the rate at which a user who is not annoyed gives up altogether.
        patience: the total of that rate, with annoyance, at which the user does.
    """

    seed: int
    zone: npt.NDArray[np.int64]
    quiet: npt.NDArray[np.int64]
    reached: npt.NDArray[np.bool_]
    drifts: npt.NDArray[np.bool_]
    sessions_per_day: Floats
    own: Floats
    seen: Floats
    appeal: Floats
    sensitivity: Floats
    memory_days: Floats
    churn_per_day: Floats
    patience: Floats

    def __len__(self) -> int:
        return len(self.zone)

    def user_id(self, user: int) -> str:
        """The id that records carry."""
        return f"sim-{self.seed}-{user:05d}"

    def allowed(self, user: int) -> tuple[int, int]:
        """The first local hour in which the user may be disturbed, and the first after it."""
        start, end = QUIET[self.quiet[user]]
        return end, start

    def opening(self, user: int, at_ms: int) -> ProfileUpdate:
        """What an upstream system knows of the user when it first tells Tactful."""
        name = self.user_id(user)
        quiet = None
        if self.quiet[user]:
            start, end = QUIET[self.quiet[user]]
            quiet = Preferences(quiet_hours=QuietHours(start=f"{start}:00", end=f"{end:02d}:00"))
        return ProfileUpdate(
            id=f"{name}-opening",
            user_id=name,
            at_ms=at_ms,
            identifiers={
                address: f"{address}-{name}"
                for channel, address in enumerate(ADDRESSES)
                if address is not None and self.reached[user, channel]
            },
            consent={"marketing": True},
            preferences=quiet,
            time_zone=ZONES[self.zone[user]],
        )


def population(size: int, seed: int) -> Population:
    """So many users; the first of a population are the same whatever its size."""
    drawn = [_person(np.random.default_rng((seed, _PEOPLE, user))) for user in range(size)]

    def column(name: str) -> Floats:
        return np.array([person[name] for person in drawn], dtype=np.float64)

    own: Floats = np.stack([person["own"] for person in drawn], axis=1)
    sessions = column("sessions_per_day")
    return Population(
        seed=seed,
        zone=column("zone").astype(np.int64),
        quiet=column("quiet").astype(np.int64),
        reached=np.array([person["reached"] for person in drawn], dtype=np.bool_),
        drifts=column("drifts").astype(np.bool_),
        sessions_per_day=sessions,
        own=own,
        seen=_seen(own, column("shift_h"), column("glances"), sessions),
        appeal=np.stack([person["appeal"] for person in drawn], axis=1),
        sensitivity=column("sensitivity"),
        memory_days=column("memory_days"),
        churn_per_day=column("churn_per_day"),
        patience=column("patience"),
    )


def _person(rng: np.random.Generator) -> dict[str, Any]:
    """One user; every draw is made for everyone, in the same order."""
    shares = [persona.share for persona in PERSONAS]
    before, other = rng.choice(len(PERSONAS), size=2, replace=False, p=shares)
    drifts = rng.random() < DRIFT_SHARE
    shift_h = rng.normal(0.0, 0.7)
    first = own_week(PERSONAS[before], shift_h, rng)
    second = own_week(PERSONAS[other], shift_h, rng)
    affinity = 4.0 * rng.dirichlet([2.0] * len(CHANNELS), size=PHASES)
    interest = rng.lognormal(-0.08, 0.4)
    taste = np.exp(0.5 * (_TASTES @ rng.normal(size=3)) - 0.1)
    reached = rng.random(len(CHANNELS)) < _REACHED
    if not drifts:
        second, affinity[1] = first, affinity[0]
    # By phase, channel and type: every factor multiplies.
    appeal = (
        interest
        * (np.array(APPEAL) * affinity)[:, :, None]
        * (np.array(TYPE_APPEAL) * taste)[None, None, :]
    )
    return {
        "zone": rng.choice(len(ZONES), p=_ZONE_SHARES),
        "quiet": rng.choice(len(QUIET), p=_QUIET_SHARES),
        "reached": reached,
        "drifts": drifts,
        "shift_h": shift_h,
        "own": np.stack([first, second]),
        "appeal": appeal,
        "sessions_per_day": 0.05 + rng.gamma(1.3, 1.4 / 1.3),
        "glances": rng.lognormal(0.0, 0.3),
        "sensitivity": rng.lognormal(0.0, 0.7),
        "memory_days": rng.lognormal(np.log(3.5), 0.35),
        "churn_per_day": rng.gamma(0.8, 1 / 400 / 0.8),
        "patience": rng.exponential(),
    }


def _seen(own: Floats, shift_h: Floats, glances: Floats, sessions: Floats) -> Floats:
    """By phase, user, channel and hour of the week: whether attention comes while it is in view.

    Moments of attention are a Poisson process; seen is 1 - exp(-its mean over the time in view).
    """
    waking = np.stack([waking_week(shift) for shift in shift_h])
    mail = np.stack([mail_week(shift) for shift in shift_h])
    rates = (
        (0.4 * own + 0.4 * mail + 0.2 * waking) * CHECKS_PER_DAY[0],
        (0.7 * own + 0.3 * waking) * (CHECKS_PER_DAY[1] * glances)[:, None],
        (0.7 * own + 0.3 * waking) * (CHECKS_PER_DAY[2] * glances)[:, None],
        own * sessions[:, None],
    )
    return np.stack(
        [
            1.0 - np.exp(-_in_view(rate / 24.0, VISIBLE_H[channel], VISIBLE_SHAPE[channel]))
            for channel, rate in enumerate(rates)
        ],
        axis=2,
    )


def _in_view(per_hour: Floats, scale_h: float, shape: float) -> Floats:
    """The mean number of moments of attention while a notification of each hour is in view."""
    week = per_hour.shape[-1]
    steps = np.arange(0.0, week, 0.05)
    alive = np.exp(-((steps / scale_h) ** shape))
    kernel = alive.reshape(week, -1).sum(axis=1) * 0.05
    # sum over j of per_hour[h + j] * kernel[j], around the week
    spectrum = np.fft.rfft(per_hour, axis=-1) * np.conj(np.fft.rfft(kernel))
    return np.asarray(np.fft.irfft(spectrum, n=week, axis=-1))


assert len(TYPES) == len(TYPE_APPEAL) == len(_TASTES)
