"""What the OpenAPI document shows is what its schemas allow, and what the programs send."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from api_world import NOW_MS, World
from builders import a_ledger_entry
from jsonschema import Draft202012Validator

from clients.generate import document
from connectors.webhooks.events import Told, of_entry, of_update, trial
from connectors.webhooks.subscriptions import EventType
from tactful.records import Preferences, ProfileUpdate, Verdict

DOCUMENT: dict[str, Any] = json.loads(document())
JSON = "application/json"
WITHOUT_BODY = {("post", "/v1/webhooks/{webhook_id}/test"), ("delete", "/v1/webhooks/{webhook_id}")}


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [f"{e.json_path}: {e.message}" for e in Draft202012Validator(whole).iter_errors(value)]


def answer_schema(method: str, path: str) -> dict[str, Any]:
    answer = DOCUMENT["paths"][path][method]["responses"]["200"]
    schema: dict[str, Any] = answer["content"][JSON]["schema"]
    return schema


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


ANSWERS = [
    pytest.param(content[JSON], id=f"{method} {path} {status}")
    for method, path, operation in operations()
    for status, answer in operation["responses"].items()
    if JSON in (content := answer.get("content", {}))
]
BODIES = [
    pytest.param(content, id=f"{method} {path} {kind}")
    for method, path, operation in operations()
    for kind, content in operation.get("requestBody", {}).get("content", {}).items()
]


@pytest.mark.parametrize("content", ANSWERS)
def test_each_answer_has_an_example_that_its_schema_allows(content: dict[str, Any]) -> None:
    assert content["schema"], "the answer has a schema"
    assert faults(content["schema"], content["example"]) == []


@pytest.mark.parametrize("content", BODIES)
def test_each_body_has_an_example_that_its_schema_allows(content: dict[str, Any]) -> None:
    assert faults(content["schema"], content["example"]) == []


def test_each_operation_says_what_it_answers() -> None:
    silent = {
        (method, path)
        for method, path, operation in operations()
        if not any(
            answer.get("content")
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        )
    }
    assert silent == WITHOUT_BODY


EVENTS = [
    *(of_entry(a_ledger_entry(NOW_MS, verdict)) for verdict in Verdict),
    *of_update(
        ProfileUpdate(
            "u-1",
            "ada",
            NOW_MS,
            preferences=Preferences(types={"promotion": False, "tip": None}),
            consent={"marketing": None},
        )
    ),
    trial(NOW_MS, "mark"),
]


def test_each_event_is_in_the_document() -> None:
    kinds = {str(kind) for kind in EventType if kind is not EventType.DECISION}
    assert set(DOCUMENT["webhooks"]) == kinds == {str(told.type) for told in EVENTS}


@pytest.mark.parametrize("told", EVENTS, ids=lambda told: str(told.type))
def test_what_a_webhook_gets_is_what_its_schema_allows(told: Told) -> None:
    operation = DOCUMENT["webhooks"][str(told.type)]["post"]
    content = operation["requestBody"]["content"][JSON]
    assert faults(content["schema"], msgspec.json.decode(told.body)) == []
    assert faults(content["schema"], content["example"]) == []
    assert content["example"]["type"] == told.type
    assert faults(content["schema"], {**content["example"], "data": {}}), "an empty one is not"


@pytest.mark.parametrize("path", ["/healthz", "/.well-known/jwks.json"])
def test_what_is_answered_is_what_the_schema_allows(world: World, path: str) -> None:
    answer = world.call("GET", path, role="admin")
    assert answer.status_code == 200, answer.text
    assert answer.json()
    assert faults(answer_schema("get", path), answer.json()) == []


def test_a_preview_is_what_its_schema_allows(world: World) -> None:
    world.introduce()
    ask = {"id": "r-1", "user_id": "ada", "type": "promotion"}
    assert world.call("POST", "/v1/requests", role="producer", json=ask).status_code == 202
    path = DOCUMENT["paths"]["/v1/policy/preview"]["post"]
    policy = path["requestBody"]["content"][JSON]["example"]
    answer = world.call("POST", "/v1/policy/preview", role="analyst", json=policy)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert faults(answer_schema("post", "/v1/policy/preview"), told) == []
    assert told["after"]["version"] == "mine-1"
    assert (told["users"], told["requests"], told["requests_changed"]) == (1, 1, 1)
    assert told["after"]["reasons"] == [{"of": "suppress", "to": "unknown_type", "count": 1}]
    assert told["examples"][0]["request_id"] == "r-1"
    before = {verdict["of"] for verdict in told["before"]["reasons"]}
    assert before & {"send", "hold"}, "under the policy in force it is not suppressed"
    again = world.call("GET", "/v1/policy", role="analyst").json()
    assert again["version"] != "mine-1", "a preview pushes nothing"


def test_a_preview_of_what_is_no_policy_is_refused(world: World) -> None:
    answer = world.call("POST", "/v1/policy/preview", role="analyst", json={"version": "x"})
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} >= {"types"}
