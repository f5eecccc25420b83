"""What the next hours hold for a user: what waits, why, until when, and what would release it."""

from tactful.outlook.build import DAYS_AHEAD_MS, outlook
from tactful.outlook.model import Escalation, Outlook, Release, ReleaseBy, Waiting, Weariness
from tactful.outlook.words import counterfactual_words

__all__ = [
    "DAYS_AHEAD_MS",
    "Escalation",
    "Outlook",
    "Release",
    "ReleaseBy",
    "Waiting",
    "Weariness",
    "counterfactual_words",
    "outlook",
]
