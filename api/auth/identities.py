"""From a request to its caller: a bearer token, or the session of a page with its CSRF token."""

from starlette.requests import Request

from api.auth.allowing import unauthenticated
from api.auth.principal import Principal
from api.auth.sessions import CSRF_FIELD, CSRF_HEADER, SAFE_METHODS, Sessions
from api.auth.tokens import Tokens

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Identities:
    """Finds out who calls."""

    def __init__(self, tokens: Tokens, sessions: Sessions) -> None:
        self._tokens = tokens
        self._sessions = sessions

    async def of(self, request: Request) -> Principal:
        """The caller.

        Raises:
            Problem: 401 without good proof; 403 for a page's write without its CSRF token.
        """
        header = request.headers.get("authorization")
        if header is not None:
            kind, _, token = header.partition(" ")
            if kind.lower() != "bearer" or not token:
                raise unauthenticated("Send `Authorization: Bearer <token>`.", "invalid_request")
            return await self.of_token(token.strip())
        who = self._sessions.read(request)
        if who is None:
            raise unauthenticated("Send `Authorization: Bearer <token>`.", "")
        if request.method not in SAFE_METHODS:
            given = request.headers.get(CSRF_HEADER)
            if given is None and request.headers.get("content-type", "").startswith(_FORMS):
                field = (await request.form()).get(CSRF_FIELD)
                given = field if isinstance(field, str) else None
            self._sessions.check_csrf(who, given)
        return who

    async def of_token(self, token: str) -> Principal:
        """Whose token this is.

        Raises:
            Problem: 401.
        """
        return await self._tokens.principal(token)
