"""Who the simulated users are: where they live, how to reach them, what they want and like."""

import dataclasses

from tactful.records import (
    FrequencyMode,
    Preferences,
    ProfileUpdate,
    QuietHours,
)
from tactful.simulator.draws import chance, pick, uniform, weighted

ZONES = (
    ("Europe/Madrid", 3.0),
    ("Europe/London", 2.0),
    ("America/New_York", 3.0),
    ("America/Sao_Paulo", 1.5),
    ("America/Los_Angeles", 2.0),
    ("Africa/Lagos", 1.0),
    ("Asia/Kolkata", 2.0),
    ("Asia/Tokyo", 1.5),
    ("Australia/Sydney", 1.0),
)
CHANNELS = ("email", "sms", "push", "in_app", "web_push", "social", "voice")
LANGUAGES = {
    "Europe/Madrid": "es",
    "America/Sao_Paulo": "pt",
    "Asia/Tokyo": "ja",
}
_ADDRESSES = (
    # identifier, the share of users who gave it
    ("email", 0.85),
    ("phone", 0.60),
    ("push_token", 0.70),
    ("web_push_token", 0.40),
    ("social_id", 0.35),
)
_LIKING = {
    "email": 0.35,
    "sms": 0.30,
    "push": 0.40,
    "in_app": 0.45,
    "web_push": 0.15,
    "social": 0.15,
    "voice": 0.20,
}


@dataclasses.dataclass(frozen=True)
class Person:
    """A simulated user; the probabilities are the truth that Tactful has to find out.

    `engage_prob` is, by channel, the chance that a notification is opened or clicked.
    `activity` is how often this user acts, relative to the average of 1.
    """

    user_id: str
    zone: str
    identifiers: dict[str, str]
    consent: dict[str, bool]
    preferences: Preferences | None
    attributes: dict[str, str | int]
    engage_prob: dict[str, float]
    activity: float


def population(size: int, seed: int) -> list[Person]:
    """So many users; the first of a population are the same whatever its size.

    >>> population(3, seed=7) == population(5, seed=7)[:3]
    True
    """
    return [_person(number, seed) for number in range(1, size + 1)]


def _person(number: int, seed: int) -> Person:
    user_id = f"user-{number:04d}"
    zone = weighted(ZONES, seed, user_id, "zone")
    addresses = {
        "email": f"{user_id}@example.org",
        "phone": f"+000{number:09d}",
        "push_token": f"push-{user_id}",
        "web_push_token": f"web-{user_id}",
        "social_id": f"@{user_id}",
    }
    return Person(
        user_id=user_id,
        zone=zone,
        identifiers={
            name: addresses[name]
            for name, share in _ADDRESSES
            if chance(share, seed, user_id, "address", name)
        },
        consent=_consent(seed, user_id),
        preferences=_preferences(seed, user_id),
        attributes={
            "language": LANGUAGES.get(zone, "en"),
            "age": 18 + int(uniform(seed, user_id, "age") * 55),
            "plan": weighted((("free", 3.0), ("plus", 1.0)), seed, user_id, "plan"),
        },
        engage_prob={
            channel: round(liking * 2 * uniform(seed, user_id, "likes", channel), 4)
            for channel, liking in _LIKING.items()
        },
        # A few act a lot, many seldom: skewed as real activity is.
        activity=0.2 + 3.2 * uniform(seed, user_id, "activity") ** 3,
    )


def _consent(seed: int, user_id: str) -> dict[str, bool]:
    if chance(0.10, seed, user_id, "no marketing"):
        return {"marketing": False}
    consent = {"marketing": True}
    if chance(0.15, seed, user_id, "no sms marketing"):
        consent["marketing:sms"] = False
    if chance(0.10, seed, user_id, "no email marketing"):
        consent["marketing:email"] = False
    return consent


def _preferences(seed: int, user_id: str) -> Preferences | None:
    """Most people never open the settings; those who do change one or two things."""
    match weighted(
        (
            ("none", 60.0),
            ("channel off", 12.0),
            ("type off", 8.0),
            ("digest", 6.0),
            ("important", 4.0),
            ("quiet", 10.0),
        ),
        seed,
        user_id,
        "preferences",
    ):
        case "channel off":
            return Preferences(channels={pick(CHANNELS, seed, user_id, "off"): False})
        case "type off":
            kinds = ("promotion", "newsletter", "recommendation", "tip")
            return Preferences(types={pick(kinds, seed, user_id, "off"): False})
        case "digest":
            return Preferences(frequency=FrequencyMode.DAILY_DIGEST)
        case "important":
            return Preferences(frequency=FrequencyMode.ONLY_HIGH_PRIORITY)
        case "quiet":
            start = pick(("20:00", "21:30", "23:00"), seed, user_id, "quiet from")
            return Preferences(quiet_hours=QuietHours(start=start, end="09:00"))
        case _:
            return None


def opening_update(person: Person, at_ms: int) -> ProfileUpdate:
    """What an upstream system knows of the user when it first tells Tactful."""
    return ProfileUpdate(
        id=f"profile-{person.user_id}-{at_ms}",
        user_id=person.user_id,
        at_ms=at_ms,
        attributes=dict(person.attributes),
        identifiers=dict(person.identifiers),
        preferences=person.preferences,
        consent=dict(person.consent),
        time_zone=person.zone,
    )
