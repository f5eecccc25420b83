"""A browser and a site for the tests of a module, or a skip that says why there is none.

Playwright's loop runs in the thread of the tests while the browser is there, so the world is made
and called apart from it (`sample.apart`), and the browser ends with the module.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from api_world import World
from browser.kit import Site, launched, page_of, served
from playwright.sync_api import Browser, Page
from sample import a_few_days, apart

from deploy.browser import NoBrowserError


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(launched())
        except NoBrowserError as error:
            pytest.skip(str(error))
        yield found


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    world = apart(World)
    apart(lambda: a_few_days(world))
    with served(world.app) as url:
        yield Site(world, url)
    apart(world.close)


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Makes pages with cookies of their own; options are those of the browser's context."""
    with ExitStack() as stack:

        def make(**options: Any) -> Page:
            return stack.enter_context(page_of(browser, site.url, **options))

        yield make
