"""Which field of GraphQL does what an operation of REST does, or why none does."""

from typing import Final

REACHED: Final[dict[str, str]] = {
    "get_profile": "Query.profile",
    "patch_profile": "Mutation.updateProfile",
    "get_preferences": "Query.preferences",
    "patch_preferences": "Mutation.setPreferences",
    "get_consent": "Query.consent",
    "put_consent": "Mutation.replaceConsent",
    "patch_consent": "Mutation.setConsent",
    "get_history": "Query.history",
    "get_held": "Query.held",
    "get_explanation": "Query.explanation",
    "get_audit": "Query.audit",
    "post_event": "Mutation.sendEvent",
    "post_events": "Mutation.sendEvents",
    "post_request": "Mutation.sendRequest",
    "post_feedback": "Mutation.sendFeedback",
    "post_decision": "Mutation.decide",
    "get_decision": "Query.decision",
    "get_best_time": "Query.bestTime",
    "post_audience_best_time": "Query.audienceBestTime",
    "get_policy": "Query.policy",
    "put_policy": "Mutation.pushPolicy",
    "check_policy": "Query.checkPolicy",
    "preview_policy": "Query.previewPolicy",
    "get_models": "Query.models",
    "post_export": "Query.export",
    "post_erasure": "Mutation.requestErasure",
    "get_erasure": "Query.erasure",
    "post_link": "Mutation.createLink",
}
"""By operation id."""

_MODEL = "a file: a snapshot with all its weights, as the jobs have it, of no known size"
_WEBHOOKS = "set up once, by whoever runs the server that receives; the secret is shown one time"
_OAUTH = "GraphQL needs the token that this gives"
_PROBES = "probes and scrapers speak plain HTTP"

REST_ONLY: Final[dict[str, str]] = {
    "get_model": _MODEL,
    "post_webhook": _WEBHOOKS,
    "get_webhooks": _WEBHOOKS,
    "get_webhook": _WEBHOOKS,
    "patch_webhook": _WEBHOOKS,
    "delete_webhook": _WEBHOOKS,
    "rotate_webhook_secret": _WEBHOOKS,
    "test_webhook": _WEBHOOKS,
    "post_token": _OAUTH,
    "get_jwks": _OAUTH,
    "get_health": _PROBES,
    "get_metrics": _PROBES,
}
"""By operation id, why there is no field."""
