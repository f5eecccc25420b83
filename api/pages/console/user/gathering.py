"""What is known of one user, from all places: the profile, the ledger's tail, the history."""

from typing import NamedTuple

from api.auth import Principal
from api.kafka.events import UserEvents
from api.pages.console.wording import words
from api.problems import Problem
from api.routes.profiles import shown
from api.services import Services
from api.shapes import Profile
from api.timeline import page_of_history
from connectors.cassandra.reading import StoreError
from connectors.cassandra.unreadable import UnreadableRecordError
from tactful.local_time import DAY_MS
from tactful.records import LedgerEntry, ProfileSnapshot

KEPT_MS = 60 * DAY_MS
"""How far back verdicts are gathered: the dosage of older sends is nothing."""
_PAGES = 5
_PAGE = 200


class Gathered(NamedTuple):
    """All of one user.

    Attributes:
        snapshot: None for a user never seen, or erased.
        profile: the same as this caller may see it.
        fields: the names of what it shows.
        entries: verdicts, oldest first, each once.
        partial: what did not answer or can't be read, in words; None if all is there.
        did: the user's events, as far back as was looked.
    """

    snapshot: ProfileSnapshot | None
    profile: Profile | None
    fields: list[str]
    entries: list[LedgerEntry]
    partial: str | None
    did: UserEvents


async def gathered(services: Services, who: Principal, user_id: str) -> Gathered:
    """Everything the page shows; what is away or unreadable is left out and named."""
    partial: list[str] = []
    snapshot: ProfileSnapshot | None = None
    try:
        found = await services.profiles.aget(user_id)
        snapshot = found.snapshot
    except StoreError:
        partial.append("The profile store does not answer: settings and channels are missing.")
    except UnreadableRecordError:
        partial.append("The stored profile can't be read: settings and channels are missing.")
    if snapshot is not None and snapshot.erased:
        snapshot = None
    profile: Profile | None = None
    fields: list[str] = []
    if snapshot is not None:
        profile, fields = await shown(services, who, snapshot)
    entries = {_key(each): each for each in services.ledger.of_user(user_id)}
    try:
        kept, unreadable = await _history(services, user_id)
        entries |= {_key(each): each for each in kept}
        if unreadable:
            partial.append("Some verdicts can't be read, and are left out.")
    except Problem:
        partial.append("The history does not answer: only the newest verdicts are shown.")
    ordered = sorted(entries.values(), key=lambda e: (e.decided_at_ms, e.verdict.final, e.attempt))
    did = await services.events.of_user(user_id)
    missing = " ".join(partial) or None
    return Gathered(snapshot, profile, [*fields, "history", "events"], ordered, missing, did)


def settings_of(profile: Profile) -> list[tuple[str, str]]:
    """What the user wants, a line each."""
    found = []
    for name, value in profile.preferences.items():
        found.append((name.replace("_", " "), words(value)))
    return found


async def _history(services: Services, user_id: str) -> tuple[list[LedgerEntry], int]:
    """Verdicts of the last time, and how many rows could not be read."""
    since_ms = services.now_ms() - KEPT_MS
    found: list[LedgerEntry] = []
    page: str | None = None
    unreadable = 0
    for _ in range(_PAGES):
        rows = await page_of_history(services, user_id, None, page, _PAGE)
        found += rows.entries
        unreadable += rows.unreadable
        page = rows.next_page
        if page is None or (found and found[-1].decided_at_ms < since_ms):
            break
    return [each for each in found if each.decided_at_ms >= since_ms], unreadable


def _key(entry: LedgerEntry) -> tuple[str, int, str]:
    return entry.decision_id, entry.decided_at_ms, str(entry.verdict)
