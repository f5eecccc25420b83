"""The REST interface, a file per subject. Each route declares who may call it."""

from typing import Final

from fastapi import APIRouter

from api.routes import (
    audiences,
    decisions,
    histories,
    intake,
    linking,
    models,
    oauth,
    operating,
    policies,
    preferences,
    privacy,
    profiles,
    webhooks,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    profiles.router,
    preferences.router,
    histories.router,
    intake.router,
    decisions.router,
    audiences.router,
    policies.router,
    models.router,
    privacy.router,
    linking.router,
    webhooks.router,
    oauth.router,
    operating.router,
)
