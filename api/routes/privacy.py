"""A person's rights: what is stored, readable; and to be forgotten, with a receipt."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, decoded
from api.direct import DirectRoute
from api.idempotency import once
from api.openapi import answers, idempotent_body
from api.overlay import SETTLED_MS
from api.problems import invalid, not_found, unavailable, unreadable
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.routes.decisions import EXAMPLE as DECISION
from api.routes.histories import audit_page
from api.routes.profiles import EXAMPLE as PROFILE
from api.routes.profiles import shown, snapshot_of, write_update
from api.services import Services
from api.timeline import page_of_history
from connectors.cassandra.reading import StoreError
from connectors.cassandra.unreadable import UnreadableRecordError
from schemas.audit import AuditAction
from tactful.records import LedgerEntry

router = APIRouter(prefix="/v1/users/{user_id}", tags=["privacy"], route_class=DirectRoute)

_PAGE = 200
_PAGES = 250
_RECEIPT: dict[str, Any] = {
    "receipt": "eyJ1…",
    "erased_at_ms": EXAMPLE_AT_MS,
    "state": "done",
    "keys_destroyed": 1,
    "profile_gone": True,
    "status_url": "/v1/users/ada/erasure/eyJ1…",
}


@router.post(
    "/export",
    operation_id="post_export",
    summary="Profile, history and audit of a user",
    responses=answers(
        shapes.Export,
        {
            "user_id": "ada",
            "exported_at_ms": EXAMPLE_AT_MS,
            "profile": PROFILE,
            "history": [DECISION["entry"]],
            "audit": [],
            "complete": True,
        },
    ),
)
async def post_export(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.EXPORT, heavy=True)],
) -> Response:
    """Profile with contact data, verdicts of 24 months, and who looked, as one JSON document.

    Events, feedback, the `data` of requests and the examples that models learn from stand in topics
    alone and are not in it. `complete` says whether all that is stored of the three kinds is.
    """
    return await export(request, services_of(request), who, user_id)


async def export(request: Request, services: Services, who: Principal, user_id: str) -> Response:
    """`exported` as a file.

    Raises:
        Problem: 503 without the stores.
    """
    return answer(
        await exported(request, services, who, user_id),
        headers={"Content-Disposition": 'attachment; filename="tactful-export.json"'},
    )


async def exported(
    request: Request, services: Services, who: Principal, user_id: str
) -> shapes.Export:
    """The profile, verdicts and audit records that are stored of a user, and a record of this.

    Raises:
        Problem: 503 without the stores.
    """
    audited(request, services, who, AuditAction.EXPORT, user_id, ["all"])
    snapshot = await snapshot_of(services, who, user_id)
    profile = None
    if snapshot is not None and not snapshot.erased:
        profile, _ = await shown(services, who, snapshot)
    history: list[LedgerEntry] = []
    page: str | None = None
    lost = 0
    for _ in range(_PAGES):
        found = await page_of_history(services, user_id, None, page, _PAGE)
        history += found.entries
        lost += found.unreadable
        page = found.next_page
        if page is None:
            break
    audit: list[shapes.AuditRow] = []
    following: str | None = None
    for _ in range(_PAGES):
        rows, following, damaged = await audit_page(services, user_id, None, following, _PAGE)
        audit += rows
        lost += damaged
        if following is None:
            break
    complete = page is None and following is None and not lost
    return shapes.Export(user_id, services.now_ms(), profile, history, audit, complete)


@router.post(
    "/erasure",
    operation_id="post_erasure",
    summary="Forget a user",
    status_code=202,
    responses=answers(
        shapes.Receipt, _RECEIPT, 202, "It is under way; the receipt tells when it is done.", [409]
    ),
    openapi_extra=idempotent_body(shapes.ErasureIn, {"confirm": "ada"}),
)
async def post_erasure(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.ERASE, heavy=True)],
) -> Response:
    """Profile, history and what waits are deleted everywhere; the keys of contact data destroyed.

    What was encrypted stays unreadable for good, in whatever log or backup it is. Audit records
    stay: they name fields, not values.
    """
    services = services_of(request)
    body = await body_of(request)
    confirmed(decoded(shapes.ErasureIn, body).confirm, user_id)

    async def work() -> Response:
        return answer(await erase(request, services, who, user_id), 202)

    return await once(request, who, body, services, work)


def confirmed(confirm: str, user_id: str) -> None:
    """Go on only if whom to erase was said twice.

    Raises:
        Problem: 422.
    """
    if confirm != user_id:
        raise invalid("confirm", "another id", "the user's id, exactly")


async def erase(
    request: Request, services: Services, who: Principal, user_id: str, place: int | str = 0
) -> shapes.Receipt:
    """Erase a user, and give the receipt. `place` is as of `with_identity`.

    Raises:
        Problem: 503; then nothing is known to be done, and it may be asked for again.
    """
    accepted, _ = await write_update(
        request, user_id, who, {"erase": True}, AuditAction.ERASE, place=place
    )
    destroyed = await services.cipher.destroy(user_id)
    audited(request, services, who, AuditAction.DESTROY_KEYS, user_id, ["identifiers"], accepted.id)
    receipt = services.signer.sign(
        "receipt",
        # Who it was stays out of it: only who knows the id can tell that it is theirs.
        {
            "who": services.signer.mac("receipt", user_id),
            "at": accepted.at_ms,
            "id": accepted.id,
            "keys": destroyed,
        },
    )
    return await _state(services, user_id, receipt)


@router.get(
    "/erasure/{receipt}",
    operation_id="get_erasure",
    summary="Whether an erasure is done",
    responses=answers(shapes.Receipt, _RECEIPT, problems=[404]),
)
async def get_erasure(
    request: Request,
    user_id: UserId,
    receipt: Annotated[str, Path(min_length=1, max_length=1024, examples=["eyJ1"])],
    who: Annotated[Principal, allow(Scope.ERASE)],
) -> Response:
    """`done` when the profile is gone from the store."""
    return answer(await erasure_of(request, services_of(request), who, user_id, receipt))


async def erasure_of(
    request: Request, services: Services, who: Principal, user_id: str, receipt: str
) -> shapes.Receipt:
    """How far an erasure is, with the audit record of whoever asks.

    Raises:
        Problem: 404 for what is no receipt of this user's, 503 without the store.
    """
    state = await _state(services, user_id, receipt)
    audited(request, services, who, AuditAction.READ, user_id, ["erasure"])
    return state


async def _state(services: Services, user_id: str, receipt: str) -> shapes.Receipt:
    told = services.signer.read("receipt", receipt)
    if told is None or told.get("who") != services.signer.mac("receipt", user_id):
        raise not_found("This is no receipt of an erasure of this user.")
    try:
        found = await services.profiles.aget(user_id)
    except StoreError:
        raise unavailable("The store does not answer.") from None
    except UnreadableRecordError:
        raise unreadable() from None
    snapshot = found.snapshot
    # A profile that is so much younger is of what came after the erasure, without anything before.
    gone = snapshot is None or snapshot.updated_at_ms > told["at"] + SETTLED_MS
    return shapes.Receipt(
        receipt=receipt,
        erased_at_ms=told["at"],
        state="done" if gone else "accepted",
        keys_destroyed=told["keys"],
        profile_gone=gone,
        status_url=f"/v1/users/{quote(user_id, safe='')}/erasure/{receipt}",
    )
