"""The page without scripts: each section is a form, saved by its button, shown at once."""

import msgspec
import pytest
from api_world import World
from visitor import Visitor

from api.auth import Role
from tactful.records import Reason, Verdict


def _stored(world: World) -> dict[str, object]:
    response = world.call("GET", "/v1/users/ada/preferences", role="user:ada")
    return dict(response.json())


def _consent(world: World) -> dict[str, bool]:
    return dict(world.call("GET", "/v1/users/ada/consent", role="user:ada").json()["consent"])


def _verdict(world: World, request_id: str, type_: str, **more: object) -> tuple[str, str]:
    response = world.call(
        "POST",
        "/v1/decisions",
        role=Role.PRODUCER,
        json={"request": {"id": request_id, "user_id": "ada", "type": type_, **more}},
    )
    return response.json()["verdict"], response.json()["reason"]


def test_a_channel_that_is_turned_off_is_off_at_once_and_blocks_the_next_send(
    world: World, ada: Visitor
) -> None:
    page = ada.page()
    assert "email" in page.on("channels")
    page = ada.saved(page.section("channels"), off=["email"])
    assert "Saved." in page.text
    assert "email" not in page.on("channels")
    assert _stored(world)["preferences"] == {"channels": {"email": False}}
    newsletter = _verdict(world, "r-1", "newsletter", channels=["email"])
    assert newsletter == (Verdict.SUPPRESS, Reason.PREFERENCE_CHANNEL)


def test_a_type_is_turned_off_as_a_whole_and_on_again_for_one_channel(
    world: World, ada: Visitor
) -> None:
    page = ada.saved(ada.page().section("types"), off=["promotion"])
    assert not {each for each in page.on("types") if each.startswith("promotion")}
    page = ada.saved(page.section("types"), on=["promotion/email"])
    assert {each for each in page.on("types") if each.startswith("promotion")} == {
        "promotion",
        "promotion/email",
    }
    assert "on some" in page.text
    assert _stored(world)["preferences"] == {"types": {"promotion": {"*": False, "email": True}}}


def test_a_page_that_was_open_for_long_changes_only_what_was_turned_on_it(
    ada: Visitor,
) -> None:
    old = ada.page()
    ada.saved(ada.page().section("channels"), off=["push"])
    page = ada.saved(old.section("channels"), off=["social"])
    assert not {"push", "social"} & page.on("channels")


def test_saving_without_a_change_writes_nothing(world: World, ada: Visitor) -> None:
    before = len(world.written)
    ada.saved(ada.page().section("channels"))
    assert len(world.written) == before


def test_how_often_hours_quiet_hours_and_zone(world: World, ada: Visitor) -> None:
    ada.saved(ada.page().section("frequency"), frequency="weekly_digest")
    ada.saved(ada.page().section("hours"), hours=["9", "18"])
    ada.saved(ada.page().section("quiet"), quiet="own", start="21:30", end="06:45")
    page = ada.saved(ada.page().section("zone"), time_zone="Asia/Tokyo")
    assert "They come together on Mondays" in page.text
    assert "2 hours chosen" in page.text
    stored = _stored(world)
    assert stored["time_zone"] == "Asia/Tokyo"
    assert stored["preferences"] == {
        "frequency": "weekly_digest",
        "preferred_hours": [9, 18],
        "quiet_hours": {"start": "21:30", "end": "06:45"},
    }
    ada.saved(ada.page().section("hours"), hours=[])
    ada.saved(ada.page().section("quiet"), quiet="usual")
    assert _stored(world)["preferences"] == {"frequency": "weekly_digest"}


@pytest.mark.parametrize(
    ("section", "values", "words"),
    [
        ("quiet", {"quiet": "own", "start": "08:00", "end": "08:00"}, "always be quiet"),
        ("quiet", {"quiet": "own", "start": "25:00", "end": "08:00"}, "hours and minutes"),
        ("quiet", {"quiet": "never"}, "one of what is offered"),
        ("frequency", {"frequency": "hourly"}, "one of what is offered"),
        ("zone", {"time_zone": "Mars/Olympus"}, "time zone"),
        ("pause", {"pause": "date", "until": ""}, "choose the day"),
        ("pause", {"pause": "date", "until": "2001-01-01"}, "in the future"),
    ],
)
def test_what_cannot_be_saved_is_told_on_the_page_and_changes_nothing(
    world: World, ada: Visitor, section: str, values: dict[str, str], words: str
) -> None:
    before = _stored(world)
    response = ada.submit(ada.page().section(section), **values)  # type: ignore[arg-type]
    assert response.status_code == 422
    assert words in response.text
    assert _stored(world) == before


