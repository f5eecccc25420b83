"""Errors as RFC 9457 problem documents: what was wrong, where, and what is allowed."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode

MEDIA_TYPE = "application/problem+json"

TITLES = {
    "invalid": "The request is not valid",
    "malformed": "The body can't be read",
    "unauthenticated": "A valid token is needed",
    "forbidden": "The token does not allow this",
    "second-factor-required": "This needs a token that was given with a second factor",
    "csrf": "The form's token is missing or not this session's",
    "not-found": "There is nothing here",
    "method-not-allowed": "This method is not for this address",
    "conflict": "Something else is in the way",
    "idempotency-in-progress": "The same request is being worked on",
    "idempotency-mismatch": "The key was used for another request",
    "too-large": "The body is too large",
    "media-type": "The body's type is not one that is read here",
    "rate-limited": "Too many requests",
    "decision-pending": "No decision within the deadline",
    "unavailable": "Something that this needs does not answer",
    "internal": "An error of ours",
    "unreadable": "What is stored can't be read",
    "precondition-failed": "It has changed since it was read",
}


def json_of(value: Any) -> bytes:
    """A value as JSON; halves of surrogate pairs, which YAML lets through, become "?"."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace")


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request."""

    found: str
    allowed: str
    field: str | None = None
    index: int | None = None


class Problem(Exception):  # noqa: N818 - the RFC's word
    """A refusal that becomes a problem document.

    Args:
        status: HTTP status.
        code: a key of `TITLES`; ends the `type`.
        detail: what a person should know.
        headers: to send with it.
        more: extension members.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def document(self) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": f"urn:tactful:problem:{self.code}",
            "title": TITLES[self.code],
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }

    def response(self, trace: str | None = None) -> Response:
        """The problem as a response; `trace` finds it in the log."""
        document = self.document()
        if trace is not None:
            document["trace"] = trace
        return Response(
            json_of(document),
            self.status,
            {"Cache-Control": "no-store", **self.headers},
            MEDIA_TYPE,
        )


def invalid(field: str | None, found: str, allowed: str) -> Problem:
    """422 for one field."""
    where = "" if field is None else f"{field}: "
    return Problem(
        422,
        "invalid",
        f"{where}found {found}, allowed: {allowed}",
        errors=[Fault(found, allowed, field)],
    )


def not_found(what: str) -> Problem:
    """404."""
    return Problem(404, "not-found", what)


def unavailable(what: str, retry_after_s: int = 2) -> Problem:
    """503, worth a retry."""
    return Problem(503, "unavailable", what, headers={"Retry-After": str(retry_after_s)})


def unreadable() -> Problem:
    """500: the record is there, but can't be decoded."""
    return Problem(
        500,
        "unreadable",
        "The stored profile is damaged. The next change of the user's replaces it; until then only "
        "writes work.",
    )
