"""Decisions: asked for and awaited, and looked up afterwards."""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, object_of, record_of, with_identity
from api.direct import DirectRoute
from api.idempotency import once
from api.openapi import answers, idempotent_body
from api.problems import Problem, invalid, not_found, unavailable
from api.routes.common import EXAMPLE_AT_MS, services_of
from api.routes.intake import REQUEST
from api.services import Services
from connectors.cassandra.reading import StoreError
from schemas.audit import AuditAction
from tactful.ids import decision_id as id_of_decision
from tactful.records import LedgerEntry, RecordKind
from tactful.records import Request as NotificationRequest

router = APIRouter(prefix="/v1", tags=["decisions"], route_class=DirectRoute)

MAX_WAIT_MS: Final = 10_000
"""How long a look at a decision may wait for its verdict."""

_ENTRY = {
    "decision_id": "a7302ce7dbd5266ac1d0a49ce0d1cbfa",
    "request_id": "r-77",
    "user_id": "ada",
    "type": "cart_reminder",
    "verdict": "hold",
    "reason": "quiet_hours",
    "priority": "normal",
    "requested_at_ms": EXAMPLE_AT_MS,
    "decided_at_ms": EXAMPLE_AT_MS + 12,
    "expires_at_ms": EXAMPLE_AT_MS + 86_400_000,
    "reconsider_at_ms": EXAMPLE_AT_MS + 36_000_000,
    "explanation": "held until 08:00 (Europe/Berlin): quiet hours 22:00-08:00",
    "policy_version": "default-2",
    "model_versions": {},
    "channel": "email",
}
EXAMPLE = {
    "decision_id": _ENTRY["decision_id"],
    "request_id": "r-77",
    "user_id": "ada",
    "verdict": "hold",
    "reason": "quiet_hours",
    "final": False,
    "explanation": _ENTRY["explanation"],
    "channel": "email",
    "entry": _ENTRY,
}


