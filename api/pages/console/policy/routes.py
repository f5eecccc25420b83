"""The policy's routes. Who may read it may draft and preview; a push needs the second factor."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import Principal, Scope, allow
from api.pages.console.access import page
from api.pages.console.policy.drafting import Draft, of_form, of_policy, of_text
from api.pages.console.policy.drawn import differences, drawn, effect_of
from api.pages.console.policy.fields import groups_of
from api.pages.shared import back_to, form_of
from api.problems import Problem, unavailable
from api.routes.common import services_of
from api.routes.policies import Preview, etag_of, in_force, push
from api.services import Services
from tactful.knowledge import POLICY_KEY
from tactful.policy import Policy
from tactful.policy.form import write_policy

router = APIRouter(prefix="/console/policy")


@router.get("")
async def show(request: Request, who: Annotated[Principal, allow(Scope.POLICY_READ)]) -> Response:
    """The policy in force."""
    services = services_of(request)
    policy = in_force(services)
    return page(
        request,
        who,
        "policy.html",
        policy=policy,
        drawn=drawn(policy),
        text=write_policy(policy),
        refused=_refused(services),
        pushed=request.query_params.get("pushed") == "1",
    )


@router.get("/edit")
async def edit(request: Request, who: Annotated[Principal, allow(Scope.POLICY_READ)]) -> Response:
    """The editor on the policy in force."""
    policy = in_force(services_of(request))
    return _editor(request, who, of_policy(policy), policy, etag_of(policy))


@router.post("/edit")
async def draft(request: Request, who: Annotated[Principal, allow(Scope.POLICY_READ)]) -> Response:
    """Take in what was written, in the form or as text; with `action=preview` decide by it."""
    services = services_of(request)
    form = await form_of(request)
    current = in_force(services)
    made = _draft(form, current)
    base = _one(form, "base") or etag_of(current)
    effect = None
    trouble = None
    if made.read is not None and _one(form, "action") == "preview":
        await services.limits.count(who.subject, heavy=True)
        try:
            effect = await _effect(services, made.read.policy)
        except Problem as problem:
            trouble = problem.detail
    return _editor(request, who, made, current, base, effect=effect, trouble=trouble)


@router.post("/push")
async def push_draft(
    request: Request, who: Annotated[Principal, allow(Scope.POLICY_WRITE)]
) -> Response:
    """Publish a draft, if the policy is still the one that it was made from."""
    services = services_of(request)
    form = await form_of(request)
    current = in_force(services)
    made = of_text(_one(form, "text"))
    base = _one(form, "base")
    if made.read is None:
        return _editor(request, who, made, current, base)
    if base != etag_of(current):
        trouble = "Another policy was pushed since this draft was begun. Compare, then push again."
        return _editor(request, who, made, current, etag_of(current), trouble=trouble, status=412)
    try:
        await push(services, made.read)
    except Problem as problem:
        return _editor(
            request, who, made, current, base, trouble=problem.detail, status=problem.status
        )
    return back_to("/console/policy?pushed=1")


def _draft(form: dict[str, list[str]], current: Policy) -> Draft:
    if "form" not in form:
        return of_text(_one(form, "text"))
    # The rest of the policy comes along with the form, as a draft may be on its way already.
    rest = of_text(_one(form, "draft"))
    return of_form(current if rest.read is None else rest.read.policy, form)


def _editor(
    request: Request,
    who: Principal,
    made: Draft,
    current: Policy,
    base: str,
    *,
    effect: dict[str, Any] | None = None,
    trouble: str | None = None,
    status: int | None = None,
) -> Response:
    read = made.read
    policy = read.policy if read is not None else _last_good(made, current)
    diff = [] if read is None else differences(current, read.policy)
    same_version = bool(diff) and read is not None and read.policy.version == current.version
    wrong = bool(made.faults or made.others)
    return page(
        request,
        who,
        "policy_edit.html",
        status=status or (422 if wrong else 200),
        draft=made,
        groups=groups_of(policy),
        current=current,
        base=base,
        diff=diff,
        warnings=[] if read is None else read.warnings,
        same_version=same_version,
        may_push=who.may(Scope.POLICY_WRITE),
        lacks_factor=who.lacks_second_factor(Scope.POLICY_WRITE),
        effect=effect,
        trouble=trouble,
        by_form="form" in request.query_params or not made.others,
    )


def _last_good(made: Draft, current: Policy) -> Policy:
    """What the form shows while the draft can't be used: the text it came with, else what holds."""
    rest = of_text(made.text)
    return current if rest.read is None else rest.read.policy


async def _effect(services: Services, policy: Policy) -> dict[str, Any]:
    preview: Preview | None = services.extras.get("preview")
    if preview is None:
        raise unavailable("No preview can be made here.", 60)
    return effect_of(await preview(msgspec.json.encode(policy)))


def _refused(services: Services) -> str | None:
    found = services.knowledge.refused.get(POLICY_KEY)
    return found.why if found else None


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[-1]
