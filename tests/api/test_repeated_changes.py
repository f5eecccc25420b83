"""An Idempotency-Key on changes of a profile: no change is done twice, and none is lost."""

from typing import Any

import httpx
import msgspec
import pytest
from api_world import World

from tactful.records import ProfileUpdate, RecordKind

CHANGES = [
    ("PATCH", "/v1/users/ada/profile", {"attributes": {"n": 1}}, {"attributes": {"n": 2}}),
    ("PATCH", "/v1/users/ada/preferences", {"channels": {"sms": True}}, {"channels": {}}),
    ("PATCH", "/v1/users/ada/consent", *({"consent": {"marketing": it}} for it in (True, False))),
    ("PUT", "/v1/users/ada/consent", *({"consent": {"marketing": it}} for it in (True, False))),
]


def _sent(world: World, method: str, path: str, body: Any, key: str = "k-1") -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return world.call(method, path, role="user:ada", json=body, headers=headers)


def _updates(world: World) -> list[ProfileUpdate]:
    return [
        msgspec.json.decode(value or b"", type=ProfileUpdate)
        for word, _, value in world.written
        if word == RecordKind.PROFILE_UPDATE
    ]


@pytest.mark.parametrize(("method", "path", "body", "other"), CHANGES)
def test_the_same_change_again_is_done_once_and_another_is_refused(
    world: World, method: str, path: str, body: Any, other: Any
) -> None:
    first = _sent(world, method, path, body)
    again = _sent(world, method, path, body)
    assert first.status_code == again.status_code == 202
    # The version tells which profile the answer is from, and that may have come meanwhile.
    assert {**again.json(), "version": 0} == {**first.json(), "version": 0}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(_updates(world)) == 1
    refused = _sent(world, method, path, other)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("idempotency-mismatch")
    assert len(_updates(world)) == 1


@pytest.mark.parametrize(("method", "path", "body", "other"), CHANGES)
def test_without_redis_another_change_with_the_same_key_is_not_lost(
    world: World, method: str, path: str, body: Any, other: Any
) -> None:
    world.shared.away = True
    ids = []
    for each in (body, body, other):
        assert _sent(world, method, path, each).status_code == 202
        ids.append(_updates(world)[-1].id)
    assert ids[0] == ids[1] != ids[2]


def test_without_redis_the_refusal_of_a_consent_holds(world: World) -> None:
    world.introduce()
    world.shared.away = True
    for allowed in (True, False):
        _sent(world, "PATCH", "/v1/users/ada/consent", {"consent": {"marketing": allowed}})
    world.now_ms += 10_000
    world.nudge("ada")
    seen = world.call("GET", "/v1/users/ada/consent", role="analyst").json()
    assert seen["consent"] == {"marketing": False}


def test_setting_and_changing_consent_with_one_key_are_two_records(world: World) -> None:
    world.shared.away = True
    for method in ("PUT", "PATCH"):
        _sent(world, method, "/v1/users/ada/consent", {"consent": {"marketing": False}})
    assert len({each.id for each in _updates(world)}) == 2


def test_setting_consent_again_makes_the_same_record_whatever_held_before(world: World) -> None:
    world.introduce()
    world.shared.away = True
    said = {"consent": {"transactional": True}}
    for _ in range(2):
        assert _sent(world, "PUT", "/v1/users/ada/consent", said).status_code == 202
        world.now_ms += 10_000
        world.nudge("ada")
    assert len({each.id for each in _updates(world)[-2:]}) == 1


def test_an_erasure_asked_for_again_gives_the_same_receipt(world: World) -> None:
    world.introduce()
    before = len(_updates(world))
    path, body = "/v1/users/ada/erasure", {"confirm": "ada"}
    first = _sent(world, "POST", path, body)
    again = _sent(world, "POST", path, body)
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert len(_updates(world)) == before + 1


def test_what_a_user_wants_is_not_kept_with_the_key(world: World) -> None:
    wanted = {"types": {"promotion": False}}
    _sent(world, "PATCH", "/v1/users/ada/preferences", wanted)
    kept = [value for key, (_, value) in world.shared._values.items() if key.startswith("idem:")]
    assert len(kept) == 1
    assert b"promotion" not in kept[0]


def test_a_repetition_that_shows_preferences_is_recorded(world: World) -> None:
    wanted = {"types": {"promotion": False}}
    for _ in range(2):
        _sent(world, "PATCH", "/v1/users/ada/preferences", wanted)
    assert [each.action for each in world.audit.records] == ["change", "read"]


@pytest.mark.parametrize("away", [False, True])
def test_fields_of_one_graphql_document_are_records_of_their_own(world: World, away: bool) -> None:
    world.shared.away = away
    query = """mutation {
      one: setConsent(userId: "ada", consent: {marketing: true}) { consent }
      two: setConsent(userId: "ada", consent: {marketing: true}) { consent }
      three: setConsent(userId: "ada", consent: {marketing: false}) { consent }
      four: setConsent(userId: "bo", consent: {marketing: false}) { consent }
    }"""
    headers = {"Idempotency-Key": "k-1"}
    for _ in range(2):
        told = world.call(
            "POST", "/graphql", role="producer", json={"query": query}, headers=headers
        )
        assert "errors" not in told.json()
    ids = [each.id for each in _updates(world)]
    assert len(ids) == (8 if away else 4)
    assert ids[:4] == ids[-4:]
    assert len(set(ids)) == 4
