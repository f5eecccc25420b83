"""What is told: verdicts and changes of preferences or consent, without any contact data."""

import datetime as dt
import hashlib
from typing import Any, NamedTuple

import msgspec

from connectors.webhooks.subscriptions import EventType
from tactful.records import LedgerEntry, ProfileUpdate


class Told(NamedTuple):
    """One event: its type, an id that is the same after any replay, and its body."""

    type: EventType
    id: str
    body: bytes


def of_entry(entry: LedgerEntry) -> Told:
    """A verdict."""
    kind = EventType(f"{EventType.DECISION}.{entry.verdict}")
    mark = f"{entry.decision_id}|{entry.verdict}|{entry.decided_at_ms}"
    return _told(kind, mark, entry.decided_at_ms, msgspec.to_builtins(entry))


def of_update(update: ProfileUpdate) -> list[Told]:
    """What changed of preferences and of consent; [] for other updates."""
    found = []
    if update.preferences is not None:
        data = {
            "user_id": update.user_id,
            "update_id": update.id,
            "preferences": msgspec.to_builtins(update.preferences),
        }
        mark = f"{update.user_id}|{update.id}|preferences"
        found.append(_told(EventType.PREFERENCES, mark, update.at_ms, data))
    if update.consent:
        data = {"user_id": update.user_id, "update_id": update.id, "consent": update.consent}
        mark = f"{update.user_id}|{update.id}|consent"
        found.append(_told(EventType.CONSENT, mark, update.at_ms, data))
    return found


def trial(at_ms: int, mark: str) -> Told:
    """One to try an endpoint with."""
    return _told(EventType.TEST, mark, at_ms, {"message": "It works."})


def _told(kind: EventType, mark: str, at_ms: int, data: dict[str, Any]) -> Told:
    moment = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")
    body = msgspec.json.encode({"type": str(kind), "timestamp": moment, "data": data})
    return Told(kind, hashlib.blake2b(mark.encode(), digest_size=16).hexdigest(), body)
