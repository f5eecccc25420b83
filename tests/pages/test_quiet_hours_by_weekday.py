"""Quiet hours by weekday without scripts: a row a day, and nothing lost that was set elsewhere."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from api_world import World
from visitor import Form, Visitor

from api.auth import Role

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAIR = {"start": "22:00", "end": "07:00"}


def _stored(world: World) -> dict[str, Any] | None:
    response = world.call("GET", "/v1/users/ada/preferences", role="user:ada")
    found: dict[str, Any] | None = response.json()["preferences"].get("quiet_hours")
    return found


def _set(world: World, quiet_hours: dict[str, Any] | None) -> None:
    """As another client of hers does it; the page sees it when the profile is there."""
    response = world.call(
        "PATCH",
        "/v1/users/ada/preferences",
        role="user:ada",
        json={"quiet_hours": quiet_hours},
    )
    assert response.status_code == 202, response.text


def _rows(form: Form) -> dict[str, str]:
    return {
        each.name: each.value
        for each in form.controls
        if each.kind == "option" and each.on and each.name in DAYS
    }


def test_a_day_gets_hours_of_its_own_and_loses_them_again(world: World, ada: Visitor) -> None:
    _set(world, PAIR)
    form = ada.page().section("quiet")
    assert _rows(form) == dict.fromkeys(DAYS, "same")
    rows = {"saturday": "own", "saturday-start": "23:30", "saturday-end": "10:00"}
    page = ada.saved(form, **rows, sunday="all", monday="none")
    saturday = {"start": "23:30", "end": "10:00"}
    sunday = {"start": "00:00", "end": "00:00"}
    assert _stored(world) == {
        **PAIR,
        "weekdays": {"monday": None, "saturday": saturday, "sunday": sunday},
    }
    assert "Monday, Saturday, Sunday" in page.text
    form = page.section("quiet")
    differing = {"monday": "none", "saturday": "own", "sunday": "all"}
    assert _rows(form) == dict.fromkeys(DAYS, "same") | differing
    assert (form.hidden("saturday-start"), form.hidden("saturday-end")) == ("23:30", "10:00")
    page = ada.saved(form, saturday="same", monday="same", sunday="same")
    assert _stored(world) == PAIR


def test_the_pair_is_changed_and_the_days_stay(world: World, ada: Visitor) -> None:
    days = {"tuesday": None, "friday": {"start": "09:00", "end": "09:00"}}
    _set(world, {**PAIR, "weekdays": days})
    ada.saved(ada.page().section("quiet"), start="21:00")
    assert _stored(world) == {**PAIR, "start": "21:00", "weekdays": days}


def test_saving_without_a_change_writes_nothing(world: World, ada: Visitor) -> None:
    for hours in (None, PAIR, {**PAIR, "weekdays": dict.fromkeys(DAYS)}):
        _set(world, hours)
        before = len(world.written)
        ada.saved(ada.page().section("quiet"))
        assert len(world.written) == before
        assert _stored(world) == hours


def test_another_section_leaves_the_days(world: World, ada: Visitor) -> None:
    hours = {**PAIR, "weekdays": {"sunday": None}}
    _set(world, hours)
    page = ada.page()
    ada.saved(page.section("frequency"), frequency="weekly_digest")
    ada.saved(page.section("hours"), hours=["9"])
    ada.saved(page.section("channels"), off=["email"])
    assert _stored(world) == hours


def test_a_page_that_was_open_for_long_changes_only_the_day_turned_on_it(
    world: World, ada: Visitor
) -> None:
    _set(world, PAIR)
    old = ada.page()
    newer = {"start": "20:00", "end": "06:00", "weekdays": {"sunday": None}}
    _set(world, newer)
    ada.saved(old.section("quiet"), saturday="all")
    saturday = {"start": "00:00", "end": "00:00"}
    assert _stored(world) == {**newer, "weekdays": {"saturday": saturday, "sunday": None}}


def test_usual_hours_and_none_take_the_days_along(world: World, ada: Visitor) -> None:
    _set(world, {**PAIR, "weekdays": {"sunday": None}})
    ada.saved(ada.page().section("quiet"), quiet="none")
    assert _stored(world) == {**PAIR, "weekdays": dict.fromkeys(DAYS)}
    assert _rows(ada.page().section("quiet")) == dict.fromkeys(DAYS, "same")
    ada.saved(ada.page().section("quiet"), quiet="own")
    assert _stored(world) == PAIR
    ada.saved(ada.page().section("quiet"), quiet="usual")
    assert _stored(world) is None


def test_seven_days_without_are_shown_as_none(world: World, ada: Visitor) -> None:
    _set(world, PAIR)
    page = ada.saved(ada.page().section("quiet"), **dict.fromkeys(DAYS, "none"))
    controls = page.section("quiet").controls
    chosen = [each.value for each in controls if each.name == "quiet" and each.on]
    assert chosen == ["none"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"monday": "never"}, "one of what is offered"),
        ({"monday": "own", "monday-start": "", "monday-end": "07:00"}, "hours and minutes"),
        ({"monday": "own", "monday-start": "07:00", "monday-end": "07:00"}, "The whole day"),
        (dict.fromkeys(DAYS, "all"), "always be quiet"),
    ],
)
def test_a_day_that_cannot_be_saved_is_told_and_changes_nothing(
    world: World, ada: Visitor, values: dict[str, str], words: str
) -> None:
    _set(world, PAIR)
    response = ada.submit(ada.page().section("quiet"), **values)  # type: ignore[arg-type]
    assert response.status_code == 422
    assert words in response.text
    assert _stored(world) == PAIR


def test_days_beside_the_usual_hours_are_not_lost_without_a_word(
    world: World, ada: Visitor
) -> None:
    response = ada.submit(ada.page().section("quiet"), monday="none")
    assert response.status_code == 422
    assert "My own" in response.text
    assert _stored(world) is None
    ada.saved(ada.page().section("quiet"), quiet="own", monday="none")
    assert (_stored(world) or {})["weekdays"] == {"monday": None}


def test_a_script_is_told_which_days_were_saved(world: World) -> None:
    _set(world, PAIR)
    ada = Visitor.by_link(world, "ada", "de")
    form = ada.page().section("quiet")
    token = form.hidden("csrf_token") or ""
    fields = [("section", "quiet"), ("quiet", "own"), *PAIR.items()]
    fields += [("was-quiet", form.hidden("was-quiet") or ""), ("sunday", "none")]
    headers = {"Accept": "application/json", "X-CSRF-Token": token}
    answer = ada.post("/preferences", fields, **headers)
    assert answer.json()["message"] == "Gespeichert: die Ruhezeiten für Sonntag."


def test_a_day_without_quiet_hours_lets_a_message_through(world: World, ada: Visitor) -> None:
    _set(world, {"start": "00:00", "end": "23:59"})
    asked = {"user_id": "ada", "type": "order_update"}

    def verdict(name: str) -> str:
        told = world.call(
            "POST",
            "/v1/decisions",
            role=Role.PRODUCER,
            json={"request": {**asked, "id": name}},
        )
        return str(told.json()["verdict"])

    assert verdict("r-1") == "hold"
    today = datetime.fromtimestamp(world.now_ms / 1000, ZoneInfo("Europe/Berlin")).weekday()
    ada.saved(ada.page().section("quiet"), **{DAYS[today]: "none"})
    assert verdict("r-2") == "send"


def test_own_hours_begin_with_the_weekdays_of_the_usual_ones(world: World, ada: Visitor) -> None:
    policy = world.call("GET", "/v1/policy", role=Role.POLICY_ADMIN).json()["policy"]
    saturday = {"start": "21:00", "end": "11:00"}
    policy["version"] = "mine-1"
    policy["quiet_hours"]["weekdays"] = {"saturday": saturday, "sunday": None}
    pushed = world.call("PUT", "/v1/policy", role=Role.POLICY_ADMIN, json=policy)
    assert pushed.status_code == 200, pushed.text
    form = ada.page().section("quiet")
    differing = {"saturday": "own", "sunday": "none"}
    assert _rows(form) == dict.fromkeys(DAYS, "same") | differing
    assert _stored(world) is None
    ada.saved(form, quiet="own", monday="none")
    days = {"monday": None, "saturday": saturday, "sunday": None}
    assert (_stored(world) or {})["weekdays"] == days
