"""A preference that a user saves, by the API or in a browser, blocks what is decided afterwards."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from api_kit import ApiRig, api_on
from browser.kit import launched, open_preferences, page_of, turn_channel
from decide_kit import wait_until

from api.auth.scopes import Role
from deploy.browser import NoBrowserError
from deploy.local.stack import Stack

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
    _introduce(rig, "ada")
    assert _save(rig, "ada", {"channels": {"email": False}}) == 202
    _await_reason(
        rig, "ada", "preference_channel", type="promotion", priority="normal", channels=["email"]
    )


def test_a_type_that_the_user_switches_off_is_not_sent_until_it_is_on_again(rig: ApiRig) -> None:
    _introduce(rig, "bo")
    assert _save(rig, "bo", {"types": {"promotion": False}}) == 202
    promotion = {"type": "promotion", "priority": "normal"}
    _await_reason(rig, "bo", "preference_type", **promotion)
    assert _save(rig, "bo", {"types": {"promotion": True}}) == 202
    wait_until(
        "it is on again",
        lambda: _decided(rig, "bo", **promotion)["reason"] != "preference_type",
    )


def test_a_user_reads_at_once_what_was_saved_and_changes_nobody_else(rig: ApiRig) -> None:
    _introduce(rig, "cy")
    assert _save(rig, "cy", {"channels": {"sms": False}}) == 202
    seen = rig.http.get("/v1/users/cy/preferences", headers=_as_user(rig, "cy")).json()
    assert seen["preferences"]["channels"] == {"sms": False}
    assert _save(rig, "cy", {"channels": {"sms": False}}, of="bo") in {403, 404}


def test_a_switch_turned_on_the_page_is_obeyed_by_the_next_decision(
    rig: ApiRig, record_property: Any
) -> None:
    _introduce(rig, "dee")
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
    # For the report (--junitxml); how long it takes is no matter of passing.
    record_property("page_to_decision_ms", took_ms)
