"""A user's verdicts from two places, as one: the tail of the ledger, and the history behind it."""

from api.problems import invalid, unavailable
from api.services import Paged, Services
from connectors.cassandra.reading import StoreError
from tactful.ids import decision_id
from tactful.records import LedgerEntry, Verdict

_PAGES = 10
_PAGE = 200
_ATTEMPTS = 16


async def page_of_history(
    services: Services, user_id: str, month: str | None, page: str | None, size: int
) -> Paged:
    """One page of the history.

    Raises:
        Problem: 422 for a cursor that is none, 503 without the store.
    """
    try:
        return await services.profiles.ahistory(user_id, month, page, size)
    except ValueError:
        raise invalid("page", "something else", "the `next` of the page before") from None
    except StoreError:
        raise unavailable("The history does not answer.") from None


async def newest_of(services: Services, user_id: str, pages: int = _PAGES) -> list[LedgerEntry]:
    """The newest entry of each attempt, from the tail and the last pages of the history.

    Raises:
        Problem: 503 without the store.
    """
    newest: dict[str, LedgerEntry] = {}
    for entry in services.ledger.of_user(user_id):
        newest[entry.decision_id] = entry
    page: str | None = None
    for _ in range(pages):
        found = await page_of_history(services, user_id, None, page, _PAGE)
        for entry in found.entries:
            other = newest.get(entry.decision_id)
            if other is None or _later(entry, other):
                newest[entry.decision_id] = entry
        page = found.next_page
        if page is None:
            break
    return list(newest.values())


async def held_of(services: Services, user_id: str) -> list[LedgerEntry]:
    """The newest entry of each attempt that still waits, soonest first.

    Raises:
        Problem: 503 without the store.
    """
    now_ms = services.now_ms()
    waiting = [
        entry
        for entry in await newest_of(services, user_id)
        if entry.verdict is Verdict.HOLD and entry.expires_at_ms >= now_ms
    ]
    return sorted(waiting, key=lambda each: (each.reconsider_at_ms or 0, each.decision_id))


def _later(one: LedgerEntry, other: LedgerEntry) -> bool:
    # At the same moment the final verdict is the later one.
    return (one.decided_at_ms, one.verdict.final) > (other.decided_at_ms, other.verdict.final)


async def story_of(services: Services, user_id: str, request_id: str) -> list[LedgerEntry]:
    """All verdicts on a request, its attempts included, oldest first.

    Raises:
        Problem: 503; they are not all at hand, and the store does not answer.
    """
    at_hand = services.ledger.of_request(user_id, request_id)
    found = {_key(entry): entry for entry in at_hand}
    try:
        for attempt in range(1, _ATTEMPTS + 1):
            entries = await services.profiles.adecision(decision_id(user_id, request_id, attempt))
            # An id is a hash: whose it is, is not left to it.
            mine = [e for e in entries if (e.user_id, e.request_id) == (user_id, request_id)]
            found.update({_key(entry): entry for entry in mine})
            if not mine and not any(entry.attempt == attempt for entry in at_hand):
                break
    except StoreError:
        if not found:
            raise unavailable("It is not at hand, and the history does not answer.") from None
    return sorted(found.values(), key=lambda e: (e.decided_at_ms, e.verdict.final, e.attempt))


def _key(entry: LedgerEntry) -> tuple[str, int, str]:
    return entry.decision_id, entry.decided_at_ms, str(entry.verdict)
