"""Quiet hours by weekday as a person meets them: by mouse, keyboard, phone, screen reader."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.kit import Site, open_preferences
from playwright.sync_api import Page, Route, expect
from sample import apart, link_of

_numbers: Iterator[int] = count()
Opener = Callable[..., Page]


@pytest.fixture
def person(site: Site) -> str:
    user = f"q{next(_numbers)}"
    hours = {"start": "22:00", "end": "08:00", "weekdays": {"friday": None}}
    apart(lambda: site.world.introduce(user, quiet_hours=hours))
    return user


def _quiet(site: Site, user: str) -> dict[str, Any]:
    path = f"/v1/users/{user}/preferences"
    answer = apart(lambda: site.world.call("GET", path, role=f"user:{user}"))
    return dict(answer.json()["preferences"]["quiet_hours"])


def _opened(page: Page, link: str) -> None:
    open_preferences(page, link)
    page.locator("#quiet-by-day summary").click()


def test_a_day_is_saved_as_it_is_chosen(site: Site, open_page: Opener, person: str) -> None:
    page = open_page()
    _opened(page, link_of(site.world, person))
    expect(page.locator("#quiet-friday")).to_have_value("none")
    expect(page.locator("#quiet-saturday-start")).to_be_hidden()
    page.locator("#quiet-saturday").select_option("own")
    expect(page.locator("#said")).to_have_text("Saved: the quiet hours of Saturday.")
    expect(page.locator("#quiet-by-day")).to_have_attribute("open", "")
    page.locator("#quiet-saturday-end").fill("11:30")
    expect(page.locator("#toast")).to_have_attribute("data-saves", "2")
    saturday = {"start": "22:00", "end": "11:30"}
    assert _quiet(site, person)["weekdays"] == {"friday": None, "saturday": saturday}
    expect(page.locator("#quiet-by-day .tag")).to_have_text("Friday, Saturday")
    page.locator("#quiet-saturday").select_option("same")
    expect(page.locator("#quiet-by-day .tag")).to_have_text("Friday")


def test_what_is_turned_back_before_the_answer_is_there_is_as_before(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page()
    _opened(page, link_of(site.world, person))
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held or route.request.method != "POST":
            route.continue_()
        else:
            held.append(route)

    page.route("**/preferences", hold_the_first)
    with page.expect_request("**/preferences"):
        page.locator("#quiet-monday").select_option("none")
    page.locator("#quiet-monday").select_option("same")
    page.wait_for_timeout(600)  # until the page has taken note of it
    held[0].continue_()
    expect(page.locator("#toast")).to_have_attribute("data-saves", "2")
    expect(page.locator("#quiet-monday")).to_have_value("same")
    assert _quiet(site, person)["weekdays"] == {"friday": None}


def test_days_are_for_who_has_hours_of_their_own(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))
    page.locator("#quiet-usual").check()
    expect(page.locator("#quiet-by-day")).to_be_hidden()
    page.locator("#quiet-own").check()
    expect(page.locator("#quiet-by-day")).to_be_visible()


def test_the_keyboard_alone_is_enough(site: Site, open_page: Opener, person: str) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))
    page.locator("#quiet-by-day summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "quiet-monday"
    page.keyboard.press("End")
    expect(page.locator("#said")).to_have_text("Saved: the quiet hours of Monday.")
    # The focus is where it was, and the next one is the next day.
    assert page.evaluate("document.activeElement.id") == "quiet-monday"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "quiet-tuesday"
    assert _quiet(site, person)["weekdays"] == {"friday": None, "monday": None}


@pytest.mark.parametrize(("language", "name"), [("en", "Saturday"), ("de", "Samstag")])
def test_a_screen_reader_says_which_day_a_time_is_of(
    site: Site, open_page: Opener, person: str, language: str, name: str
) -> None:
    page = open_page(locale=language, viewport={"width": 320, "height": 568})
    _opened(page, link_of(site.world, person))
    page.locator("#quiet-saturday").select_option("own")
    expect(page.locator("#quiet-saturday-start")).to_be_visible()
    group = page.get_by_role("group", name=name, exact=True)
    expect(group.get_by_role("combobox", name=name, exact=True)).to_be_visible()
    start = "From" if language == "en" else "Von"
    expect(group.get_by_label(f"{name}: {start}")).to_have_value("22:00")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    found = Axe().run(page, {"exclude": [["#zone-choice"]]})
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_a_button_saves_the_days(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page(java_script_enabled=False)
    _opened(page, link_of(site.world, person))
    page.locator("#quiet-sunday").select_option("own")
    page.locator("#quiet-sunday-start").fill("20:00")
    page.locator("#quiet button").click()
    expect(page.locator(".notice-good")).to_have_text("Saved.")
    sunday = {"start": "20:00", "end": "08:00"}
    assert _quiet(site, person)["weekdays"] == {"friday": None, "sunday": sunday}
