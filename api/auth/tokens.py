"""Bearer tokens: verified once, then known by their bytes until they end or their key is gone."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from api.auth.allowing import unauthenticated
from api.auth.keys import ALGORITHMS, KeySource
from api.auth.principal import Principal, user_principal
from api.auth.scopes import SECOND_FACTOR, Role, Scope, scopes_of

_LEEWAY_S = 10
_KNOWN = 4_096
_MAX_CHARS = 8_192
_SECOND_FACTORS = frozenset({"otp", "mfa", "hwk", "swk"})
_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whom we believe.

    Attributes:
        name: the `iss` of its tokens.
        keys: its verification keys.
        audience: the `aud` that its tokens for us carry.
        roles_claim: where its tokens name roles.
        second_factor: whether its tokens count as given with one without saying so in `amr`.
    """

    name: str
    keys: KeySource
    audience: str
    roles_claim: str = "roles"
    second_factor: bool = False


class Tokens:
    """Verifies bearer tokens of the issuers that are trusted.

    Args:
        issuers: by the `iss` claim.
        now_s: epoch seconds.
    """

    def __init__(self, *issuers: Issuer, now_s: Callable[[], float] = time.time) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._now_s = now_s
        self._known: OrderedDict[str, tuple[Principal, Issuer, str, Any]] = OrderedDict()

    async def principal(self, token: str) -> Principal:
        """Who the token is for.

        Raises:
            Problem: 401; it says what is wrong in general, never what the token holds.
        """
        known = self._known.get(token)
        if known is not None:
            who, issuer, kid, key = known
            # A key that left the set takes its tokens with it.
            if who.expires_at_s > self._now_s() and await issuer.keys.key(kid) is key:
                self._known.move_to_end(token)
                return who
            del self._known[token]
        who, issuer, kid, key = await self._verified(token)
        self._known[token] = (who, issuer, kid, key)
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return who

    async def _verified(self, token: str) -> tuple[Principal, Issuer, str, Any]:
        if len(token) > _MAX_CHARS:
            raise unauthenticated("The token is too long.")
        try:
            header = jwt.get_unverified_header(token)
            claimed = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise unauthenticated("The token is no JWT.") from None
        issuer = self._issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            raise unauthenticated("The token's issuer is not trusted here.")
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str):
            raise unauthenticated("The token's signature is of a kind that is not accepted.")
        key = await issuer.keys.key(kid)
        if key is None:
            raise unauthenticated("The token's key is not known.")
        if key.algorithm_name != header["alg"]:
            raise unauthenticated("The token's signature is of a kind that is not accepted.")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                audience=issuer.audience,
                issuer=issuer.name,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError:
            raise unauthenticated("The token has expired.") from None
        except jwt.InvalidAudienceError:
            raise unauthenticated("The token is for another audience.") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise unauthenticated("The token does not verify.") from None
        return _principal(claims, issuer), issuer, kid, key


def _principal(claims: dict[str, Any], issuer: Issuer) -> Principal:
    subject = claims["sub"]
    named = claims.get(issuer.roles_claim, ())
    named = named.split() if isinstance(named, str) else named
    roles = frozenset(Role(each) for each in named if each in set(Role))
    expires_at_s = int(claims["exp"])
    if not subject or not roles:
        raise unauthenticated("The token names no role that is known here.")
    if Role.USER in roles:
        if len(roles) > 1:
            raise unauthenticated("The token is for a person and a client at once.")
        return user_principal(subject, "token", expires_at_s)
    methods = claims.get("amr", ())
    second_factor = issuer.second_factor or bool(_SECOND_FACTORS.intersection(methods))
    scopes = scopes_of(roles)
    if "scope" in claims:
        scopes &= {Scope(each) for each in str(claims["scope"]).split() if each in _SCOPES}
    if not second_factor:
        scopes -= SECOND_FACTOR
    # Ids of clients and of people never meet, whatever a client is called.
    return Principal(f"client:{subject}", roles, scopes, None, second_factor, "token", expires_at_s)
