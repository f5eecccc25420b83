"""The policy's pages: the one in force, drawn; an editor; what a draft would change; the push."""

from api.pages.console.policy.routes import router

__all__ = ["router"]
