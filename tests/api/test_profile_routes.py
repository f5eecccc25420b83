"""Profiles, preferences and consent: merged, encrypted, audited, read by their writer at once."""

import msgspec
import pytest
from api_world import World

from api.overlay import OwnWrites
from tactful.records import ProfileUpdate

PREFERENCES = "/v1/users/ada/preferences"


def test_contact_data_are_encrypted_in_kafka_and_shown_to_whom_they_are_for(world: World) -> None:
    world.introduce()
    update = msgspec.json.decode(world.written[0][2] or b"", type=ProfileUpdate)
    assert update.identifiers is not None
    assert str(update.identifiers["email"]).startswith("enc:1:")
    path = "/v1/users/ada/profile"
    officer = world.call("GET", path, role="privacy_officer").json()
    own = world.call("GET", path, role="user:ada").json()
    analyst = world.call("GET", path, role="analyst").json()
    assert officer["identifiers"] == own["identifiers"] == {"email": "ada@example.org"}
    assert analyst["identifiers"] == {"email": None}


def test_a_writer_reads_its_own_write_before_the_sink_has_it_and_others_do_not(
    world: World,
) -> None:
    world.introduce()
    world.sink_away = True
    change = {"channels": {"sms": False}, "types": {"promotion": {"push": False}}}
    wrote = world.call("PATCH", PREFERENCES, role="producer", json=change)
    assert wrote.status_code == 202
    assert wrote.json()["preferences"] == change
    assert world.call("GET", PREFERENCES, role="producer").json()["preferences"] == change
    assert world.call("GET", PREFERENCES, role="user:ada").json()["preferences"] == {}
    more = world.call("PATCH", PREFERENCES, role="producer", json={"channels": {"sms": None}})
    assert more.json()["preferences"] == {"types": {"promotion": {"push": False}}}


def test_own_writes_are_read_while_redis_is_away(world: World) -> None:
    world.shared.away = True
    world.sink_away = True
    world.call("PATCH", PREFERENCES, role="producer", json={"frequency": "daily_digest"})
    seen = world.call("GET", PREFERENCES, role="producer").json()
    assert seen["preferences"] == {"frequency": "daily_digest"}


def test_own_writes_of_before_while_and_after_redis_was_away_are_read_together(
    world: World,
) -> None:
    world.sink_away = True
    for away, change in (
        (False, {"frequency": "daily_digest"}),
        (True, {"channels": {"sms": False}}),
    ):
        world.shared.away = away
        assert world.call("PATCH", PREFERENCES, role="producer", json=change).status_code == 202
    world.shared.away = False
    seen = world.call("GET", PREFERENCES, role="producer").json()
    assert seen["preferences"] == {"frequency": "daily_digest", "channels": {"sms": False}}
    more = world.call("PATCH", PREFERENCES, role="producer", json={"channels": {"push": False}})
    wanted = {"frequency": "daily_digest", "channels": {"push": False, "sms": False}}
    assert more.json()["preferences"] == wanted
    # With the next write Redis has them all, for the other processes.
    world.services.own_writes = OwnWrites(world.shared)
    assert world.call("GET", PREFERENCES, role="producer").json()["preferences"] == wanted


def test_a_write_that_was_repeated_is_one(world: World) -> None:
    writes = OwnWrites(world.shared)
    update = ProfileUpdate("u-1", "ada", 1)
    for _ in range(2):
        world.runner.run(writes.note("client:x", update))
    assert world.runner.run(writes.of("client:x", "ada")) == [update]


def test_what_is_overlaid_is_what_the_core_makes_of_it(world: World) -> None:
    world.introduce()
    changes = [
        {"types": {"promotion": False}},
        {"types": {"promotion": {"email": True}}},
        {"quiet_hours": {"start": "22:00", "end": "07:00"}, "preferred_hours": [8, 9]},
        {"channels": {"sms": False, "email": True}},
        {"channels": None, "quiet_hours": None},
    ]
    for change in changes:
        world.now_ms += 10_000
        told = world.call("PATCH", PREFERENCES, role="producer", json=change).json()
        world.now_ms += 10_000
        world.nudge("ada")
        kept = world.call("GET", PREFERENCES, role="analyst").json()
        assert told["preferences"] == kept["preferences"]


