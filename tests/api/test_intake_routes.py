"""Records in: what is written to Kafka, what is refused and why, and that nothing counts twice."""

import msgspec
import pytest
from api_world import NOW_MS, World

from tactful.records import Event, RecordKind


def test_an_event_is_written_with_an_id_and_a_time_where_it_had_none(world: World) -> None:
    response = world.call(
        "POST", "/v1/events", role="producer", json={"user_id": "ada", "name": "app_open"}
    )
    assert response.status_code == 202
    accepted = response.json()
    (word, key, value) = world.written[0]
    assert (word, key) == (RecordKind.EVENT, "ada")
    event = msgspec.json.decode(value or b"", type=Event)
    assert (event.id, event.at_ms) == (accepted["id"], NOW_MS)


def test_a_broken_field_is_named_with_what_was_found_and_what_is_allowed(world: World) -> None:
    response = world.call("POST", "/v1/events", role="producer", json={"user_id": "ada", "name": 7})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:tactful:problem:invalid"
    (error,) = problem["errors"]
    assert error["field"] == "name"
    assert "7" in error["found"]
    assert world.written == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "application/json", 400),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    world: World, content: bytes, media_type: str, status: int
) -> None:
    response = world.call(
        "POST",
        "/v1/events",
        role="producer",
        content=content,
        headers={"content-type": media_type},
    )
    assert response.status_code == status
    assert world.written == []


def test_of_a_bulk_the_good_ones_are_written_and_the_others_told(world: World) -> None:
    events = [
        {"user_id": "ada", "name": "a"},
        {"user_id": "ada"},
        7,
        {"user_id": "bo", "name": "b"},
    ]
    response = world.call("POST", "/v1/events/bulk", role="producer", json={"events": events})
    assert response.status_code == 202
    told = response.json()
    assert [each["user_id"] for each in told["accepted"]] == ["ada", "bo"]
    assert [(each["index"], each.get("field")) for each in told["refused"]] == [
        (1, "name"),
        (2, None),
    ]
    assert [key for _, key, _ in world.written] == ["ada", "bo"]


def test_the_same_key_again_gets_the_same_answer_and_writes_nothing(world: World) -> None:
    body = {"user_id": "ada", "name": "app_open"}
    headers = {"Idempotency-Key": "k-1"}
    first = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    again = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(world.written) == 1
    other = world.call(
        "POST", "/v1/events", role="producer", json={**body, "name": "x"}, headers=headers
    )
    assert other.status_code == 422
    assert other.json()["type"].endswith("idempotency-mismatch")


def test_keys_of_two_clients_are_two_keys(world: World) -> None:
    body = {"user_id": "ada", "name": "app_open"}
    headers = {"Idempotency-Key": "k-1"}
    one = world.token("producer", sub="one")
    two = world.token("producer", sub="two")
    first = world.call("POST", "/v1/events", token=one, json=body, headers=headers)
    second = world.call("POST", "/v1/events", token=two, json=body, headers=headers)
    assert first.json()["id"] != second.json()["id"]
    assert len(world.written) == 2


def test_without_redis_a_repeated_request_makes_the_same_record(world: World) -> None:
    world.shared.away = True
    body = {"user_id": "ada", "name": "app_open"}
    headers = {"Idempotency-Key": "k-1"}
    first = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    again = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]


def test_while_kafka_is_away_a_write_is_refused_with_when_to_come_back(world: World) -> None:
    world.kafka_away = True
    body = {"user_id": "ada", "name": "app_open"}
    headers = {"Idempotency-Key": "k-1"}
    response = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    world.kafka_away = False
    again = world.call("POST", "/v1/events", role="producer", json=body, headers=headers)
    assert again.status_code == 202


def test_a_request_tells_its_decision_id(world: World) -> None:
    world.introduce()
    response = world.call(
        "POST",
        "/v1/requests",
        role="producer",
        json={"id": "r-1", "user_id": "ada", "type": "security_alert"},
    )
    assert response.status_code == 202
    entry = world.ledger.decision(response.json()["decision_id"])
    assert entry is not None
    assert entry.request_id == "r-1"


def test_feedback_is_for_providers_alone(world: World) -> None:
    body = {"user_id": "ada", "decision_id": "d", "channel": "email", "outcome": "opened"}
    assert world.call("POST", "/v1/feedback", role="provider", json=body).status_code == 202
    assert world.call("POST", "/v1/feedback", role="producer", json=body).status_code == 403
