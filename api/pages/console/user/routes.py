"""The user page: a search, and all that is known, each look recorded."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.pages.console.access import page
from api.pages.console.user.gathering import Gathered, gathered, settings_of
from api.pages.console.user.pictures import channels_of, fatigue_of, hours_of_week
from api.pages.console.user.timeline import rows_of, timeline_of
from api.pages.console.wording import ago, local
from api.routes.common import services_of
from api.services import Services
from schemas.audit import AuditAction
from tactful.local_time import HOUR_MS, zone_named
from tactful.outlook import counterfactual_words, outlook
from tactful.records import Verdict

router = APIRouter(prefix="/console/user")

_AHEAD_MS = 7 * 24 * HOUR_MS
_SHOWN_ROWS = 100


@router.get("")
async def show(
    request: Request,
    who: Annotated[Principal, allow(Scope.HISTORY_READ)],
    user_id: Annotated[str | None, Query(alias="id", max_length=256)] = None,
) -> Response:
    """The search alone, or with `id` that user; ids are exact."""
    if not user_id:
        return page(request, who, "user_search.html", user_id="", unknown=False)
    services = services_of(request)
    if not who.may(Scope.PROFILES_READ):
        # Verdicts without the settings that they follow from would be told wrongly.
        who.need(Scope.PROFILES_READ)
    found = await gathered(services, who, user_id)
    audited(request, services, who, AuditAction.READ, user_id, found.fields)
    if found.snapshot is None and not found.entries and not found.did.events:
        context = {"user_id": user_id, "unknown": True}
        return page(request, who, "user_search.html", status=404, **context)
    return page(request, who, "user.html", **shown(services, user_id, found))


def shown(services: Services, user_id: str, found: Gathered) -> dict[str, Any]:
    """What the template needs."""
    now_ms = services.now_ms()
    knowledge = services.knowledge.current
    snapshot = found.snapshot
    known = None if snapshot is None else snapshot.time_zone
    zone, _ = zone_named(known, knowledge.policy.time_zone)
    clock = local(zone)
    feedback = services.outcomes.of_user(user_id)
    ahead = outlook(
        user_id,
        found.entries,
        now_ms,
        snapshot=snapshot,
        feedback=feedback,
        policy=knowledge.policy,
        ahead_ms=_AHEAD_MS,
    )
    newest = {each.decision_id: each for each in found.entries}
    by_request = {(each.request_id, each.attempt): each for each in newest.values()}
    sends = [each for each in found.entries if each.verdict is Verdict.SEND]
    return {
        "user_id": user_id,
        "zone": str(zone),
        "zone_known": known is not None,
        "profile": found.profile,
        "settings": [] if found.profile is None else settings_of(found.profile),
        "partial": found.partial,
        "updated": None if snapshot is None else ago(max(0, now_ms - snapshot.updated_at_ms)),
        "last_seen": None
        if snapshot is None or snapshot.activity.last_seen_ms is None
        else clock(snapshot.activity.last_seen_ms),
        "last_sent": clock(sends[-1].decided_at_ms) if sends else None,
        "timeline": timeline_of(found.entries, feedback, now_ms, clock, events=found.did.events),
        "events_since": None if found.did.since_ms is None else clock(found.did.since_ms),
        "events_trouble": found.did.trouble,
        "rows": rows_of(found.entries, feedback, clock)[:_SHOWN_ROWS],
        "rows_left": max(0, len(found.entries) - _SHOWN_ROWS),
        "hours": hours_of_week(snapshot, knowledge, now_ms),
        "fatigue": fatigue_of(found.entries, ahead, knowledge, now_ms),
        "channels": channels_of(snapshot, knowledge),
        "waiting": [
            {
                "what": each,
                "until": clock(each.until_ms),
                "since": clock(each.held_since_ms),
                "expires": clock(each.expires_at_ms),
                "otherwise": None
                if (entry := by_request.get((each.request_id, each.attempt))) is None
                else counterfactual_words(entry, clock),
            }
            for each in ahead.waiting
        ],
        "later": ahead.later,
    }
