"""A person's data: to take along, and to have erased, with a receipt."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.auth import Principal, Scope, own
from api.pages.preferences.entering import HOME
from api.pages.shared import back_to, form_of, render
from api.routes.common import services_of
from api.routes.privacy import erase, erasure_of, export

router = APIRouter(prefix=HOME)


@router.post("/data")
async def post_data(
    request: Request, who: Annotated[Principal, own(Scope.EXPORT, heavy=True)]
) -> Response:
    """Profile, history and audit, as a file."""
    return await export(request, services_of(request), who, who.user_id or "")


@router.get("/erasure")
async def get_erasure_form(
    request: Request, who: Annotated[Principal, own(Scope.ERASE)]
) -> Response:
    """What erasing means, and the question whether it is meant."""
    return render(request, "preferences/erase.html", who=who, home=HOME, missed=False)


@router.post("/erasure")
async def post_erasure(
    request: Request, who: Annotated[Principal, own(Scope.ERASE, heavy=True)]
) -> Response:
    """Erase, once it was said twice."""
    if (await form_of(request)).get("understood") != ["yes"]:
        return render(
            request, "preferences/erase.html", status=422, who=who, home=HOME, missed=True
        )
    receipt = await erase(request, services_of(request), who, who.user_id or "")
    return back_to(f"{HOME}/erasure/{receipt.receipt}")


@router.get("/erasure/{receipt}")
async def get_receipt(
    request: Request,
    receipt: Annotated[str, Path(min_length=1, max_length=1024)],
    who: Annotated[Principal, own(Scope.ERASE)],
) -> Response:
    """How far it is."""
    services = services_of(request)
    state = await erasure_of(request, services, who, who.user_id or "", receipt)
    return render(request, "preferences/erased.html", who=who, home=HOME, receipt=state)
