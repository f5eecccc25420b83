"""The built-in issuer: tokens for clients, by secret and (for admin scopes) one-time code."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
import pyotp

from api.auth.clients import Client, Clients, matches
from api.auth.keys import LocalKeys
from api.auth.scopes import SECOND_FACTOR, Role, Scope, scopes_of

_STEP_S = 30


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


class Once(Protocol):
    """Remembers what was used, so that it is not used again."""

    async def once(self, key: str, ttl_s: int) -> bool:
        """Whether this is the first time within `ttl_s`."""


class Token(msgspec.Struct, frozen=True):
    """The answer to a token request."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class BuiltInIssuer:
    """Issues tokens by the client-credentials grant.

    Args:
        name: the `iss` claim.
        audience: the `aud` claim.
        keys: what signs.
        clients: who may ask.
        once: keeps one-time codes from being used twice.
        ttl_s: how long a client's token lives.
        user_ttl_s: how long a person's lives.
        now_s: epoch seconds.
    """

    def __init__(
        self,
        name: str,
        audience: str,
        keys: LocalKeys,
        clients: Clients,
        once: Once,
        *,
        ttl_s: int = 900,
        user_ttl_s: int = 3_600,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.audience = audience
        self.keys = keys
        self.clients = clients
        self._once = once
        self._ttl_s = ttl_s
        self._user_ttl_s = user_ttl_s
        self._now_s = now_s

    async def token(
        self,
        client_id: str,
        secret: str,
        *,
        scope: str | None = None,
        totp: str | None = None,
        user_id: str | None = None,
    ) -> Token:
        """A token for a client; with `user_id` one for that person, asked for by a client that may.

        Raises:
            OAuthError: the secret, the code or a scope is not good.
        """
        client = self.clients.get(client_id)
        if not matches(client, secret) or client is None:
            raise OAuthError("invalid_client", "The client or its secret is not right.", 401)
        second_factor = await self._second_factor(client, totp)
        allowed = scopes_of(frozenset(client.roles))
        if not second_factor:
            allowed -= SECOND_FACTOR
        if user_id is not None:
            if Scope.USER_TOKENS not in allowed:
                raise OAuthError(
                    "unauthorized_client", f"{Scope.USER_TOKENS} is needed for users' tokens."
                )
            if not 1 <= len(user_id) <= 256:
                raise OAuthError("invalid_request", "user_id: allowed: 1..256 characters.")
            return self.for_user(user_id)
        asked = self._asked(scope, allowed, client, second_factor=second_factor)
        claims = {
            "sub": client.id,
            "roles": [str(role) for role in client.roles],
            "scope": " ".join(sorted(asked)),
            "amr": ["pwd", "otp"] if second_factor else ["pwd"],
        }
        return self._signed(claims, self._ttl_s, asked)

    def for_user(self, user_id: str) -> Token:
        """A person's token, for their own data alone."""
        claims = {"sub": user_id, "roles": [str(Role.USER)]}
        return self._signed(claims, self._user_ttl_s, scopes_of(frozenset({Role.USER})))

    def _signed(
        self, claims: Mapping[str, object], ttl_s: int, scopes: frozenset[Scope] | set[Scope]
    ) -> Token:
        now_s = int(self._now_s())
        token = self.keys.sign(
            {
                "iss": self.name,
                "aud": self.audience,
                "iat": now_s,
                "nbf": now_s,
                "exp": now_s + ttl_s,
                "jti": uuid.uuid4().hex,
                **claims,
            }
        )
        return Token(token, "Bearer", ttl_s, " ".join(sorted(scopes)))

    def _asked(
        self, scope: str | None, allowed: frozenset[Scope], client: Client, *, second_factor: bool
    ) -> frozenset[Scope]:
        if not scope:
            return allowed
        known = set(Scope)
        wanted = frozenset(Scope(each) for each in scope.split() if each in known)
        if len(wanted) < len(set(scope.split())):
            raise OAuthError("invalid_scope", "A scope that was asked for does not exist.")
        missing = wanted - allowed
        if missing and not second_factor and missing <= SECOND_FACTOR:
            hint = "totp" if client.totp else "a second factor, which this client has not"
            raise OAuthError("invalid_scope", f"{' '.join(sorted(missing))} needs {hint}.")
        if missing:
            raise OAuthError("invalid_scope", f"Not this client's: {' '.join(sorted(missing))}.")
        return wanted

    async def _second_factor(self, client: Client, code: str | None) -> bool:
        if code is None or code == "":
            return False
        if client.totp is None:
            raise OAuthError("invalid_grant", "This client has no second factor.")
        now_s = self._now_s()
        totp = pyotp.TOTP(client.totp)
        # One step to either side, for clocks that differ; each step's code is good once.
        for step in (-1, 0, 1):
            at_s = int(now_s) + step * _STEP_S
            if totp.verify(code, for_time=at_s, valid_window=0):
                if await self._once.once(f"totp:{client.id}:{at_s // _STEP_S}", 4 * _STEP_S):
                    return True
                break
        raise OAuthError("invalid_grant", "The one-time code is wrong, or was used before.")
