"""Webhooks: who is told of decisions and of changes of preferences."""

import uuid
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api import webhook_shapes as shapes
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, decoded
from api.direct import DirectRoute
from api.openapi import answers, body
from api.problems import Problem, invalid, not_found
from api.routes.common import EXAMPLE_AT_MS, services_of
from api.services import Services
from connectors.webhooks.events import trial
from connectors.webhooks.outbox import delivery_of, encode_delivery
from connectors.webhooks.sending import AddressError, checked_url
from connectors.webhooks.subscriptions import Disabled, Subscription, new_secret
from tactful import topics

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=DirectRoute)

_MOST = 200
_OLD_SECRET_MS = 86_400_000
_WEBHOOK: dict[str, Any] = {
    "id": "w-1",
    "url": "https://shop.example/tactful",
    "events": ["decision.send", "preferences.changed"],
    "description": "the shop",
    "created_at_ms": EXAMPLE_AT_MS,
    "enabled": True,
}
_MADE = {**_WEBHOOK, "secret": "whsec_…"}
WebhookId = Annotated[str, Path(min_length=1, max_length=64, examples=["w-1"])]


def _shown(each: Subscription) -> shapes.Webhook:
    return shapes.Webhook(
        each.id,
        each.url,
        [str(event) for event in each.events],
        each.created_at_ms,
        each.disabled is None,
        each.description,
        None if each.disabled is None else str(each.disabled),
    )


def _known(services: Services, who: Principal, webhook_id: str) -> Subscription:
    found = services.webhooks.by_id.get(webhook_id)
    if found is None or not _mine(who, found):
        raise not_found("There is no such webhook of yours.")
    return found


def _mine(who: Principal, each: Subscription) -> bool:
    # An admin sees all; others those that they made.
    return each.owner == who.subject or "admin" in {str(role) for role in who.roles}


def _url(services: Services, url: str) -> str:
    try:
        return checked_url(url, local=services.local_webhooks)
    except AddressError as error:
        found, _, allowed = str(error).removeprefix("url: found ").partition(", allowed: ")
        raise invalid("url", found, allowed) from None


async def _keep(services: Services, each: Subscription) -> None:
    value = msgspec.json.encode(each)
    await services.writer.write(topics.WEBHOOKS, each.id, value)
    services.webhooks.take(each.id, value)


@router.post(
    "",
    operation_id="post_webhook",
    summary="Subscribe",
    status_code=201,
    responses=answers(shapes.WebhookMade, _MADE, 201, "The secret is shown once.", [409]),
    openapi_extra=body(
        shapes.WebhookIn,
        {"url": "https://shop.example/tactful", "events": ["decision.send"]},
    ),
)
async def post_webhook(
    request: Request, who: Annotated[Principal, allow(Scope.WEBHOOKS_WRITE)]
) -> Response:
    """Events are sent signed, as Standard Webhooks has it, and again until they are taken.

    Verify `webhook-signature` with the secret, and use `webhook-id` to tell repetitions.
    """
    services = services_of(request)
    asked = decoded(shapes.WebhookIn, await body_of(request))
    if len(services.webhooks.by_id) >= _MOST:
        raise Problem(409, "conflict", f"There are {_MOST} webhooks, which is the most.")
    secret = new_secret()
    webhook_id = uuid.uuid4().hex
    made = Subscription(
        webhook_id,
        _url(services, asked.url),
        sorted(set(asked.events)),
        [services.seal(webhook_id, secret)],
        who.subject,
        services.now_ms(),
        asked.description,
    )
    await _keep(services, made)
    shown = _shown(made)
    return answer(
        shapes.WebhookMade(
            shown.id, shown.url, shown.events, shown.created_at_ms, secret, shown.description
        ),
        201,
    )


@router.get(
    "",
    operation_id="get_webhooks",
    summary="One's webhooks",
    responses=answers(shapes.Webhooks, {"webhooks": [_WEBHOOK]}),
)
async def get_webhooks(
    request: Request, who: Annotated[Principal, allow(Scope.WEBHOOKS_READ)]
) -> Response:
    """Those that the client made; an admin sees all. `disabled` says why nothing is sent."""
    book = services_of(request).webhooks
    found = [_shown(each) for each in book.by_id.values() if _mine(who, each)]
    return answer(shapes.Webhooks(sorted(found, key=lambda each: each.created_at_ms)))


