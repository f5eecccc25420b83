"""The REST interface, a file per subject. Each route declares who may call it."""

from typing import Final

from fastapi import APIRouter

from api.routes import intake, oauth, operating, preferences, profiles

ROUTERS: Final[tuple[APIRouter, ...]] = (
    profiles.router,
    preferences.router,
    intake.router,
    oauth.router,
    operating.router,
)
