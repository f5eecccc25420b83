"""The preference page: what a person wants, allows and may know, and one-click unsubscribing."""

from fastapi import APIRouter

from api.pages.preferences import entering, own_data, page, unsubscribing

router = APIRouter(include_in_schema=False)

for each in (page.router, entering.router, own_data.router, unsubscribing.router):
    router.include_router(each)
