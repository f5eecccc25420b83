"""Scopes and the roles that carry them: each role has what it needs and nothing more."""

import enum
from types import MappingProxyType
from typing import Final


class Scope(enum.StrEnum):
    """One thing that a token may allow."""

    EVENTS_WRITE = "events:write"
    REQUESTS_WRITE = "requests:write"
    FEEDBACK_WRITE = "feedback:write"
    DECISIONS_WRITE = "decisions:write"
    DECISIONS_READ = "decisions:read"
    PROFILES_READ = "profiles:read"
    PROFILES_WRITE = "profiles:write"
    CONTACT_READ = "contact:read"
    HISTORY_READ = "history:read"
    PREFERENCES_READ = "preferences:read"
    PREFERENCES_WRITE = "preferences:write"
    CONSENT_READ = "consent:read"
    CONSENT_WRITE = "consent:write"
    AUDIT_READ = "audit:read"
    AUDIENCES_READ = "audiences:read"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    MODELS_READ = "models:read"
    EXPORT = "privacy:export"
    ERASE = "privacy:erase"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    LINKS_WRITE = "links:write"
    USER_TOKENS = "tokens:user"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


class Role(enum.StrEnum):
    """What kind of client a token is for. `user` is a person, for their own data alone."""

    PRODUCER = "producer"
    PROVIDER = "provider"
    ANALYST = "analyst"
    POLICY_ADMIN = "policy_admin"
    PRIVACY_OFFICER = "privacy_officer"
    ADMIN = "admin"
    USER = "user"


S = Scope

USER_SCOPES: Final = frozenset(
    {
        S.PROFILES_READ,
        S.PROFILES_WRITE,
        S.CONTACT_READ,
        S.HISTORY_READ,
        S.PREFERENCES_READ,
        S.PREFERENCES_WRITE,
        S.CONSENT_READ,
        S.CONSENT_WRITE,
        S.AUDIT_READ,
        S.EXPORT,
        S.ERASE,
    }
)
"""What a person may do with their own data; never with anyone else's."""

LINK_SCOPES: Final = USER_SCOPES - {S.CONTACT_READ}
"""What a link in a message lets in for. Whoever made the link or got the message from someone may
have it too, so it shows no contact data."""

ROLE_SCOPES: Final = MappingProxyType(
    {
        Role.PRODUCER: frozenset(
            {
                S.EVENTS_WRITE,
                S.REQUESTS_WRITE,
                S.DECISIONS_WRITE,
                S.DECISIONS_READ,
                S.PROFILES_WRITE,
                S.PREFERENCES_READ,
                S.PREFERENCES_WRITE,
                S.CONSENT_READ,
                S.CONSENT_WRITE,
                S.AUDIENCES_READ,
                S.LINKS_WRITE,
            }
        ),
        Role.PROVIDER: frozenset({S.FEEDBACK_WRITE, S.DECISIONS_READ}),
        Role.ANALYST: frozenset(
            {
                S.PROFILES_READ,
                S.HISTORY_READ,
                S.PREFERENCES_READ,
                S.CONSENT_READ,
                S.DECISIONS_READ,
                S.AUDIENCES_READ,
                S.POLICY_READ,
                S.MODELS_READ,
                S.OPERATIONS_READ,
            }
        ),
        Role.POLICY_ADMIN: frozenset(
            {
                S.POLICY_READ,
                S.POLICY_WRITE,
                S.MODELS_READ,
                S.DECISIONS_READ,
                S.WEBHOOKS_READ,
                S.WEBHOOKS_WRITE,
                S.OPERATIONS_READ,
                S.OPERATIONS_WRITE,
            }
        ),
        Role.PRIVACY_OFFICER: frozenset(
            {
                S.PROFILES_READ,
                S.CONTACT_READ,
                S.HISTORY_READ,
                S.PREFERENCES_READ,
                S.CONSENT_READ,
                S.CONSENT_WRITE,
                S.AUDIT_READ,
                S.EXPORT,
                S.ERASE,
                S.LINKS_WRITE,
            }
        ),
        Role.ADMIN: frozenset(Scope),
        Role.USER: USER_SCOPES,
    }
)

SECOND_FACTOR: Final = frozenset(
    {
        S.POLICY_WRITE,
        S.CONTACT_READ,
        S.AUDIT_READ,
        S.EXPORT,
        S.ERASE,
        S.WEBHOOKS_WRITE,
        S.USER_TOKENS,
        S.OPERATIONS_WRITE,
    }
)
"""Admin scopes: a client has them only in a token that was given with a second factor. A person's
own data are not behind it."""


def scopes_of(roles: frozenset[Role]) -> frozenset[Scope]:
    """All that the roles carry together."""
    found: frozenset[Scope] = frozenset()
    for role in roles:
        found |= ROLE_SCOPES[role]
    return found
