"""The overview: what is decided now, how far the jobs are behind, and whether all parts work."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import Principal, Scope, allow
from api.bodies import answer
from api.kafka.lags import JOBS, Lags
from api.pages.console.access import page
from api.pages.console.wording import UNSENT
from api.routes.common import services_of
from api.services import Services
from tactful.flow import FlowView
from tactful.local_time import MINUTE_MS
from tactful.records import Verdict

router = APIRouter(prefix="/console/overview")

_MOST_REASONS = 12


@router.get("")
async def show(
    request: Request, who: Annotated[Principal, allow(Scope.OPERATIONS_READ)]
) -> Response:
    """The page; its script asks for the numbers again every two seconds."""
    found = await overview_of(services_of(request))
    return page(request, who, "overview.html", found=found)


@router.get("/now")
async def now(
    request: Request, _who: Annotated[Principal, allow(Scope.OPERATIONS_READ)]
) -> Response:
    """The numbers of the page, as JSON."""
    return answer(await overview_of(services_of(request)))


async def overview_of(services: Services) -> dict[str, Any]:
    """All that the page shows."""
    now_ms = services.now_ms()
    view = services.flow.view(now_ms)
    lags = await services.lags.read()
    newest_ms = services.flow.newest_ms
    return {
        "now_ms": now_ms,
        "flow": flow_of(view),
        "tiles": tiles_of(view),
        "reasons": reasons_of(view),
        "newest_age_ms": None if newest_ms is None else max(0, now_ms - newest_ms),
        "lags": lags_of(lags),
        "lag_trouble": lags.trouble,
        "health": health_of(services),
        "policy": services.knowledge.current.policy.version,
        "models": len(services.knowledge.models()),
        "dead_letters": services.letters.by_reason().total(),
    }


def flow_of(view: FlowView) -> dict[str, Any]:
    """Verdicts and sends by bucket, for the pictures."""
    return {
        "bucket_ms": view.bucket_ms,
        "starts_ms": view.starts_ms,
        "verdicts": view.series("verdict"),
        "channels": view.series("channel", Verdict.SEND),
    }


def tiles_of(view: FlowView) -> dict[str, Any]:
    """The numbers at the top: of the last full minute, and of the whole span."""
    full = max(1, MINUTE_MS // view.bucket_ms)
    minute = sum(each.total() for each in view.counts[-full - 1 : -1])
    totals = view.totals("verdict")
    return {
        "per_minute": minute,
        "span_min": round(len(view.counts) * view.bucket_ms / MINUTE_MS),
        "total": view.total,
        "sent": totals.get(Verdict.SEND, 0),
        "held": totals.get(Verdict.HOLD, 0),
        "digest": totals.get(Verdict.DIGEST, 0),
        "silent": sum(totals.get(each, 0) for each in UNSENT),
    }


def reasons_of(view: FlowView) -> list[dict[str, Any]]:
    """The most frequent reasons of what was not sent at once, with their verdicts."""
    counted: dict[tuple[str, str], int] = {}
    for each in view.counts:
        for key, count in each.items():
            if key.verdict is not Verdict.SEND:
                pair = (str(key.verdict), str(key.reason))
                counted[pair] = counted.get(pair, 0) + count
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_REASONS]
    return [{"verdict": v, "reason": r, "count": count} for (v, r), count in most]


def lags_of(lags: Lags) -> list[dict[str, Any]]:
    """Records waiting for each job, by topic; the jobs in the order of the stream."""
    order = list(JOBS)
    found = []
    for row in lags.rows:
        word = next((w for w in order if row.group.endswith(f".{w}")), row.group)
        found.append(
            {
                "job": JOBS.get(word, word),
                "topic": row.topic.rpartition(".")[2],
                "records": row.records,
                "order": order.index(word) if word in order else len(order),
            }
        )
    return sorted(found, key=lambda each: (each["order"], each["topic"]))


def health_of(services: Services) -> list[dict[str, Any]]:
    """Each part with what is wrong with it; None where all is well."""
    parts = [{"part": name, "trouble": t} for name, t in sorted(services.health().items())]
    refused = [{"part": k, "trouble": r.why} for k, r in services.knowledge.refused.items()]
    return parts + refused
