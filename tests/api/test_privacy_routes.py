"""Export and erasure: all of it, for the right person, and then nothing of it."""

import msgspec
from api_world import World

ERASE = "/v1/users/ada/erasure"


def test_an_export_has_all_that_is_kept_readable(world: World) -> None:
    world.introduce()
    world.call(
        "POST",
        "/v1/requests",
        role="producer",
        json={"id": "r-1", "user_id": "ada", "type": "security_alert"},
    )
    response = world.call("POST", "/v1/users/ada/export", role="user:ada")
    assert response.headers["content-disposition"].startswith("attachment")
    told = response.json()
    assert told["complete"] is True
    assert told["profile"]["identifiers"] == {"email": "ada@example.org"}
    assert [entry["request_id"] for entry in told["history"]] == ["r-1"]
    assert "export" in {entry["action"] for entry in told["audit"]}


def test_an_erasure_takes_everything_and_its_receipt_says_so(world: World) -> None:
    world.introduce()
    assert world.call("POST", ERASE, role="user:ada", json={"confirm": "bo"}).status_code == 422
    world.sink_away = True
    response = world.call("POST", ERASE, role="user:ada", json={"confirm": "ada"})
    assert response.status_code == 202
    receipt = response.json()
    assert receipt["state"] == "accepted"
    assert receipt["keys_destroyed"] == 1
    # what the sink has not deleted yet can't be read any more
    profile = world.call("GET", "/v1/users/ada/profile", role="privacy_officer").json()
    assert profile["identifiers"] == {"email": None}
    # and who asked for it sees it gone at once
    assert world.call("GET", "/v1/users/ada/profile", role="user:ada").status_code == 404
    world.sink_away = False
    word, key, value = world.written[-1]
    world.states.pop("ada")
    world._decide(word, key, value, 0)
    done = world.call("GET", receipt["status_url"], role="user:ada").json()
    assert done["state"] == "done"
    assert done["profile_gone"] is True


def test_a_receipt_names_nobody_and_is_good_for_one_user(world: World) -> None:
    world.introduce()
    receipt = world.call("POST", ERASE, role="user:ada", json={"confirm": "ada"}).json()
    told = world.services.signer.read("receipt", receipt["receipt"])
    assert told is not None
    assert "ada" not in msgspec.json.encode(told).decode()
    other = receipt["status_url"].replace("/ada/", "/bo/")
    assert world.call("GET", other, role="user:bo").status_code == 404
    forged = receipt["status_url"][:-4] + "AAAA"
    assert world.call("GET", forged, role="user:ada").status_code == 404


def test_an_unsubscribe_link_carries_the_headers_of_rfc_8058(world: World) -> None:
    response = world.call(
        "POST",
        "/v1/users/ada/links",
        role="producer",
        json={"purpose": "unsubscribe", "channel": "email"},
    )
    assert response.status_code == 201
    link = response.json()
    assert link["headers"]["List-Unsubscribe"] == f"<{link['url']}>"
    assert link["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link["url"].rpartition("/")[2]
    assert world.services.links.read("unsubscribe", token) == {
        "user_id": "ada",
        "channel": "email",
        "by": "client:a-producer",
    }