def test_a_pause_holds_everything_and_can_be_ended(world: World, ada: Visitor) -> None:
    page = ada.saved(ada.page().section("pause"), button=("pause", "week"))
    assert "Paused until" in page.text
    assert _verdict(world, "r-1", "order_update")[1] == Reason.PAUSED
    page = ada.saved(page.section("pause"), button=("pause", "none"))
    assert "Paused until" not in page.text
    assert _verdict(world, "r-2", "order_update")[0] == Verdict.SEND


def test_a_pause_to_the_end_of_time_can_be_shown(world: World, ada: Visitor) -> None:
    for fields in ({"time_zone": "Pacific/Kiritimati"}, {}):
        preferences = {"preferences": {"pause_until_ms": 253_402_300_799_999}}
        path = "/v1/users/ada/profile" if fields else "/v1/users/ada/preferences"
        body = fields or preferences["preferences"]
        assert world.call("PATCH", path, role="user:ada", json=body).status_code == 202
    assert "Paused until" in ada.page().text


def test_consent_is_given_and_taken_back_as_a_whole_and_by_channel(
    world: World, ada: Visitor
) -> None:
    page = ada.saved(ada.page().section("consent"), off=["marketing"])
    assert _consent(world) == {"marketing": False}
    assert "You have not allowed these" in page.text
    page = ada.saved(page.section("consent"), on=["marketing/email"])
    assert _consent(world) == {"marketing": False, "marketing:email": True}
    assert "You have not allowed these" not in page.text
    page = ada.saved(page.section("consent"), off=["marketing"])
    assert _consent(world) == {"marketing": False}
    changes = [each for each in world.audit.records if each.action == "consent"]
    assert [each.actor for each in changes[-3:]] == ["user:ada"] * 3


def test_a_type_that_protects_cannot_be_turned_off_and_says_why(world: World, ada: Visitor) -> None:
    policy = world.knowledge.current.policy
    alert = msgspec.structs.replace(policy.types["security_alert"], priority="critical")
    world.knowledge.current = world.knowledge.current.with_update(
        "policy/default",
        msgspec.json.encode(
            msgspec.structs.replace(
                policy, version="t-1", types={**policy.types, "security_alert": alert}
            )
        ),
    )
    page = ada.page()
    assert "Always on, because it protects you" in page.text
    switch = next(each for each in page.section("types").controls if each.value == "security_alert")
    assert (switch.on, switch.disabled) == (True, True)
    before = len(world.written)
    fields = [("csrf_token", page.forms[0].hidden("csrf_token") or ""), ("section", "types")]
    ada.post("/preferences", [*fields, ("was", "security_alert")])
    assert len(world.written) == before


def test_what_cannot_be_written_is_told_in_plain_words(world: World, ada: Visitor) -> None:
    page = ada.page()
    world.kafka_away = True
    response = ada.submit(page.section("channels"), off=["email"])
    assert response.status_code == 503
    assert "Please try again in a moment" in response.text
    assert "Kafka" not in response.text
    assert "email" in ada.page().on("channels")


def test_a_script_gets_the_words_and_the_sections(world: World, ada: Visitor) -> None:
    page = ada.page()
    token = page.section("channels").hidden("csrf_token") or ""
    fields = [("section", "channels"), ("was", "email")]
    headers = {"Accept": "application/json", "X-CSRF-Token": token}
    answer = ada.post("/preferences", fields, **headers)
    assert answer.status_code == 200
    assert answer.json()["message"] == "Turned off: E-mail."
    assert 'id="channels"' in answer.json()["html"]
    world.kafka_away = True
    refused = ada.post("/preferences", fields, **headers)
    assert refused.status_code == 503
    assert "nothing was changed for sure" in refused.json()["message"]


def test_every_read_and_change_is_recorded(world: World, ada: Visitor) -> None:
    world.audit.records.clear()
    page = ada.page()
    read = world.audit.records[-1]
    assert (read.actor, read.action, read.user_id) == ("user:ada", "read", "ada")
    assert set(read.fields) == {"preferences", "time_zone", "consent", "history"}
    ada.submit(page.section("channels"), off=["email"])
    change = world.audit.records[-1]
    assert (change.action, change.fields) == ("change", ["preferences.channels"])
    world.audit.away = True
    assert ada.get("/preferences").status_code == 503
