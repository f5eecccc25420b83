"""Pages in a real browser: an app on a free loopback port, and Chromium to look at it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy import browser as chromium

WAIT_MS = 10_000


@dataclass(frozen=True)
class Site:
    """An app in memory, served."""

    world: Any
    url: str


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app over HTTP, in a thread; gives its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", lifespan="off", loop="asyncio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline_s = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline_s, "the server does not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium.

    Raises:
        NoBrowserError: there is none here.
    """
    program = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program), args=chromium.arguments()
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, base_url: str, **options: Any) -> Iterator[Page]:
    """A fresh page with its own cookies; fails on errors of scripts and of the content policy."""
    context = browser.new_context(base_url=base_url, **options)
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None,
    )
    try:
        yield page
        assert troubles == []
    finally:
        context.close()


def open_preferences(page: Page, link: str) -> None:
    """Open the preference page by a link of `POST /v1/users/{id}/links`, and wait for it."""
    page.goto(link)
    page.wait_for_url("**/preferences")
    expect(page.locator("#channels")).to_be_visible()


def turn_channel(page: Page, channel: str, *, on: bool) -> None:
    """Click a channel's switch so that it is on or off; returns when the page confirmed it."""
    turn(page, page.locator(f'#channels input[name="on"][value="{channel}"]'), on=on)


def turn(page: Page, switch: Any, *, on: bool) -> None:
    """Click a switch; returns when the page said that it is saved."""
    assert switch.is_checked() is not on, "it is so already"
    toast = page.locator("#toast")
    saves = int(toast.get_attribute("data-saves") or 0)
    switch.click()
    expect(toast).to_have_attribute("data-saves", str(saves + 1))
    expect(switch).to_be_checked(checked=on)
