"""Who calls, and what they may do."""

from api.auth.allowing import Allow, Public, allow, signed_in
from api.auth.principal import Principal
from api.auth.scopes import ROLE_SCOPES, SECOND_FACTOR, USER_SCOPES, Role, Scope

__all__ = [
    "ROLE_SCOPES",
    "SECOND_FACTOR",
    "USER_SCOPES",
    "Allow",
    "Principal",
    "Public",
    "Role",
    "Scope",
    "allow",
    "signed_in",
]
