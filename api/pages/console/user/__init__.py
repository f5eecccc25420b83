"""One user's page: their timeline, hours, fatigue, channels, settings, and what waits."""

from api.pages.console.user.routes import router

__all__ = ["router"]
