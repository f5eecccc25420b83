"""The preference page as a person meets it: by mouse, keyboard, phone, screen reader."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.kit import Site, open_preferences, turn, turn_channel
from playwright.sync_api import Page, expect
from sample import apart, link_of

_numbers: Iterator[int] = count()
Opener = Callable[..., Page]


@pytest.fixture
def person(site: Site) -> str:
    user = f"p{next(_numbers)}"
    apart(lambda: site.world.introduce(user))
    return user


def _preferences(site: Site, user: str) -> dict[str, object]:
    path = f"/v1/users/{user}/preferences"
    answer = apart(lambda: site.world.call("GET", path, role=f"user:{user}"))
    return dict(answer.json()["preferences"])


def test_a_switch_saves_at_once_and_says_so(site: Site, open_page: Opener, person: str) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))
    assert "link=" not in page.url
    turn_channel(page, "email", on=False)
    expect(page.locator("#said")).to_have_text("Turned off: E-mail.")
    assert _preferences(site, person) == {"channels": {"email": False}}
    page.locator("#type-1-1-by summary").click()
    expect(page.locator("#type-1-1-by")).to_contain_text("This channel is off for everything.")
    turn(page, page.locator("#type-1-1"), on=False)
    expect(page.locator("#type-1-1-by")).to_have_attribute("open", "")
    page.locator("#frequency-choice").select_option("weekly_digest")
    expect(page.locator("#frequency-note")).to_contain_text("Mondays")
    page.locator("#pause-week").click()
    expect(page.locator("#pause")).to_contain_text("Paused until")
    page.reload()
    expect(page.locator("#channel-1")).not_to_be_checked()
    expect(page.locator("#frequency-choice")).to_have_value("weekly_digest")
    expect(page.locator("#pause-none")).to_be_visible()


def test_many_quick_changes_all_arrive(site: Site, open_page: Opener, person: str) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))
    for at in (1, 2, 3, 4):
        page.locator(f"#channel-{at}").click()
    page.locator("#hour-9").click(force=True)
    page.locator("#hour-18").click(force=True)
    expect(page.locator("#hours")).to_contain_text("2 hours chosen")
    expect(page.locator('#channels input[name="was"]:enabled')).to_have_count(3)
    assert len(dict(_preferences(site, person)["channels"])) == 4  # type: ignore[call-overload]


def test_what_is_not_saved_goes_back_and_is_told(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))
    site.world.kafka_away = True
    try:
        page.locator("#channel-1").click()
        expect(page.locator("#warned")).to_contain_text("try again")
        expect(page.locator("#channel-1")).to_be_checked()
    finally:
        site.world.kafka_away = False
    page.context.set_offline(True)
    page.locator("#channel-1").click()
    expect(page.locator("#warned")).to_contain_text("check your connection")
    expect(page.locator("#channel-1")).to_be_checked()
    page.context.set_offline(False)
    turn_channel(page, "email", on=False)
    expect(page.locator("#warned")).to_be_empty()


def test_the_keyboard_alone_is_enough(site: Site, open_page: Opener, person: str) -> None:
    page = open_page()
    open_preferences(page, link_of(site.world, person))

    def tab_to(selector: str, most: int = 60) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    tab_to(".skip-link", 1)
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to("#channel-1", 20)
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_have_text("Turned off: E-mail.")
    # The focus is where it was, and the next one is the next switch.
    assert page.evaluate("document.activeElement.id") == "channel-1"
    tab_to("#channel-2", 1)
    tab_to("#type-1-1-by summary", 20)
    page.keyboard.press("Enter")
    tab_to("#type-1-1-2", 3)
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_contain_text("Turned off: Reminders of your basket by")
    tab_to("#pause-day", 90)
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Paused until")
    tab_to("[href='/preferences/erasure']", 40)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Erase your data?")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    site: Site, open_page: Opener, language: str, scheme: str
) -> None:
    page = open_page(locale=language, color_scheme=scheme, reduced_motion="reduce")
    open_preferences(page, link_of(site.world))
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.locator("#hour-9").click(force=True)
    expect(page.locator("#said")).not_to_be_empty()
    _no_violations(page)
    for path in (
        "/preferences/erasure",
        link_of(site.world, purpose="unsubscribe", type="promotion"),
        "/preferences/nothing-here",
    ):
        page.goto(path)
        _no_violations(page)
    page.context.clear_cookies()
    page.goto("/preferences")
    _no_violations(page)


def _no_violations(page: Page) -> None:
    # The zones are six hundred options of one list: none is of its own interest.
    found = Axe().run(page, {"exclude": [["#zone-choice"]]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_small_phone_shows_all_of_it(site: Site, open_page: Opener, language: str) -> None:
    page = open_page(locale=language, viewport={"width": 320, "height": 568})
    open_preferences(page, link_of(site.world))
    unsubscribe = link_of(site.world, purpose="unsubscribe")
    for path in ("/preferences", "/preferences/erasure", unsubscribe):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        width = page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= 320, path


def test_without_scripts_a_button_saves(site: Site, open_page: Opener, person: str) -> None:
    page = open_page(java_script_enabled=False)
    open_preferences(page, link_of(site.world, person))
    page.locator("#channel-1").click()
    page.locator("#channels button").click()
    expect(page.locator(".notice-good")).to_have_text("Saved.")
    expect(page.locator("#channel-1")).not_to_be_checked()
    assert _preferences(site, person) == {"channels": {"email": False}}


def test_a_link_in_another_sites_mail_opens_the_page(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page()
    link = site.url + link_of(site.world, person)
    mail = f"<a id=go href='{link}'>Your preferences</a>"
    page.route(
        "http://mail.test/", lambda route: route.fulfill(body=mail, content_type="text/html")
    )
    page.goto("http://mail.test/")
    page.locator("#go").click()
    page.wait_for_url("**/preferences")
    expect(page.locator("#channels")).to_be_visible()


def test_one_press_unsubscribes_and_one_takes_it_back(
    site: Site, open_page: Opener, person: str
) -> None:
    page = open_page()
    page.goto(link_of(site.world, person, purpose="unsubscribe", type="promotion"))
    page.locator("#unsubscribe").click()
    expect(page.locator(".notice-good")).to_contain_text("Turned off: Offers and discounts")
    assert _preferences(site, person) == {"types": {"promotion": False}}
    page.locator("#undo").click()
    expect(page.locator("h1")).to_have_text("As before")
    assert _preferences(site, person) == {}
