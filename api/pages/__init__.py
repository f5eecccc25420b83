"""The pages for people: preferences (`/preferences`) and the operators' console (`/console`)."""

from fastapi import APIRouter

from api.pages import console, preferences
from api.pages.shared import static

router = APIRouter(include_in_schema=False)
"""Sub-routers of the pages are included here."""

router.include_router(static.router)
router.include_router(preferences.router)
router.include_router(console.router)
