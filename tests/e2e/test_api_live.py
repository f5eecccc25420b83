"""The API on the real stack: from a token to a decision, a webhook, an export, and to nothing."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_kit import ApiRig, api_on
from decide_kit import wait_until

from api.auth.scopes import Role
from deploy.local.stack import Stack

sys.path.insert(0, str(Path(__file__).parents[1] / "connectors"))
from test_webhook_sending import Endpoint

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rig(stack: Stack) -> Iterator[ApiRig]:
    with api_on(stack) as made:
        yield made


def _introduce(rig: ApiRig, user: str) -> None:
    base = f"/v1/users/{user}"
    contact = {"identifiers": {"email": f"{user}@example.org"}, "time_zone": "Europe/Berlin"}
    wait_until(
        "the keys can be had",
        lambda: rig.call("PATCH", f"{base}/profile", json=contact).status_code == 202,
    )
    consent = {"consent": {"marketing": True}}
    assert rig.call("PATCH", f"{base}/consent", json=consent).status_code == 202
    wait_until(
        "the profile is kept",
        lambda: rig.call("GET", f"{base}/profile", Role.ANALYST).status_code == 200,
    )


def _decide(rig: ApiRig, user: str, name: str) -> dict[str, object]:
    asked = {"id": name, "user_id": user, "type": "security_alert", "priority": "critical"}
    answer = rig.call(
        "POST", "/v1/decisions", Role.PRODUCER, json={"request": asked, "deadline_ms": 30_000}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_user_s_life_from_the_first_word_to_the_last(rig: ApiRig) -> None:
    _introduce(rig, "ada")
    officer = rig.call("GET", "/v1/users/ada/profile", Role.PRIVACY_OFFICER).json()
    assert officer["identifiers"] == {"email": "ada@example.org"}
    analyst = rig.call("GET", "/v1/users/ada/profile", Role.ANALYST).json()
    assert analyst["identifiers"] == {"email": None}

    decided = _decide(rig, "ada", "r-1")
    assert (decided["user_id"], decided["request_id"]) == ("ada", "r-1")
    assert (decided["verdict"], decided["channel"]) == ("send", "email")
    assert _decide(rig, "ada", "r-1") == decided

    # what is switched off is obeyed by what is decided afterwards
    off = {"channels": {"email": False}, "types": {"promotion": False}}
    assert rig.call("PATCH", "/v1/users/ada/preferences", json=off).status_code == 202
    asked = {"id": "r-2", "user_id": "ada", "type": "promotion"}
    refused = rig.call(
        "POST", "/v1/decisions", Role.PRODUCER, json={"request": asked, "deadline_ms": 30_000}
    ).json()
    assert refused["verdict"] == "suppress"
    assert refused["reason"] in {"preference_channel", "preference_type"}

    told = rig.call("GET", "/v1/users/ada/explanations/r-2", Role.ANALYST).json()
    assert told["explanation"] == refused["explanation"]
    wait_until(
        "the history is kept",
        lambda: len(rig.call("GET", "/v1/users/ada/history").json()["entries"]) == 2,
    )
    export = rig.call("POST", "/v1/users/ada/export", Role.PRIVACY_OFFICER).json()
    assert export["complete"] is True
    assert {entry["request_id"] for entry in export["history"]} == {"r-1", "r-2"}
    wait_until(
        "who looked is kept",
        lambda: (
            "read"
            in {each["action"] for each in rig.call("GET", "/v1/users/ada/audit").json()["entries"]}
        ),
    )

    receipt = rig.call("POST", "/v1/users/ada/erasure", json={"confirm": "ada"}).json()
    assert receipt["keys_destroyed"] >= 1
    wait_until(
        "the erasure is done",
        lambda: rig.call("GET", receipt["status_url"]).json()["state"] == "done",
    )
    assert rig.call("GET", "/v1/users/ada/profile", Role.ANALYST).status_code == 404


def test_many_at_once_get_each_their_own_verdict(rig: ApiRig) -> None:
    users = [f"many-{number}" for number in range(10)]
    for user in users:
        _introduce(rig, user)
    asked = [(user, f"q-{number}") for number in range(8) for user in users]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda each: _decide(rig, *each), asked))
    assert [(each["user_id"], each["request_id"]) for each in answers] == asked


def test_a_subscriber_is_told_signed(rig: ApiRig) -> None:
    from standardwebhooks.webhooks import Webhook

    endpoint = Endpoint()
    endpoint.status = 500
    try:
        body = {"url": endpoint.url, "events": ["decision.send"]}
        made = rig.call("POST", "/v1/webhooks", json=body).json()
        rig.call("POST", f"/v1/webhooks/{made['id']}/test")
        wait_until("it was tried", lambda: bool(endpoint.received))
        endpoint.status = 200
        wait_until("it was tried again", lambda: len(endpoint.received) > 1)
        _introduce(rig, "told")
        _decide(rig, "told", "r-9")

        def of_decisions() -> list[dict[str, object]]:
            secret = Webhook(made["secret"])
            bodies = [secret.verify(sent, headers) for headers, sent in endpoint.received]
            return [each for each in bodies if each["type"] == "decision.send"]

        wait_until("the decision was told", lambda: bool(of_decisions()))
        data = of_decisions()[0]["data"]
        assert isinstance(data, dict)
        assert data["user_id"] == "told"
        ids = [headers["webhook-id"] for headers, _ in endpoint.received[:2]]
        assert ids[0] == ids[1]
    finally:
        endpoint.close()


def test_a_pushed_policy_is_in_force(rig: ApiRig) -> None:
    text = rig.call("GET", "/v1/policy").json()["policy"]
    version = f"pushed-{text['version']}"
    pushed = rig.call("PUT", "/v1/policy", json={**text, "version": version})
    assert pushed.json()["seen"] is True
    _introduce(rig, "pushed")
    decided = _decide(rig, "pushed", "p-1")
    entry = decided["entry"]
    assert isinstance(entry, dict)
    wait_until(
        "the job decides by it",
        lambda: _decide(rig, "pushed", f"p-{id(object())}")["entry"]["policy_version"] == version,  # type: ignore[index]
    )
