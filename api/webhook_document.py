"""What is posted to the endpoints of subscribers: the `webhooks` of the OpenAPI document."""

from typing import Annotated, Any, Final, Literal

import msgspec

from connectors.webhooks.subscriptions import EventType
from tactful.records import LedgerEntry, Preferences

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class DecisionTold(msgspec.Struct, frozen=True):
    """A verdict, as it stands in the ledger."""

    type: Literal[
        "decision.send",
        "decision.hold",
        "decision.digest",
        "decision.suppress",
        "decision.expire",
        "decision.cancel",
    ]
    timestamp: Moment
    data: LedgerEntry


class PreferencesData(msgspec.Struct, frozen=True):
    """What one update writes; a field that it leaves out stays as it is, null takes it back."""

    user_id: str
    update_id: str
    preferences: Preferences


class PreferencesTold(msgspec.Struct, frozen=True):
    """A change of what someone wants."""

    type: Literal["preferences.changed"]
    timestamp: Moment
    data: PreferencesData


class ConsentData(msgspec.Struct, frozen=True):
    """The consents that one update writes, by purpose or `purpose:channel`; null takes back."""

    user_id: str
    update_id: str
    consent: dict[str, bool | None]


class ConsentTold(msgspec.Struct, frozen=True):
    """A change of what someone allows."""

    type: Literal["consent.changed"]
    timestamp: Moment
    data: ConsentData


class TrialData(msgspec.Struct, frozen=True):
    """Nothing of account."""

    message: str


class TrialTold(msgspec.Struct, frozen=True):
    """One that was asked for, to try an endpoint with."""

    type: Literal["webhook.test"]
    timestamp: Moment
    data: TrialData


TOLD_SHAPES = (DecisionTold, PreferencesTold, ConsentTold, TrialTold)
"""The bodies, for the OpenAPI document."""

_AT: Final = "2026-11-18T09:06:40.012+00:00"
_ENTRY: Final[dict[str, Any]] = {
    "decision_id": "3f1c8a0d5be24f6790a1c2d3e4f50617",
    "user_id": "ada",
    "request_id": "r-1",
    "type": "recommendation",
    "priority": "normal",
    "requested_at_ms": 1_795_000_000_000,
    "decided_at_ms": 1_795_000_000_012,
    "expires_at_ms": 1_795_086_400_000,
    "explanation": "…",
    "policy_version": "default-2",
    "model_versions": {},
}
_SUMMARIES: Final = {
    EventType.SEND: ("A notification goes out", "allowed"),
    EventType.HOLD: ("A request waits", "quiet_hours"),
    EventType.DIGEST: ("A request went out within a digest", "batch"),
    EventType.SUPPRESS: ("A request is not sent", "consent"),
    EventType.EXPIRE: ("A request waited too long", "expired"),
    EventType.CANCEL: ("A request that waited has no point any more", "cancelled_by_event"),
}
_HEADERS: Final = {
    "webhook-id": "The same for each attempt: tells repetitions.",
    "webhook-timestamp": "When this attempt was made, epoch seconds.",
    "webhook-signature": "`v1,` and a base64 HMAC-SHA-256 over id, timestamp and body; more than "
    "one, separated by spaces, while an old secret is good too.",
}


def webhooks(reference: str) -> dict[str, Any]:
    """One operation for each event.

    Args:
        reference: of the schemas, with a hole `{name}`.
    """

    def one(
        kind: EventType, summary: str, shape: type[msgspec.Struct], data: dict[str, Any]
    ) -> dict[str, Any]:
        schema = {"$ref": reference.format(name=shape.__name__)}
        example = {"type": str(kind), "timestamp": _AT, "data": data}
        operation = {
            "operationId": f"told_{kind.replace('.', '_')}",
            "summary": summary,
            "tags": ["webhooks"],
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": text,
                    "schema": {"type": "string"},
                }
                for name, text in _HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": schema, "example": example}},
            },
            "responses": {
                "2XX": {"description": "Taken."},
                "410": {"description": "Nobody is here any more: the webhook is disabled."},
                "default": {"description": "It is tried again later."},
            },
            "security": [],
        }
        return {"post": operation}

    told = {
        str(kind): one(
            kind,
            summary,
            DecisionTold,
            {**_ENTRY, "verdict": kind.rpartition(".")[2], "reason": reason},
        )
        for kind, (summary, reason) in _SUMMARIES.items()
    }
    update = {"user_id": "ada", "update_id": "u-1"}
    changed = {**update, "preferences": {"types": {"promotion": False}}}
    allowed = {**update, "consent": {"marketing": True}}
    told["preferences.changed"] = one(
        EventType.PREFERENCES, "Someone wants something else", PreferencesTold, changed
    )
    told["consent.changed"] = one(
        EventType.CONSENT, "Someone allows something else", ConsentTold, allowed
    )
    told["webhook.test"] = one(EventType.TEST, "A test", TrialTold, {"message": "It works."})
    return told
