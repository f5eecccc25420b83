"""Subscriptions: where to send which events, and the sealed secret that signs them."""

import base64
import enum
import secrets
from collections.abc import Mapping
from typing import Annotated

import msgspec

from connectors.crypto.master import MasterKeys

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin, not one
_SECRET_BYTES = 32


class EventType(enum.StrEnum):
    """What can be told. `decision` names all verdicts."""

    DECISION = "decision"
    SEND = "decision.send"
    HOLD = "decision.hold"
    DIGEST = "decision.digest"
    SUPPRESS = "decision.suppress"
    EXPIRE = "decision.expire"
    CANCEL = "decision.cancel"
    PREFERENCES = "preferences.changed"
    CONSENT = "consent.changed"
    TEST = "webhook.test"


class Disabled(enum.StrEnum):
    """Why nothing is sent any more."""

    BY_OWNER = "by_owner"
    GONE = "gone"
    FAILING = "failing"
    BEHIND = "behind"


Url = Annotated[str, msgspec.Meta(min_length=8, max_length=2_048, pattern=r"^https?://[^\s]+$")]


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """One endpoint. `secrets` are sealed; the first signs, an older one does so too for a while."""

    id: str
    url: Url
    events: list[EventType]
    secrets: list[str]
    owner: str
    created_at_ms: int
    description: str = ""
    disabled: Disabled | None = None
    old_secret_until_ms: int = 0

    def wants(self, event: EventType) -> bool:
        """Whether events of this type go there."""
        if self.disabled is not None:
            return False
        family = EventType.DECISION in self.events and event.startswith(f"{EventType.DECISION}.")
        return event in self.events or family or event is EventType.TEST


_decode = msgspec.json.Decoder(Subscription).decode


def parse_subscription(value: bytes) -> Subscription:
    """A record of the topic.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _decode(value)


class Book:
    """The subscriptions as the topic has them."""

    def __init__(self) -> None:
        self.by_id: dict[str, Subscription] = {}

    def take(self, key: str, value: bytes | None) -> bool:
        """Note one record; false when it can't be read."""
        if not value:
            self.by_id.pop(key, None)
            return True
        try:
            found = parse_subscription(value)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return False
        self.by_id[key] = found
        return True


def new_secret() -> str:
    """A secret as it is shown to its owner, once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal(master: MasterKeys, subscription_id: str, secret: str) -> str:
    """The secret as it stands in the topic: wrapped by the master key, for this subscription."""
    wrapped = master.wrap(secret.encode(), _owner(subscription_id))
    return f"{master.current}:{base64.b64encode(wrapped).decode()}"


def unseal(master: MasterKeys, subscription_id: str, sealed: str) -> str:
    """The secret again.

    Raises:
        MasterKeyError: the master key that sealed it is not here.
    """
    version, _, text = sealed.partition(":")
    return master.unwrap(int(version), base64.b64decode(text), _owner(subscription_id)).decode()


def resealed(master: MasterKeys, subscription: Subscription) -> Subscription:
    """The same with every secret under the current master key; itself where that is so already.

    Raises:
        MasterKeyError: the master key that sealed one is not here.
    """
    current = f"{master.current}:"
    if all(sealed.startswith(current) for sealed in subscription.secrets):
        return subscription
    plain = (unseal(master, subscription.id, sealed) for sealed in subscription.secrets)
    again = [seal(master, subscription.id, secret) for secret in plain]
    return msgspec.structs.replace(subscription, secrets=again)


def _owner(subscription_id: str) -> bytes:
    return f"webhook:{subscription_id}".encode()


def wanting(book: Mapping[str, Subscription], event: EventType) -> list[Subscription]:
    """The subscriptions that want an event."""
    return [each for each in book.values() if each.wants(event)]
