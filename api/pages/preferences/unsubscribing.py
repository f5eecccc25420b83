"""Unsubscribing with one click (RFC 8058): by POST alone, without cookie or redirect; and its undo.

The signed link is the proof of who asks, and says what about. A GET only shows the question, as
mail scanners follow links.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import Public
from api.auth.principal import Principal, user_principal
from api.pages.preferences.choices import Stored
from api.pages.preferences.entering import HOME, read_link
from api.pages.shared import Texts, form_of, pages_of, render
from api.problems import Problem
from api.routes.common import services_of
from api.routes.intake import accept
from api.routes.profiles import snapshot_of, write_update
from api.services import Services
from schemas.audit import AuditAction
from tactful.choices import before, offer_of, unsubscribe
from tactful.records import Outcome, RecordKind

router = APIRouter(prefix=f"{HOME}/unsubscribe")

_UNDO_S = 86_400
_FIELD, _VALUE = "List-Unsubscribe", "One-Click"


@router.get("/{token}", dependencies=[Depends(Public("the signed link is the proof"))])
async def get_question(request: Request, token: str) -> Response:
    """What would be turned off, and one button."""
    about = await _about(request, token)
    if about.locked:
        return about.shown("preferences/unsubscribe_locked.html", 409)
    return about.shown("preferences/unsubscribe.html", field=_FIELD, value=_VALUE)


@router.post("/{token}", dependencies=[Depends(Public("the signed link is the proof"))])
async def post_unsubscribe(request: Request, token: str) -> Response:
    """Turn it off: the mail program's one click, or the page's button."""
    about = await _about(request, token)
    given = (await form_of(request)).get(_FIELD, [""])[0]
    if given.lower() != _VALUE.lower():
        raise Problem(422, "invalid", f"{_FIELD}: found something else, allowed: {_VALUE}")
    if about.locked:
        return about.shown("preferences/unsubscribe_locked.html", 409)
    services, user_id = about.services, about.user_id
    policy = services.knowledge.current.policy
    try:
        stored = Stored(await snapshot_of(services, about.who, user_id), policy)
    except Problem:
        stored = None
    change = unsubscribe(
        offer_of(policy),
        None if stored is None else stored.consent,
        channel=about.channel,
        type_=about.type,
    )
    await write_update(request, user_id, about.who, change.fields(), about.action)
    await _told_as_outcome(about)
    undo = None
    if stored is not None:
        back = before(change, stored.types, stored.consent)
        undo = services.signer.sign("undo", {"u": user_id, "fields": back.fields()}, _UNDO_S)
    return about.shown("preferences/unsubscribed.html", undo=undo)


@router.post("/{token}/undo", dependencies=[Depends(Public("both signed texts are the proof"))])
async def post_undo(request: Request, token: str) -> Response:
    """Put back what held before."""
    about = await _about(request, token)
    given = (await form_of(request)).get("undo", [""])[0]
    document = about.services.signer.read("undo", given)
    if document is None or document.get("u") != about.user_id:
        raise Problem(422, "invalid", "undo: found something else, allowed: what the page has")
    await write_update(request, about.user_id, about.who, document["fields"], about.action)
    return about.shown("preferences/unsubscribe_undone.html")


async def _told_as_outcome(about: "_About") -> None:
    """Have the models learn what the notification led to, where the link says which it was."""
    if about.decision_id is None or about.channel is None:
        return
    fields = {
        # The same click twice is the same record.
        "id": f"unsubscribed-{about.decision_id}",
        "user_id": about.user_id,
        "decision_id": about.decision_id,
        "channel": about.channel,
        "outcome": Outcome.UNSUBSCRIBED.value,
    }
    await accept(about.request, about.who, RecordKind.FEEDBACK, fields)


class _About:
    """Whom a link is of, and what it is about."""

    def __init__(
        self, request: Request, services: Services, token: str, link: dict[str, str]
    ) -> None:
        self.request = request
        self.services = services
        self.token = token
        self.user_id = link["user_id"]
        self.channel = link.get("channel")
        self.type = link.get("type")
        self.decision_id = link.get("decision_id")
        self.who: Principal = user_principal(self.user_id, "link", 0, linked_by=link.get("by"))
        offer = offer_of(services.knowledge.current.policy)
        kind = offer.type(self.type) if self.type is not None else None
        self.locked = kind is not None and kind.always_on

    @property
    def action(self) -> AuditAction:
        """What the audit record calls it."""
        return AuditAction.CHANGE if self.type is not None else AuditAction.CONSENT

    def what(self, t: Texts) -> str:
        """What is turned off, in words."""
        channel = None if self.channel is None else t.named("channel", self.channel)
        if self.type is None:
            what = t("preferences.unsubscribe.marketing")
        else:
            what = t.named("type", self.type)
        if channel is None:
            return what
        return t("preferences.on_channel", what=what, channel=channel)

    def shown(self, template: str, status: int = 200, **more: Any) -> Response:
        """A page about it."""
        t = pages_of(self.request).catalogue.of(self.request)
        return render(
            self.request,
            template,
            status=status,
            what=self.what(t),
            home=HOME,
            action=f"{HOME}/unsubscribe/{self.token}",
            **more,
        )


async def _about(request: Request, token: str) -> _About:
    services = services_of(request)
    link = await read_link(request, services, token, "unsubscribe")
    about = _About(request, services, token, link)
    request.scope["principal"] = about.who
    await services.limits.count(about.who.subject)
    return about
