"""The caller, as far as it was proven."""

from dataclasses import dataclass
from typing import Literal

from api.auth.scopes import LINK_SCOPES, ROLE_SCOPES, SECOND_FACTOR, USER_SCOPES, Role, Scope
from api.problems import Problem


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls.

    Attributes:
        subject: the client's id, or `user:<id>` for a person: what audit records name.
        roles: as the token says them.
        scopes: what is left of the roles' after what the token narrows and the second factor.
        user_id: of a person with a token of their own; None for a client.
        second_factor: whether the token was given with one.
        via: how it was proven.
        expires_at_s: epoch seconds.
        session: the session's id, which CSRF tokens are bound to; "" without a session.
        linked_by: the client that made the link which let the person in ("" for a link that does
            not say); None where it was no link.
    """

    subject: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]
    user_id: str | None = None
    second_factor: bool = False
    via: Literal["token", "session", "link"] = "token"
    expires_at_s: int = 0
    session: str = ""
    linked_by: str | None = None

    @property
    def role(self) -> str:
        """The roles in one word, for audit records."""
        return "+".join(sorted(self.roles))

    def may(self, scope: Scope, user_id: str | None = None) -> bool:
        """Whether this is allowed, for data of `user_id` or (None) of nobody in particular."""
        if scope not in self.scopes:
            return False
        if self.user_id is None:
            return True
        return scope in USER_SCOPES and user_id == self.user_id

    def need(self, scope: Scope, user_id: str | None = None) -> None:
        """Go on only if it is allowed.

        Raises:
            Problem: 403, naming the scope; or that a second factor would do.
        """
        if self.may(scope, user_id):
            return
        if self.lacks_second_factor(scope):
            raise Problem(
                403,
                "second-factor-required",
                f"{scope} is given only with a one-time code: ask for a token with `totp`.",
                scope=scope,
            )
        if self.user_id is not None and scope in USER_SCOPES:
            # Whose data there are is not for others to find out: the same words for any id.
            raise Problem(403, "forbidden", "A user's token is for that user's own data alone.")
        raise Problem(403, "forbidden", f"The scope {scope} is needed.", scope=scope)

    def lacks_second_factor(self, scope: Scope) -> bool:
        """Whether the scope is one of its roles' that only the second factor is missing for."""
        return (
            self.user_id is None
            and not self.second_factor
            and scope in SECOND_FACTOR
            and any(scope in ROLE_SCOPES[role] for role in self.roles)
        )


def user_principal(
    user_id: str,
    via: Literal["token", "session", "link"],
    expires_at_s: int,
    session: str = "",
    linked_by: str | None = None,
) -> Principal:
    """A person, for their own data; less of it where a link is the proof of who they are."""
    if via == "link" and linked_by is None:
        linked_by = ""
    return Principal(
        subject=f"user:{user_id}",
        roles=frozenset({Role.USER}),
        scopes=USER_SCOPES if linked_by is None else LINK_SCOPES,
        user_id=user_id,
        via=via,
        expires_at_s=expires_at_s,
        session=session,
        linked_by=linked_by,
    )
