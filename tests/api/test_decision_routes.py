"""Decisions asked for and awaited: the right one, by the right user, within the deadline or not."""

import asyncio

import msgspec
import pytest
from api_world import World

from api.routes.decisions import decide
from tactful.ids import decision_id
from tactful.records import LedgerEntry, Request

ASK = {"user_id": "ada", "type": "security_alert"}


def _ask(world: World, name: str, **more: object) -> object:
    return world.call(
        "POST",
        "/v1/decisions",
        role="producer",
        json={"request": {**ASK, "id": name}, **more},
    )


def test_a_verdict_comes_back_with_its_why(world: World) -> None:
    world.introduce()
    response = world.call(
        "POST", "/v1/decisions", role="producer", json={"request": {**ASK, "id": "r-1"}}
    )
    assert response.status_code == 200, response.text
    told = response.json()
    assert (told["request_id"], told["user_id"]) == ("r-1", "ada")
    assert told["verdict"] == "send"
    assert told["channel"] == "email"
    assert told["explanation"] == told["entry"]["explanation"]
    assert world.ledger.waiting == 0


def test_past_the_deadline_it_is_told_where_to_look_later(world: World) -> None:
    world.introduce()
    world.job_away = True
    body = {"request": {**ASK, "id": "r-1"}, "deadline_ms": 60}
    response = world.call("POST", "/v1/decisions", role="producer", json=body)
    assert response.status_code == 504
    problem = response.json()
    assert problem["decision_id"] == decision_id("ada", "r-1")
    assert problem["status_url"] == response.headers["Location"]
    assert world.ledger.waiting == 0
    assert world.call("GET", problem["status_url"], role="producer").status_code == 404
    # the job comes back and decides it
    word, key, value = world.written[-1]
    world.job_away = False
    world._decide(word, key, value, 0)
    later = world.call("GET", problem["status_url"], role="producer").json()
    assert later["request_id"] == "r-1"


def test_a_request_that_kafka_did_not_confirm_is_not_said_to_wait_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.introduce()

    async def hang(*_: object) -> None:
        await asyncio.sleep(5)

    monkeypatch.setattr(world.services.writer, "write", hang)
    body = {"request": {**ASK, "id": "r-1"}, "deadline_ms": 60}
    response = world.call("POST", "/v1/decisions", role="producer", json=body)
    assert response.status_code == 503
    assert response.json()["type"].endswith(":unavailable")
    assert "Retry-After" in response.headers
    assert world.ledger.waiting == 0


def test_the_same_id_again_gets_the_same_verdict(world: World) -> None:
    world.introduce()
    body = {"request": {**ASK, "id": "r-1"}, "deadline_ms": 60}
    first = world.call("POST", "/v1/decisions", role="producer", json=body)
    again = world.call("POST", "/v1/decisions", role="producer", json=body)
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    # also when the tail has forgotten it, as the history has not
    world.ledger.__init__(100)  # type: ignore[misc]
    from_history = world.call("POST", "/v1/decisions", role="producer", json=body)
    assert from_history.json() == first.json()


def test_many_at_once_each_get_their_own(world: World) -> None:
    users = [f"u{n}" for n in range(40)]
    for user in users:
        world.introduce(user)

    async def ask(user: str, number: int) -> LedgerEntry | None:
        # the same request id for all users: only the pair tells them apart
        asked = Request(f"r-{number}", user, "security_alert", world.now_ms)
        return await decide(world.services, asked, msgspec.json.encode(asked), 2_000)

    async def all_of_them() -> list[LedgerEntry | None]:
        return await asyncio.gather(*(ask(user, n) for user in users for n in range(3)))

    answers = world.runner.run(all_of_them())
    wanted = [(user, f"r-{n}") for user in users for n in range(3)]
    assert [(a.user_id, a.request_id) for a in answers if a is not None] == wanted


def test_a_bad_deadline_or_no_request_is_refused(world: World) -> None:
    for body in (
        {},
        {"request": 7},
        {"request": ASK, "deadline_ms": 1},
        {"request": ASK, "deadline_ms": True},
    ):
        response = world.call("POST", "/v1/decisions", role="producer", json=body)
        assert response.status_code == 422
    assert world.written == []


def test_while_kafka_is_away_nothing_is_left_waiting(world: World) -> None:
    world.kafka_away = True
    body = {"request": {**ASK, "id": "r-1"}, "deadline_ms": 60}
    response = world.call("POST", "/v1/decisions", role="producer", json=body)
    assert response.status_code == 503
    assert world.ledger.waiting == 0


def test_a_reader_who_may_not_see_decisions_sees_none(world: World) -> None:
    world.introduce()
    _ask(world, "r-1")
    path = f"/v1/decisions/{decision_id('ada', 'r-1')}"
    assert world.call("GET", path, role="provider").status_code == 200
    assert world.call("GET", path, role="user:ada").status_code == 403
    assert world.call("GET", path, role="privacy_officer").status_code == 403


def test_a_verdict_that_is_told_is_recorded_once_and_so_is_its_repetition(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    asked = {"request": {"id": "r-1", "user_id": "ada", "type": "security_alert"}}
    headers = {"Idempotency-Key": "k-1"}
    for _ in range(2):
        told = world.call("POST", "/v1/decisions", role="producer", json=asked, headers=headers)
        assert told.status_code == 200
    assert told.headers["Idempotent-Replayed"] == "true"
    assert [
        (each.actor, each.user_id, each.action, each.fields, each.subject_id, each.via)
        for each in world.audit.records
    ] == 2 * [
        (
            "client:a-producer",
            "ada",
            "read",
            ["ledger"],
            told.json()["decision_id"],
            "POST /v1/decisions",
        )
    ]


def test_a_verdict_that_cannot_be_recorded_is_not_asked_for(world: World) -> None:
    world.introduce()
    world.audit.away = True
    before = len(world.written)
    asked = {"request": {"id": "r-1", "user_id": "ada", "type": "security_alert"}}
    assert world.call("POST", "/v1/decisions", role="producer", json=asked).status_code == 503
    assert len(world.written) == before