@router.get(
    "/{webhook_id}",
    operation_id="get_webhook",
    summary="One webhook",
    responses=answers(shapes.Webhook, _WEBHOOK, problems=[404]),
)
async def get_webhook(
    request: Request,
    webhook_id: WebhookId,
    who: Annotated[Principal, allow(Scope.WEBHOOKS_READ)],
) -> Response:
    """Without its secret, which nobody is shown again."""
    return answer(_shown(_known(services_of(request), who, webhook_id)))


@router.patch(
    "/{webhook_id}",
    operation_id="patch_webhook",
    summary="Change a webhook",
    responses=answers(shapes.Webhook, _WEBHOOK, problems=[404]),
    openapi_extra=body(shapes.WebhookChange, {"enabled": True}),
)
async def patch_webhook(
    request: Request,
    webhook_id: WebhookId,
    who: Annotated[Principal, allow(Scope.WEBHOOKS_WRITE)],
) -> Response:
    """What is not named stays. `enabled: true` also brings back one that was disabled by failures.

    Events of the time in between are not sent.
    """
    services = services_of(request)
    asked = decoded(shapes.WebhookChange, await body_of(request))
    known = _known(services, who, webhook_id)
    changed = msgspec.structs.replace(
        known,
        url=known.url if asked.url is None else _url(services, asked.url),
        events=known.events if asked.events is None else sorted(set(asked.events)),
        description=known.description if asked.description is None else asked.description,
        disabled=known.disabled
        if asked.enabled is None
        else (None if asked.enabled else Disabled.BY_OWNER),
    )
    await _keep(services, changed)
    return answer(_shown(changed))


@router.delete(
    "/{webhook_id}",
    operation_id="delete_webhook",
    summary="Unsubscribe",
    status_code=204,
    responses=answers(None, status=204, text="It is gone.", problems=[404]),
)
async def delete_webhook(
    request: Request,
    webhook_id: WebhookId,
    who: Annotated[Principal, allow(Scope.WEBHOOKS_WRITE)],
) -> Response:
    """What is on its way to it is dropped."""
    services = services_of(request)
    _known(services, who, webhook_id)
    await services.writer.write(topics.WEBHOOKS, webhook_id, None)
    services.webhooks.take(webhook_id, None)
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/secret",
    operation_id="rotate_webhook_secret",
    summary="A new secret",
    responses=answers(shapes.WebhookMade, _MADE, problems=[404]),
)
async def rotate_secret(
    request: Request,
    webhook_id: WebhookId,
    who: Annotated[Principal, allow(Scope.WEBHOOKS_WRITE)],
) -> Response:
    """For a day both secrets sign, so that the receiver changes over in its own time."""
    services = services_of(request)
    known = _known(services, who, webhook_id)
    secret = new_secret()
    changed = msgspec.structs.replace(
        known,
        secrets=[services.seal(webhook_id, secret), known.secrets[0]],
        old_secret_until_ms=services.now_ms() + _OLD_SECRET_MS,
    )
    await _keep(services, changed)
    shown = _shown(changed)
    return answer(
        shapes.WebhookMade(
            shown.id, shown.url, shown.events, shown.created_at_ms, secret, shown.description
        )
    )


@router.post(
    "/{webhook_id}/test",
    operation_id="test_webhook",
    summary="Send a test event",
    status_code=202,
    response_class=Response,  # without a body
    responses=answers(None, status=202, text="It is on its way.", problems=[404, 409]),
)
async def send_test(
    request: Request,
    webhook_id: WebhookId,
    who: Annotated[Principal, allow(Scope.WEBHOOKS_WRITE, heavy=True)],
) -> Response:
    """`webhook.test` to this endpoint alone."""
    services = services_of(request)
    known = _known(services, who, webhook_id)
    if known.disabled is not None:
        raise Problem(409, "conflict", f"The webhook is disabled ({known.disabled}).")
    now_ms = services.now_ms()
    delivery = delivery_of(known.id, trial(now_ms, uuid.uuid4().hex), now_ms)
    value = encode_delivery(delivery)
    await services.writer.write(topics.WEBHOOK_DELIVERIES, delivery.id, value)
    return Response(status_code=202)
