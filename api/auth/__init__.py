"""Who calls, and what they may do."""

from api.auth.allowing import Allow, Own, Public, allow, own, signed_in
from api.auth.principal import Principal
from api.auth.scopes import ROLE_SCOPES, SECOND_FACTOR, USER_SCOPES, Role, Scope

__all__ = [
    "ROLE_SCOPES",
    "SECOND_FACTOR",
    "USER_SCOPES",
    "Allow",
    "Own",
    "Principal",
    "Public",
    "Role",
    "Scope",
    "allow",
    "own",
    "signed_in",
]
