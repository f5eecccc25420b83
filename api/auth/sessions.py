"""Sessions of pages (a signed cookie), their CSRF tokens, and links that let a person in.

Nothing is kept on the server: cookies, tokens and links are signed, and end by themselves. Each
purpose has a salt of its own, so that what was signed for one is worth nothing for another.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from api.auth.allowing import unauthenticated
from api.auth.principal import Principal, user_principal
from api.auth.scopes import Role, Scope
from api.problems import Problem

COOKIE: Final = "tactful_session"
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Purpose = Literal["preferences", "unsubscribe", "receipt", "cursor"]


class Signer:
    """Signs small documents that the holder can read but not change.

    Args:
        secret: at least 32 bytes; a list for rotation, the first signs and all verify.
        now_s: epoch seconds.
    """

    def __init__(
        self, secret: bytes | Iterable[bytes], now_s: Callable[[], float] = time.time
    ) -> None:
        keys = [secret] if isinstance(secret, bytes) else list(secret)
        if not keys or min(map(len, keys)) < 32:
            raise ValueError("signing secret: allowed: at least 32 bytes")
        self._keys = keys
        self._now_s = now_s

    def sign(self, salt: str, document: Mapping[str, Any], ttl_s: int | None = None) -> str:
        """A URL-safe text; `ttl_s` puts its end inside."""
        body = dict(document)
        if ttl_s is not None:
            body["exp"] = int(self._now_s()) + ttl_s
        # itsdangerous signs with the last key of its list
        return str(self._serializer(salt).dumps(body))

    def read(self, salt: str, text: str) -> dict[str, Any] | None:
        """The document; None when it was not signed for this, was changed, or has ended."""
        if len(text) > 8_192:
            return None
        try:
            document = self._serializer(salt).loads(text)
        except (BadData, ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        if document.get("exp", self._now_s() + 1) <= self._now_s():
            return None
        return document

    def mac(self, salt: str, text: str) -> str:
        """A keyed hash, for what has to be known again but not read."""
        return hmac.digest(self._keys[0], f"{salt}|{text}".encode(), hashlib.sha256).hex()

    def _serializer(self, salt: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            list(reversed(self._keys)),
            salt=f"tactful.{salt}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )


class Links:
    """Links in messages that let a person to their preferences, or unsubscribe with one click."""

    def __init__(self, signer: Signer, ttl_s: int) -> None:
        self._signer = signer
        self.ttl_s = ttl_s

    def make(self, purpose: Purpose, user_id: str, ttl_s: int | None = None, **more: str) -> str:
        """The token of a link; `more` is who made it (`by`), and what it is about (`channel`)."""
        document = {"u": user_id, **more}
        return self._signer.sign(f"link.{purpose}", document, ttl_s or self.ttl_s)

    def read(self, purpose: Purpose, token: str) -> dict[str, str]:
        """What the link says: `user_id` and what it is about.

        Raises:
            Problem: 401; it is none, was changed, is for something else, or has ended.
        """
        found = self._signer.read(f"link.{purpose}", token)
        if found is None or not isinstance(found.get("u"), str):
            raise unauthenticated("The link is not valid, or no longer.", "")
        more = {k: v for k, v in found.items() if k not in {"u", "exp"} and isinstance(v, str)}
        return {"user_id": found["u"], **more}


class Sessions:
    """Cookies for pages, bound to one principal.

    Args:
        signer: signs them.
        ttl_s: how long one lives.
        secure: whether the cookie is for TLS alone.
        now_s: epoch seconds.
    """

    def __init__(
        self,
        signer: Signer,
        ttl_s: int,
        *,
        secure: bool,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._signer = signer
        self.ttl_s = ttl_s
        self.secure = secure
        self._now_s = now_s

    @property
    def cookie(self) -> str:
        """The cookie's name; by its prefix browsers keep other hosts from setting it."""
        return f"__Host-{COOKIE}" if self.secure else COOKIE

    def begin(self, response: Response, who: Principal) -> Principal:
        """Set the cookie of a new session for `who`; gives the principal with the session."""
        session = secrets.token_urlsafe(16)
        ends_s = int(self._now_s()) + self.ttl_s
        if who.via == "token":
            # A session of a client is worth no more than the token it was begun with.
            ends_s = min(ends_s, who.expires_at_s)
        document: dict[str, Any] = {"sid": session}
        if who.user_id is not None:
            document["u"] = who.user_id
            if who.linked_by is not None:
                document["by"] = who.linked_by
        else:
            document |= {
                "c": who.subject,
                "r": sorted(who.roles),
                "s": sorted(who.scopes),
                "f": who.second_factor,
            }
        ttl_s = max(1, ends_s - int(self._now_s()))
        response.set_cookie(
            self.cookie,
            self._signer.sign("session", document, ttl_s),
            max_age=ttl_s,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
        return self._principal(document, ends_s)

    def end(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(
            self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def read(self, request: Request) -> Principal | None:
        """Whose session the request is of; None without a good cookie."""
        text = request.cookies.get(self.cookie)
        document = self._signer.read("session", text) if text else None
        if document is None or "sid" not in document:
            return None
        return self._principal(document, int(document.get("exp", 0)))

    def csrf_token(self, who: Principal) -> str:
        """What forms and scripts of the session's pages send along."""
        return self._signer.mac("csrf", who.session)

    def check_csrf(self, who: Principal, given: str | None) -> None:
        """Go on only with the session's own token.

        Raises:
            Problem: 403.
        """
        if not given or not hmac.compare_digest(given, self.csrf_token(who)):
            raise Problem(403, "csrf", f"Send the page's token as {CSRF_FIELD} or {CSRF_HEADER}.")

    @staticmethod
    def _principal(document: Mapping[str, Any], ends_s: int) -> Principal:
        if "u" in document:
            return user_principal(
                document["u"], "session", ends_s, document["sid"], document.get("by")
            )
        return Principal(
            subject=document["c"],
            roles=frozenset(map(Role, document["r"])),
            scopes=frozenset(map(Scope, document["s"])),
            second_factor=document["f"],
            via="session",
            expires_at_s=ends_s,
            session=document["sid"],
        )
