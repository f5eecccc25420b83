"""The models in use: what the jobs score with, and their cards."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api import shapes
from api.auth import Principal, Scope, allow
from api.bodies import answer
from api.direct import DirectRoute
from api.openapi import answers
from api.plain_shapes import ModelSnapshot
from api.problems import not_found
from api.routes.common import EXAMPLE_AT_MS, services_of

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=DirectRoute)

_MODEL: dict[str, Any] = {
    "task": "engagement",
    "version": "engagement-000123",
    "trained_at_ms": EXAMPLE_AT_MS,
    "examples": 120_000,
    "form": "logistic",
    "metrics": {"auc": 0.74},
    "card": {"purpose": "whether a send is opened"},
}
_snapshot = msgspec.json.Decoder(dict[str, Any])
_COLUMNS = ("version", "trained_at_ms", "examples", "form", "metrics", "card")


def model_of(task: str, value: bytes) -> shapes.ModelOut:
    """A snapshot without its weights."""
    found = _snapshot.decode(value)
    known = {name: found[name] for name in _COLUMNS if name in found}
    return msgspec.convert({"task": task, "version": "unknown", **known}, shapes.ModelOut)


@router.get(
    "",
    operation_id="get_models",
    summary="The models in use",
    responses=answers(shapes.Models, {"models": [_MODEL]}),
)
async def get_models(
    request: Request, _who: Annotated[Principal, allow(Scope.MODELS_READ)]
) -> Response:
    """Empty until one was trained: decisions then go by smoothed rates."""
    records = services_of(request).knowledge.models()
    return answer(shapes.Models([model_of(task, records[task]) for task in sorted(records)]))


@router.get(
    "/{task}",
    operation_id="get_model",
    summary="One model, with its weights",
    responses=answers(
        ModelSnapshot,
        {**_MODEL, "intercept": -1.5, "weights": {"dosage": -0.25, "hour:9": 0.5}},
        text="The snapshot as the jobs have it.",
        problems=[404],
    ),
)
async def get_model(
    request: Request,
    task: Annotated[str, Path(min_length=1, max_length=128, examples=["engagement"])],
    _who: Annotated[Principal, allow(Scope.MODELS_READ)],
) -> Response:
    """Plain numbers: weights, means and variances, metrics, the card."""
    value = services_of(request).knowledge.models().get(task)
    if value is None:
        raise not_found("No model of this task is in use.")
    return Response(value, media_type="application/json")
