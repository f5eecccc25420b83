"""The console in a real browser: signing in, pictures that are not blank, and what people do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from api_world import World
from axe_playwright_python.sync_playwright import Axe
from browser.kit import launched, page_of, served
from console_world import Town, signed_in
from playwright.sync_api import Browser, Page, expect
from sample import apart

from deploy.browser import NoBrowserError

WAIT_MS = 20_000
WIDE = {"viewport": {"width": 1280, "height": 900}}
NARROW = {"viewport": {"width": 800, "height": 900}}
DARK = {"color_scheme": "dark"}
INK = """canvas => {
  const {width, height} = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 200) colours.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
  }
  return colours.size;
}"""


class Console:
    """A town, served, and an admin who is signed in."""

    def __init__(self, town: Town, url: str, browser: Browser) -> None:
        self.town = town
        self.world = town.world
        self.url = url
        self.browser = browser
        self.state: Any = None

    @contextmanager
    def page(self, path: str, **options: Any) -> Iterator[Page]:
        """A page of the console."""
        given = {"storage_state": self.state, **WIDE, **options}
        with page_of(self.browser, self.url, **given) as page:
            page.set_default_timeout(WAIT_MS)
            page.goto(path)
            yield page


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    world = World()
    town = Town(world, users=6)
    town.rush(120)
    town.letters()
    expect.set_options(timeout=WAIT_MS)
    try:
        with served(world.app) as url, launched() as browser:
            made = Console(town, url, browser)
            made.state = signed_in(browser, url, world)
            yield made
    except NoBrowserError as error:
        pytest.skip(str(error))
    finally:
        expect.set_options(timeout=5_000)
        apart(world.close)


def inked(page: Page) -> dict[str, int]:
    """How many colours each picture of the page has."""
    page.wait_for_selector("html[data-drawn]", state="attached")
    return {
        str(figure.get_attribute("id")): figure.locator("canvas").evaluate(INK)
        for figure in page.locator("figure[data-chart]").all()
        if figure.is_visible()
    }


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']}" for each in found]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/console/overview", {}),
        ("/console/user?id=ada", {}),
        ("/console/policy", {}),
        ("/console/models", {}),
        ("/console/user?id=ada", DARK),
        ("/console/overview", {**DARK, **NARROW}),
        ("/console/policy", NARROW),
    ],
)
def test_pages_draw_their_pictures_and_are_open_to_all(
    console: Console, path: str, options: dict[str, Any]
) -> None:
    with console.page(path, **options) as page:
        found = inked(page)
        assert found
        assert min(found.values()) > 3, found
        assert faults_of(page) == []
        wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert page.evaluate(wider) is False


def test_the_overview_moves_as_verdicts_arrive(console: Console) -> None:
    with console.page("/console/overview") as page:
        sent = page.locator('[data-tile="sent"]')
        expect(sent).to_have_text(re.compile(r"\d+"))
        before = page.locator("#flow canvas").screenshot()
        text = sent.inner_text()
        console.town.rush(80, 60_000)
        expect(sent).not_to_have_text(text)
        assert page.locator("#flow canvas").screenshot() != before
        expect(page.get_by_role("status")).to_contain_text("Live")


def test_a_mark_of_the_timeline_tells_its_sentence_and_so_does_the_list(console: Console) -> None:
    with console.page("/console/overview") as page:
        page.get_by_role("link", name="Users").click()
        page.get_by_role("searchbox", name="User id").fill("ada")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", name="ada", exact=True)).to_be_visible()
        told = page.evaluate(
            """() => {
              const {chart, data} = drawn.get(document.querySelector('#timeline'));
              const sent = chart.data.datasets.findIndex((each) => each.label === 'sent');
              const dot = chart.getDatasetMeta(sent).data[0];
              const mark = {datasetIndex: sent, index: 0};
              chart.tooltip.setActiveElements([mark], {x: dot.x, y: dot.y});
              chart.update();
              return [chart.tooltip.body[0].lines.join(' '), data.timeline.sends[0].text];
            }"""
        )
        assert told[0] == told[1]
        page.get_by_text(re.compile("^All verdicts")).click()
        listed = page.get_by_role("region", name="Verdicts, newest first").inner_text()
        assert told[1].split(": ", 1)[1].split(" ", 1)[1] in listed


def test_a_policy_is_edited_previewed_and_pushed(console: Console) -> None:
    with console.page("/console/policy") as page:
        page.set_default_timeout(60_000)
        page.get_by_role("link", name="Edit").click()
        settings = page.locator("#settings")
        first = settings.get_by_role("group", name="marketing_daily")
        first.get_by_label("At most").fill("lots")
        settings.get_by_role("button", name="Check").click()
        expect(page.locator('[aria-invalid="true"]')).to_be_focused()
        expect(page.locator(".fault")).to_contain_text("allowed")
        first.get_by_label("At most").fill("1")
        settings.get_by_label("Version").fill("shop-13")
        settings.get_by_role("button", name="Preview the effect").click()
        page.wait_for_selector("#effect")
        assert min(inked(page).values()) > 3
        assert faults_of(page) == []
        expect(page.locator(".diff")).to_contain_text("caps.marketing_daily.max")
        page.get_by_role("button", name="Push shop-13").click()
        expect(page.get_by_text("The policy is published")).to_be_visible()
        assert console.world.knowledge.current.policy.version == "shop-13"


def test_dead_letters_go_back_after_a_question(console: Console) -> None:
    with console.page("/console/dead-letters") as page:
        assert min(inked(page).values()) > 3
        assert faults_of(page) == []
        page.get_by_label("Reason", exact=True).select_option("step_failed")
        page.get_by_role("button", name="Show").click()
        page.get_by_label("Choose all").check()
        before = len(console.world.written)
        page.get_by_role("button", name="Send back").click()
        expect(page.get_by_role("heading", name="Send 9 of 9 back?")).to_be_visible()
        assert faults_of(page) == []
        assert len(console.world.written) == before
        page.get_by_role("button", name="Yes, send 9 back").click()
        expect(page.get_by_text("sent back to events with its id")).to_have_count(9)
        assert len(console.world.written) == before + 9


def test_the_form_to_sign_in_is_open_to_all(console: Console) -> None:
    with console.page("/console/login", storage_state=None) as page:
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert faults_of(page) == []


def test_one_gets_about_by_keyboard(console: Console) -> None:
    with console.page("/console/policy") as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.goto("/console/policy/edit")
        yaml = page.locator("#yaml")
        yaml.focus()
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(yaml).not_to_be_focused()
        page.evaluate("window.onbeforeunload = null")
