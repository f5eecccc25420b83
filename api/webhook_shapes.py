"""The bodies of the routes that subscribe to webhooks."""

from typing import Annotated

import msgspec

from connectors.webhooks.subscriptions import EventType, Url


class WebhookIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint and the events that it wants; `decision` names all verdicts."""

    url: Url
    events: Annotated[list[EventType], msgspec.Meta(min_length=1, max_length=16)]
    description: Annotated[str, msgspec.Meta(max_length=256)] = ""


class WebhookChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of a webhook."""

    url: Url | None = None
    events: Annotated[list[EventType], msgspec.Meta(min_length=1, max_length=16)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    enabled: bool | None = None


class Webhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription, without its secret."""

    id: str
    url: str
    events: list[str]
    created_at_ms: int
    enabled: bool
    description: str = ""
    disabled: str | None = None


class WebhookMade(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription with its secret, which is shown here and never again."""

    id: str
    url: str
    events: list[str]
    created_at_ms: int
    secret: str
    description: str = ""


class Webhooks(msgspec.Struct, frozen=True):
    """Subscriptions, the oldest first."""

    webhooks: list[Webhook]


WEBHOOK_SHAPES = (WebhookIn, WebhookChange, Webhook, WebhookMade, Webhooks)
"""All of them, for the OpenAPI document."""
