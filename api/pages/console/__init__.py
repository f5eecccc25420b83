"""The operators' console: what is decided now, one user, the policy, the models, dead letters."""

from fastapi import APIRouter

from api.pages.console import letters, models, overview, policy, signing_in, user

router = APIRouter(include_in_schema=False, tags=["console"])
for each in (signing_in, overview, user, policy, models, letters):
    router.include_router(each.router)
