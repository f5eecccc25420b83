"""The API and its pages on the real stack: from a token to a decision, and from a click to one."""

import logging
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyotp
import pytest
from api_kit import ApiRig, api_on
from browser.kit import launched, open_preferences, page_of, turn_channel
from decide_kit import wait_until

from api.auth.scopes import Role
from deploy.browser import NoBrowserError
from deploy.local.stack import Stack

sys.path.insert(0, str(Path(__file__).parents[1] / "connectors"))
from test_webhook_sending import Endpoint

pytestmark = pytest.mark.e2e
log = logging.getLogger("tactful.tests")


@pytest.fixture(scope="module")
def rig(stack: Stack) -> Iterator[ApiRig]:
    with api_on(stack) as made:
        yield made


def _write_of(rig: ApiRig, user: str) -> None:
    """Write what makes a user reachable."""
    base = f"/v1/users/{user}"
    contact = {"identifiers": {"email": f"{user}@example.org"}, "time_zone": "Europe/Berlin"}
    wait_until(
        "the keys can be had",
        lambda: rig.call("PATCH", f"{base}/profile", json=contact).status_code == 202,
    )
    consent = {"consent": {"marketing": True}}
    assert rig.call("PATCH", f"{base}/consent", json=consent).status_code == 202


def _introduce(rig: ApiRig, user: str) -> None:
    """A user whose profile is kept."""
    _write_of(rig, user)
    wait_until(
        "the profile is kept",
        lambda: rig.call("GET", f"/v1/users/{user}/profile", Role.ANALYST).status_code == 200,
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
    told = "/v1/users/ada/explanations/r-2"
    wait_until(
        "no verdict is at hand any more",
        lambda: rig.call("GET", told, Role.ANALYST).status_code == 404,
    )


def test_graphql_writes_decides_and_reads_through_the_stream(rig: ApiRig) -> None:
    _write_of(rig, "emmy")  # the keys can be had from here on

    def asked(query: str, role: Role, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = rig.call("POST", "/graphql", role, json=body)
        assert answer.status_code == 200, answer.text
        assert not answer.json().get("errors"), answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    asked(
        'mutation ($profile: JSON!) { updateProfile(userId: "emmy", profile: $profile) { id } }',
        Role.PRODUCER,
        profile={"identifiers": {"push_token": "t-emmy"}},
    )
    events = [
        {"id": f"e{i}", "user_id": "emmy", "name": "app_open", "at_ms": int(time.time() * 1000)}
        for i in range(3)
    ]
    sent = asked(
        "mutation ($events: [JSON!]!) { sendEvents(events: $events) { accepted { id } } }",
        Role.PRODUCER,
        events=events,
    )
    assert [each["id"] for each in sent["sendEvents"]["accepted"]] == ["e0", "e1", "e2"]
    decided = asked(
        "mutation ($request: JSON!) { decide(request: $request, deadlineMs: 30000) "
        "{ userId requestId verdict channel } }",
        Role.PRODUCER,
        request={
            "id": "g-1",
            "user_id": "emmy",
            "type": "security_alert",
            "priority": "critical",
            "channels": ["email"],
        },
    )["decide"]
    expected = {"userId": "emmy", "requestId": "g-1", "verdict": "send", "channel": "email"}
    assert decided == expected
    told = asked(
        '{ explanation(userId: "emmy", requestId: "g-1") { verdict } '
        'profile(userId: "emmy") { activity } }',
        Role.ANALYST,
    )
    assert told["explanation"][-1] == {"verdict": "send"}


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


def _greet(rig: ApiRig, user: str) -> None:
    """A user whom the job knows, whether their profile is kept yet or not."""
    _write_of(rig, user)
    wait_until("the address is known", lambda: _decided(rig, user).get("channel") == "email")


def _decided(rig: ApiRig, user: str, **asked: Any) -> dict[str, Any]:
    # Critical unless said otherwise: neither hour, cap nor preference has a say then.
    request = {"user_id": user, "type": "security_alert", "priority": "critical", **asked}
    body = {"request": request, "deadline_ms": 30_000}
    answer = rig.call("POST", "/v1/decisions", Role.PRODUCER, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _as_user(rig: ApiRig, user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {rig.user_token(user)}"}


def _save(rig: ApiRig, user: str, wanted: dict[str, Any], of: str | None = None) -> int:
    path = f"/v1/users/{of or user}/preferences"
    return rig.http.patch(path, json=wanted, headers=_as_user(rig, user)).status_code


def _await_reason(rig: ApiRig, user: str, reason: str, **asked: Any) -> None:
    """Requests and preferences are in two topics, without a common order."""

    def obeyed() -> bool:
        found = _decided(rig, user, **asked)
        return (found["verdict"], found["reason"]) == ("suppress", reason)

    wait_until(f"it is suppressed for {reason}", obeyed, timeout_s=30)


def test_a_channel_that_the_user_switches_off_is_not_used_any_more(rig: ApiRig) -> None:
    _greet(rig, "ada")
    assert _save(rig, "ada", {"channels": {"email": False}}) == 202
    _await_reason(
        rig, "ada", "preference_channel", type="promotion", priority="normal", channels=["email"]
    )


def test_a_type_that_the_user_switches_off_is_not_sent_until_it_is_on_again(rig: ApiRig) -> None:
    _greet(rig, "bo")
    assert _save(rig, "bo", {"types": {"promotion": False}}) == 202
    promotion = {"type": "promotion", "priority": "normal"}
    _await_reason(rig, "bo", "preference_type", **promotion)
    assert _save(rig, "bo", {"types": {"promotion": True}}) == 202
    wait_until(
        "it is on again",
        lambda: _decided(rig, "bo", **promotion)["reason"] != "preference_type",
    )


def test_a_user_reads_at_once_what_was_saved_and_changes_nobody_else(rig: ApiRig) -> None:
    _greet(rig, "cy")
    assert _save(rig, "cy", {"channels": {"sms": False}}) == 202
    seen = rig.http.get("/v1/users/cy/preferences", headers=_as_user(rig, "cy")).json()
    assert seen["preferences"]["channels"] == {"sms": False}
    assert _save(rig, "cy", {"channels": {"sms": False}}, of="bo") in {403, 404}


def test_a_switch_turned_on_the_page_is_obeyed_by_the_next_decision(rig: ApiRig) -> None:
    _greet(rig, "dee")
    made = rig.call("POST", "/v1/users/dee/links", Role.PRODUCER, json={"purpose": "preferences"})
    assert made.status_code == 201, made.text
    mail = {"type": "promotion", "priority": "normal", "channels": ["email"]}
    took_ms = []
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(launched())
        except NoBrowserError as error:
            pytest.skip(str(error))
        page = stack.enter_context(page_of(browser, str(rig.http.base_url)))
        open_preferences(page, made.json()["url"])
        for _ in range(3):
            started_s = time.monotonic()
            turn_channel(page, "email", on=False)
            _await_reason(rig, "dee", "preference_channel", **mail)
            took_ms.append(round((time.monotonic() - started_s) * 1000))
            turn_channel(page, "email", on=True)
            wait_until(
                "it is on again",
                lambda: _decided(rig, "dee", **mail)["reason"] != "preference_channel",
            )
    # Told, but how long it takes is no matter of passing.
    log.info("from a click to a decision that obeys it: %s ms", took_ms)


def test_the_console_shows_what_is_decided_and_how_far_the_jobs_are_behind(rig: ApiRig) -> None:
    made = rig.running.clients.add("console", [Role.ADMIN])
    assert made.totp_uri is not None
    totp = pyotp.parse_uri(made.totp_uri)
    assert isinstance(totp, pyotp.TOTP)
    form = {"client_id": made.id, "client_secret": made.secret, "totp": totp.now()}
    signed_in = rig.http.post("/console/login", data=form)
    assert signed_in.status_code in {200, 303}, signed_in.text
    try:
        _greet(rig, "eve")
        found = rig.http.get("/console/overview/now").json()
        assert found["tiles"]["sent"] >= 1
        assert {each["part"] for each in found["health"]} >= {"kafka", "cassandra", "redis"}
        assert all(each["trouble"] is None for each in found["health"])
        wait_until(
            "the jobs' lags are known",
            lambda: (
                {each["job"] for each in rig.http.get("/console/overview/now").json()["lags"]}
                >= {"Decide job", "Profile sink", "History sink"}
            ),
        )
        event = {"user_id": "eve", "name": "looked_around"}
        assert rig.call("POST", "/v1/events", Role.PRODUCER, json=event).status_code == 202
        for seen in ("security_alert", "looked_around"):
            wait_until(
                f"the timeline has {seen}",
                lambda seen=seen: (  # type: ignore[misc]
                    seen in rig.http.get("/console/user", params={"id": "eve"}).text
                ),
            )
    finally:
        rig.http.cookies.clear()
