"""The GraphQL types; what is free-form in REST is the JSON scalar here."""

from api.graphql.types.best_times import Audience, BestTime
from api.graphql.types.changes import Accepted, BulkAccepted, Settings
from api.graphql.types.policies import Model, Policy, PolicyChecked, PolicyPushed
from api.graphql.types.privacy import AuditPage, AuditRow, Export, Link, Receipt
from api.graphql.types.profiles import Consent, Preferences, Profile
from api.graphql.types.scalars import Json
from api.graphql.types.verdicts import Verdict, VerdictPage

__all__ = [
    "Accepted",
    "Audience",
    "AuditPage",
    "AuditRow",
    "BestTime",
    "BulkAccepted",
    "Consent",
    "Export",
    "Json",
    "Link",
    "Model",
    "Policy",
    "PolicyChecked",
    "PolicyPushed",
    "Preferences",
    "Profile",
    "Receipt",
    "Settings",
    "Verdict",
    "VerdictPage",
]
