"""Makes a user's history again from the ledger alone: requests, and what their verdicts tell."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from tactful.history import Lived, Past
from tactful.local_time import is_known_zone
from tactful.policy import Policy, Purpose
from tactful.records import (
    FrequencyMode,
    LedgerEntry,
    Preferences,
    Priority,
    ProfileUpdate,
    Reason,
    RecordKind,
    Request,
)

UNKNOWN_TO_LEDGERS = (
    "events: the users' rhythm, their presence, and what cancels a request",
    "feedback: engagement rates, failover and escalation",
    "the requests' data and the profiles' attributes, so conditions on them, and countries",
    "quiet hours and preferred hours that users set themselves; weekly digests count as daily",
    "addresses, consent and switches before, or between, the requests that tell of them",
)
"""What a replay of a ledger must do without."""

_IN_ZONE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d \(([A-Za-z0-9_+\-/]+)\)")
"""How the ledger's sentences name the user's own zone."""

_CONSENT, _ADDRESS, _CHANNEL, _TYPE = "consent", "address", "channel", "type"
_FREQUENCY, _PAUSE, _ZONE = "frequency", "pause", "zone"

_Key = tuple[str, str]
"""What is told, and of which channel, address or type."""
_Value = bool | int | str
_UNTOLD: dict[str, _Value] = {
    _CHANNEL: True,
    _TYPE: True,
    _FREQUENCY: FrequencyMode.IMMEDIATE,
    _ADDRESS: False,
}
"""What holds as long as nothing is told."""


def rebuilt(user_id: str, entries: Sequence[LedgerEntry], policy: Policy) -> list[Past]:
    """The requests of a user, and profile updates that say what their verdicts tell of the user.

    Args:
        user_id: whose ledger.
        entries: the user's entries in any order; repeated ones do no harm.
        policy: the one they were decided under, as far as it is known: it says which purpose a
            type has, which address a channel needs, and which channels a type may use.

    Returns:
        Records as a log would have them; `UNKNOWN_TO_LEDGERS` says what they lack.
    """
    past: list[Past] = []
    zone = _zone(entries)
    known: dict[_Key, _Value] = {}
    for entry in _first_verdicts(entries):
        told = dict(_told(entry, policy))
        if zone is not None:
            told[_ZONE, ""] = zone
        news = {
            key: value
            for key, value in told.items()
            if known.get(key, _UNTOLD.get(key[0])) != value
        }
        if news:
            known |= news
            past.append(_past(RecordKind.PROFILE_UPDATE, _update(user_id, entry, news)))
        past.append(_past(RecordKind.REQUEST, _request(entry, policy)))
    return past


def _first_verdicts(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The first entry of each request, in the order of asking."""
    firsts: dict[str, LedgerEntry] = {}
    for entry in sorted(entries, key=lambda each: (each.decided_at_ms, each.attempt)):
        firsts.setdefault(entry.request_id, entry)
    return sorted(firsts.values(), key=lambda each: (each.requested_at_ms, each.request_id))


def _zone(entries: Sequence[LedgerEntry]) -> str | None:
    names = (found[1] for entry in entries for found in _IN_ZONE.finditer(entry.explanation))
    return next((name for name in names if is_known_zone(name)), None)


def _past(kind: RecordKind, record: Lived) -> Past:
    return Past(record.at_ms, kind.value, record.id, record)


def _request(entry: LedgerEntry, policy: Policy) -> Request:
    channels = [each.channel for each in entry.considered]
    kind = policy.types.get(entry.type)
    # A request for all of its type's channels named none, as far as anyone can see.
    every = kind is None or not channels or set(channels) == set(kind.channels)
    waits = [c.earliest_ms for c in entry.considered if Reason.NOT_BEFORE in c.blocked_by]
    return Request(
        id=entry.request_id,
        user_id=entry.user_id,
        type=entry.type,
        at_ms=entry.requested_at_ms,
        priority=entry.priority,
        channels=None if every else channels,
        not_before_ms=max((at for at in waits if at is not None), default=None),
        expires_at_ms=entry.expires_at_ms,
        batch_key=entry.batch_key,
        campaign=entry.campaign,
    )


def _told(entry: LedgerEntry, policy: Policy) -> Iterator[tuple[_Key, _Value]]:
    """What a verdict tells of the user."""
    kind = policy.types.get(entry.type)
    considered = [
        each for each in entry.considered if Reason.UNKNOWN_CHANNEL not in each.blocked_by
    ]
    reachable: dict[str, bool] = {}
    for each in considered:
        blocked = each.blocked_by
        if kind is not None:
            yield (_CONSENT, f"{kind.purpose}:{each.channel}"), Reason.CONSENT not in blocked
        channel = policy.channels.get(each.channel)
        if channel is not None and channel.address is not None:
            reached = Reason.UNREACHABLE not in blocked
            reachable[channel.address] = reachable.get(channel.address, False) or reached
    for address, reached in reachable.items():
        yield (_ADDRESS, address), reached
    if entry.priority is Priority.CRITICAL:
        return  # no wish was asked for
    for each in considered:
        blocked = each.blocked_by
        yield (_CHANNEL, each.channel), Reason.PREFERENCE_CHANNEL not in blocked
        yield (_TYPE, f"{entry.type} {each.channel}"), Reason.PREFERENCE_TYPE not in blocked
        if Reason.PAUSED in blocked and each.earliest_ms is not None:
            yield (_PAUSE, ""), each.earliest_ms
    reasons = {reason for each in considered for reason in each.blocked_by}
    if Reason.FREQUENCY_MODE in reasons:
        yield (_FREQUENCY, ""), FrequencyMode.ONLY_HIGH_PRIORITY
    elif Reason.DIGEST_HOUR in reasons:
        yield (_FREQUENCY, ""), FrequencyMode.DAILY_DIGEST
    elif (
        considered
        and entry.priority is not Priority.HIGH
        and kind is not None
        and kind.purpose is Purpose.MARKETING
    ):
        yield (_FREQUENCY, ""), FrequencyMode.IMMEDIATE


def _update(user_id: str, entry: LedgerEntry, news: dict[_Key, _Value]) -> ProfileUpdate:
    def named(what: str) -> dict[str, bool | None]:
        return {name: bool(value) for (kind, name), value in news.items() if kind == what}

    types: dict[str, bool | dict[str, bool | None] | None] = {}
    for name, on in named(_TYPE).items():
        kind, _, channel = name.rpartition(" ")
        switches = types.setdefault(kind, {})
        assert isinstance(switches, dict)
        switches[channel] = on
    frequency, pause = news.get((_FREQUENCY, "")), news.get((_PAUSE, ""))
    zone = news.get((_ZONE, ""))
    return ProfileUpdate(
        id=f"rebuilt-{entry.request_id}",
        user_id=user_id,
        at_ms=entry.requested_at_ms,
        identifiers={
            name: "known" if reached else None for name, reached in named(_ADDRESS).items()
        },
        preferences=Preferences(
            channels=named(_CHANNEL) or msgspec.UNSET,
            types=types or msgspec.UNSET,
            frequency=frequency if isinstance(frequency, FrequencyMode) else msgspec.UNSET,
            pause_until_ms=pause if isinstance(pause, int) else msgspec.UNSET,
        ),
        consent=named(_CONSENT),
        time_zone=zone if isinstance(zone, str) else None,
    )