def test_consent_that_is_not_named_is_taken_back(world: World) -> None:
    world.introduce()
    path = "/v1/users/ada/consent"
    put = world.call("PUT", path, role="user:ada", json={"consent": {"marketing:email": False}})
    assert put.status_code == 202
    assert put.json()["consent"] == {"marketing:email": False}
    assert world.audit.records[-1].action == "consent"


def test_a_zone_that_does_not_exist_is_told_not_ignored(world: World) -> None:
    response = world.call(
        "PATCH", "/v1/users/ada/profile", role="producer", json={"time_zone": "Europe/Belin"}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "time_zone"


@pytest.mark.parametrize("name", ["preferences", "consent", "erase"])
def test_a_profile_change_takes_nothing_that_has_an_address_of_its_own(
    world: World, name: str
) -> None:
    response = world.call("PATCH", "/v1/users/ada/profile", role="producer", json={name: {}})
    assert response.status_code == 422


def test_the_body_cannot_name_another_user(world: World) -> None:
    response = world.call(
        "PATCH",
        "/v1/users/ada/profile",
        role="user:ada",
        json={"user_id": "bo", "attributes": {"x": 1}},
    )
    assert response.status_code == 202
    assert world.written[0][1] == "ada"


def test_each_read_and_change_is_audited_by_names_without_values(world: World) -> None:
    world.introduce()
    world.call("GET", "/v1/users/ada/profile", role="privacy_officer")
    record = world.audit.records[-1]
    assert (record.user_id, record.actor, record.action) == (
        "ada",
        "client:a-privacy_officer",
        "read",
    )
    assert "identifiers.email" in record.fields
    assert record.via == "GET /v1/users/{user_id}/profile"
    assert b"example.org" not in msgspec.json.encode(world.audit.records)


def test_what_cannot_be_audited_is_not_read(world: World) -> None:
    world.introduce()
    world.audit.away = True
    for path in ("profile", "preferences", "consent"):
        response = world.call("GET", f"/v1/users/ada/{path}", role="privacy_officer")
        assert response.status_code == 503
        assert "example.org" not in response.text
    written = len(world.written)
    world.call("PATCH", PREFERENCES, role="producer", json={"frequency": "daily_digest"})
    assert len(world.written) == written


def test_someone_never_seen_has_no_profile_but_empty_preferences(world: World) -> None:
    assert world.call("GET", "/v1/users/nobody/profile", role="analyst").status_code == 404
    found = world.call("GET", "/v1/users/nobody/preferences", role="analyst")
    assert found.json() == {
        "user_id": "nobody",
        "version": 0,
        "time_zone": None,
        "preferences": {},
    }


def test_without_the_store_a_read_says_so(world: World) -> None:
    world.profiles.away = True
    response = world.call("GET", "/v1/users/ada/profile", role="analyst")
    assert response.status_code == 503
    assert response.json()["type"].endswith("unavailable")


def test_consent_can_be_withdrawn_while_profiles_cannot_be_read(world: World) -> None:
    world.introduce()
    world.profiles.away = True
    path = "/v1/users/ada/consent"
    response = world.call("PATCH", path, role="user:ada", json={"consent": {"marketing": False}})
    assert response.status_code == 202
    assert response.json()["consent"] == {"marketing": False}
    patched = world.call("PATCH", PREFERENCES, role="user:ada", json={"channels": {"sms": False}})
    assert patched.status_code == 202
    # what would take back what it can't see is refused
    put = world.call("PUT", path, role="user:ada", json={"consent": {"marketing": False}})
    assert put.status_code == 503
