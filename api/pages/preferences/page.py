"""The page itself: shown to whoever has a session, and saved section by section."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auditing import audited
from api.auth import Own, Principal, Public, Scope, own
from api.bodies import answer
from api.pages.preferences.choices import Stored, choices_of, zones
from api.pages.preferences.entering import HOME, enter_by_link, sign_in
from api.pages.preferences.form import FormError
from api.pages.preferences.saving import SECTIONS, save
from api.pages.preferences.why import stories_of
from api.pages.shared import back_to, form_of, pages_of, render, wants_page
from api.problems import Problem
from api.routes.common import services_of
from api.routes.profiles import seen_by_writer, snapshot_of, write_update
from api.services import Services
from schemas.audit import AuditAction
from tactful.records import FrequencyMode, ProfileSnapshot

router = APIRouter(prefix=HOME)

_READ = ("preferences", "time_zone", "consent", "history")
_reader = Own(Scope.PREFERENCES_READ)


@router.get(
    "",
    dependencies=[Depends(Public("without a link or session it only asks to sign in"))],
)
async def get_page(request: Request, link: str | None = None, saved: str | None = None) -> Response:
    """The page of whose session it is; a link begins one."""
    if link is not None:
        return await enter_by_link(request, link)
    services = services_of(request)
    if "authorization" not in request.headers and services.sessions.read(request) is None:
        return sign_in(request, "ended" if services.sessions.cookie in request.cookies else None)
    who = await _reader(request)
    told = "preferences.told.section" if saved in SECTIONS else None
    return await _shown(request, services, who, told=told)


@router.post("")
async def post_page(
    request: Request, who: Annotated[Principal, own(Scope.PREFERENCES_WRITE)]
) -> Response:
    """Save one section: at once for the page's script, else with a way back to the page."""
    services = services_of(request)
    user_id = who.user_id or ""
    texts = pages_of(request).catalogue.of(request)
    form = await form_of(request)
    section = form.get("section", [""])[0]
    stored = Stored(await snapshot_of(services, who, user_id), services.knowledge.current.policy)
    try:
        saved = save(section, form, stored, texts, services.now_ms())
    except KeyError:
        raise Problem(422, "invalid", "section: found another, allowed: one of the page") from None
    except FormError as error:
        if wants_page(request):
            return await _shown(request, services, who, wrong=error.key, status=422)
        raise Problem(
            422, "invalid", "The form can't be saved.", message=texts(error.key)
        ) from None
    if saved.fields:
        await write_update(request, user_id, who, saved.fields, saved.action)
    else:
        audited(request, services, who, AuditAction.READ, user_id, _READ[:3])
    if wants_page(request):
        return back_to(f"{HOME}?saved={section}")
    snapshot = await seen_by_writer(services, who, user_id)
    return answer({"message": saved.told, "html": _settings(request, services, who, snapshot)})


def _context(
    request: Request, services: Services, snapshot: ProfileSnapshot | None
) -> dict[str, Any]:
    texts = pages_of(request).catalogue.of(request)
    stored = Stored(snapshot, services.knowledge.current.policy)
    now_ms = services.now_ms()
    return {
        "c": choices_of(stored, texts, now_ms),
        "frequencies": [str(mode) for mode in FrequencyMode],
        "zones": zones(),
        "home": HOME,
        "tomorrow": _tomorrow(now_ms, stored),
    }


def _tomorrow(now_ms: int, stored: Stored) -> str:
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(stored.zone)
    return (local + timedelta(days=1)).date().isoformat()


def _settings(
    request: Request, services: Services, who: Principal, snapshot: ProfileSnapshot | None
) -> str:
    texts = pages_of(request).catalogue.of(request)
    return pages_of(request).html(
        "preferences/settings.html",
        t=texts,
        csrf_token=services.sessions.csrf_token(who) if who.session else None,
        **_context(request, services, snapshot),
    )


async def _shown(
    request: Request,
    services: Services,
    who: Principal,
    *,
    told: str | None = None,
    wrong: str | None = None,
    status: int = 200,
) -> Response:
    user_id = who.user_id or ""
    snapshot = await snapshot_of(services, who, user_id)
    texts = pages_of(request).catalogue.of(request)
    policy = services.knowledge.current.policy
    zone = Stored(snapshot, policy).zone.key
    stories = await stories_of(services, user_id, policy, texts, zone)
    audited(request, services, who, AuditAction.READ, user_id, _READ)
    begun = None
    if not who.session:
        # Shown with a token: what follows from the page needs a session.
        begun = Response()
        who = services.sessions.begin(begun, who)
    response = render(
        request,
        "preferences/page.html",
        status=status,
        who=who,
        told=told,
        wrong=wrong,
        stories=stories,
        **_context(request, services, snapshot),
    )
    if begun is not None:
        response.headers.append("set-cookie", begun.headers["set-cookie"])
    return response
