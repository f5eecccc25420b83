"""Fatigue: how much less a user engages for what was sent of late, and how often they want it."""

from tactful.fatigue.frequency import (
    GRID,
    RESTED,
    Rhythm,
    fatigue,
    rested_ms,
    rhythms,
    steady_dosage,
    wanted,
)

__all__ = [
    "GRID",
    "RESTED",
    "Rhythm",
    "fatigue",
    "rested_ms",
    "rhythms",
    "steady_dosage",
    "wanted",
]