def shown(entry: LedgerEntry) -> shapes.DecisionOut:
    """A ledger entry as the answer to who asked."""
    return shapes.DecisionOut(
        decision_id=entry.decision_id,
        request_id=entry.request_id,
        user_id=entry.user_id,
        verdict=entry.verdict,
        reason=entry.reason,
        final=entry.verdict.final,
        explanation=entry.explanation,
        entry=entry,
        channel=entry.channel,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is to be decided while someone waits.

    Attributes:
        record: the request.
        value: its bytes, as they go to Kafka.
        decision_id: of its first attempt.
        deadline_ms: how long to wait.
    """

    record: NotificationRequest
    value: bytes
    decision_id: str
    deadline_ms: int


def asked_of(
    request: Request, who: Principal, fields: Any, deadline_ms: Any, place: int | str = 0
) -> Asked:
    """What is asked for, checked, with the audit record of who is told the verdict.

    Raises:
        ContractError: the request breaks its contract.
        Problem: 422 for a deadline that is none, 503 where it can't be recorded.
    """
    services = services_of(request)
    if not isinstance(fields, dict):
        raise invalid("request", "something else", "an object, as of POST /v1/requests")
    most = services.settings.max_decision_deadline_ms
    if type(deadline_ms) is not int or not 50 <= deadline_ms <= most:
        raise invalid("deadline_ms", str(deadline_ms)[:60], f"integer 50..{most}")
    fields = with_identity(fields, who, request, services.now_ms(), place)
    record, value = record_of(NotificationRequest, fields)
    decision = id_of_decision(record.user_id, record.id)
    # The verdict tells of the user's data, also when it is an answer that was kept.
    audited(request, services, who, AuditAction.READ, record.user_id, ["ledger"], decision)
    return Asked(record, value, decision, deadline_ms)


async def verdict_on(services: Services, asked: Asked) -> shapes.DecisionOut:
    """The verdict, waited for.

    Raises:
        Problem: 504 `decision-pending` past the deadline, with where to look later; 503 where Kafka
            did not confirm the request.
    """
    entry = await decide(services, asked.record, asked.value, asked.deadline_ms)
    if entry is not None:
        return shown(entry)
    url = f"/v1/decisions/{quote(asked.decision_id, safe='')}"
    raise Problem(
        504,
        "decision-pending",
        f"No verdict within {asked.deadline_ms} ms. The request is in Kafka and will be decided; "
        f"look at {url}.",
        headers={"Location": url, "Retry-After": "1"},
        decision_id=asked.decision_id,
        request_id=asked.record.id,
        status_url=url,
    )


async def decide(
    services: Services, asked: NotificationRequest, value: bytes, deadline_ms: int
) -> LedgerEntry | None:
    """The first verdict on a request, through Kafka and the job; None when the deadline passed.

    A request that was decided before gets that verdict: the job gives no second one.

    Raises:
        Problem: 503; Kafka did not confirm the request, so nobody may be told that it waits there.
    """
    known = services.ledger.of_request(asked.user_id, asked.id)
    if known:
        return known[-1]
    began_s = time.perf_counter()
    entry: LedgerEntry | None = None
    written = False
    with services.ledger.expecting(asked.user_id, asked.id) as verdict:
        try:
            async with asyncio.timeout(deadline_ms / 1000):
                await services.writer.write(RecordKind.REQUEST, asked.user_id, value)
                written = True
                entry = await verdict
        except TimeoutError:
            entry = await _decided_long_ago(services, asked)
            if entry is None and not written:
                raise unavailable(
                    f"Kafka did not confirm the request within {deadline_ms} ms. Send it again "
                    "with the same id: it counts once."
                ) from None
    outcome = "pending" if entry is None else str(entry.verdict)
    services.metrics.decisions.labels(outcome).inc()
    services.metrics.decision_ms.observe((time.perf_counter() - began_s) * 1000)
    return entry


async def _decided_long_ago(services: Services, asked: NotificationRequest) -> LedgerEntry | None:
    """The kept verdict on a request whose id was used before; None if there is none."""
    try:
        found = await asyncio.wait_for(
            services.profiles.adecision(id_of_decision(asked.user_id, asked.id)), 0.5
        )
    except (StoreError, TimeoutError):
        return None
    mine = [e for e in found if (e.user_id, e.request_id) == (asked.user_id, asked.id)]
    return mine[0] if mine else None


@router.post(
    "/decisions",
    operation_id="post_decision",
    summary="Ask, and wait for the verdict",
    responses=answers(shapes.DecisionOut, EXAMPLE, 200, "The verdict.", [409, 504]),
    openapi_extra=idempotent_body(shapes.DecisionIn, {"request": REQUEST, "deadline_ms": 500}),
)
async def post_decision(
    request: Request, who: Annotated[Principal, allow(Scope.DECISIONS_WRITE)]
) -> Response:
    """The request goes through Kafka and the running job like any other; this awaits its verdict.

    Past `deadline_ms` the answer is a 504 that tells `decision_id` and `status_url`: the request is
    not taken back, and will be decided. The same `id` again gets the same verdict.
    """
    services = services_of(request)
    body = await body_of(request)
    said = object_of(body)
    deadline_ms = said.get("deadline_ms", services.settings.decision_deadline_ms)
    asked = asked_of(request, who, said.get("request"), deadline_ms)

    async def work() -> Response:
        return answer(await verdict_on(services, asked))

    return await once(request, who, body, services, work)


@router.get(
    "/decisions/{decision_id}",
    operation_id="get_decision",
    summary="The newest verdict of a decision",
    responses=answers(shapes.DecisionOut, EXAMPLE, problems=[404]),
)
async def get_decision(
    request: Request,
    decision_id: Annotated[str, Path(min_length=1, max_length=64, examples=["a7302ce7dbd5266a"])],
    who: Annotated[Principal, allow(Scope.DECISIONS_READ)],
    wait_ms: Annotated[
        int, Query(ge=0, le=MAX_WAIT_MS, description="How long to wait where there is none yet.")
    ] = 0,
) -> Response:
    """From the ledger as it comes; older ones from the history. A hold is not final."""
    services = services_of(request)
    entry = await newest(services, decision_id, wait_ms)
    if entry is None:
        raise not_found("There is no verdict under this id: not yet, or never.")
    audited(request, services, who, AuditAction.READ, entry.user_id, ["ledger"], entry.decision_id)
    return answer(shown(entry))


async def newest(services: Services, decision_id: str, wait_ms: int = 0) -> LedgerEntry | None:
    """The newest entry of a decision, waited for at most `wait_ms`; None if there is none by then.

    Raises:
        Problem: 503; it is not at hand, and the store does not answer.
    """
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + wait_ms / 1000
    while True:
        entry = await _newest_now(services, decision_id)
        if entry is not None or loop.time() >= deadline_s:
            return entry
        await asyncio.sleep(0.02)


async def _newest_now(services: Services, decision_id: str) -> LedgerEntry | None:
    entry = services.ledger.decision(decision_id)
    if entry is not None:
        return entry
    try:
        found = await services.profiles.adecision(decision_id)
    except StoreError:
        raise unavailable("It is not at hand, and the history does not answer.") from None
    return found[0] if found else None
