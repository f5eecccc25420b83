"""Takes the pictures of the pages in docs/images.

From the root: `python tests/pages/screenshots.py [name ...]`.

A picture is a row of `SHOTS`. The app is the one in memory, the browser a real one.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / each) for each in ("api", "pages", "."))]

from api_world import World  # noqa: E402
from browser.kit import launched, open_preferences, served  # noqa: E402
from console.console_world import a_town, signed_in  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from sample import a_few_days, link_of  # noqa: E402

MAX_BYTES = 250_000


@dataclass(frozen=True)
class Shot:
    """One picture.

    Attributes:
        name: of the file, without `.png`.
        go: leads a fresh page to what is shown.
        options: of the browser's context (`color_scheme`, `locale`, `viewport`).
        console: whether it is of the console, in its town.
    """

    name: str
    go: Callable[[Page, World], None]
    options: dict[str, Any] = field(default_factory=dict)
    part: str | None = None
    """A selector of what is taken; None: the window."""
    console: bool = False


def _preferences(page: Page, world: World) -> None:
    open_preferences(page, link_of(world))


def _quiet_days(page: Page, world: World) -> None:
    _preferences(page, world)
    page.locator("#quiet-own").check()
    page.locator("#quiet-by-day summary").click()
    page.locator("#quiet-saturday").select_option("own")
    page.locator("#quiet-saturday-end").fill("11:00")
    page.locator("#quiet-sunday").select_option("all")
    page.wait_for_selector("#quiet-by-day .tag:has-text('Sunday')")
    page.evaluate("document.activeElement.blur(); document.getElementById('toast').remove()")


def _unsubscribe(page: Page, world: World) -> None:
    page.goto(link_of(world, purpose="unsubscribe", channel="email", type="promotion"))


def _console(path: str) -> Callable[[Page, World], None]:
    def go(page: Page, _world: World) -> None:
        page.goto(path)
        page.wait_for_selector("html[data-drawn]", state="attached")

    return go


def _draft(page: Page, world: World) -> None:
    """A stricter cap, and what it would have changed."""
    _console("/console/policy/edit")(page, world)
    page.get_by_role("group", name="marketing_daily").get_by_label("At most").fill("1")
    page.get_by_label("Version").fill("shop-13")
    page.locator("#settings").get_by_role("button", name="Preview the effect").click()
    page.wait_for_selector("#effect", timeout=300_000)
    page.wait_for_selector("html[data-drawn]", state="attached")


def _tall(height: int, scheme: str = "light") -> dict[str, Any]:
    return {
        "viewport": {"width": 1280, "height": height},
        "color_scheme": scheme,
        "timezone_id": "Europe/Berlin",
        "locale": "en-GB",
    }


_WIDE = {"viewport": {"width": 1120, "height": 900}}

SHOTS = (
    Shot("preferences-light", _preferences, {**_WIDE, "color_scheme": "light"}),
    Shot("preferences-dark", _preferences, {**_WIDE, "color_scheme": "dark"}),
    Shot("preferences-german", _preferences, {**_WIDE, "locale": "de-DE"}),
    Shot("preferences-phone", _preferences, {"viewport": {"width": 390, "height": 844}}),
    Shot("preferences-quiet", _quiet_days, {**_WIDE, "locale": "en-GB"}, "#quiet"),
    Shot("preferences-why", _preferences, {"viewport": {"width": 1120, "height": 1500}}, "#why"),
    Shot("unsubscribe", _unsubscribe, {"viewport": {"width": 720, "height": 460}}),
    Shot("console-overview", _console("/console/overview"), _tall(1280), console=True),
    Shot("console-dark", _console("/console/overview"), _tall(1280, "dark"), console=True),
    Shot("console-user", _console("/console/user?id=ada"), _tall(1400), console=True),
    Shot("console-policy", _console("/console/policy"), _tall(1000), console=True),
    Shot("console-policy-draft", _draft, _tall(1000), console=True),
    Shot("console-models", _console("/console/models"), _tall(1200), console=True),
    Shot("console-deadletters", _console("/console/dead-letters"), _tall(1100), console=True),
)


def take(shots: tuple[Shot, ...], folder: Path = IMAGES) -> None:
    """Take pictures.

    Raises:
        NoBrowserError: there is no browser here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for console in (False, True):
        chosen = [shot for shot in shots if shot.console is console]
        if not chosen:
            continue
        world = World()
        if console:
            a_town(world)
        else:
            a_few_days(world)
        with served(world.app) as url, launched() as browser:
            state = signed_in(browser, url, world) if console else None
            for shot in chosen:
                options = {**shot.options, "storage_state": state}
                context = browser.new_context(base_url=url, reduced_motion="reduce", **options)
                page = context.new_page()
                shot.go(page, world)
                path = folder / f"{shot.name}.png"
                taken = page if shot.part is None else page.locator(shot.part)
                taken.screenshot(path=path)
                context.close()
                _smaller(path)
                print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")  # noqa: T201
        world.close()


def _smaller(path: Path) -> None:
    with Image.open(path) as image:
        whole = image.convert("RGB")
    whole.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        whole.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MAX_BYTES, path


if __name__ == "__main__":
    take(tuple(each for each in SHOTS if not sys.argv[1:] or each.name in sys.argv[1:]))
