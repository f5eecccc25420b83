"""What the API answers where a stored record can't be decoded: plainly, and not 503."""

import pytest
from api_fakes import FakeFound
from api_world import World

from connectors.cassandra.unreadable import UnreadableRecordError


@pytest.fixture
def damaged(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    whole = world.profiles.aget

    async def aget(user_id: str, at_least_version: int = 0) -> FakeFound:
        if user_id == "ada":
            raise UnreadableRecordError("DecodeError")
        return await whole(user_id, at_least_version)

    monkeypatch.setattr(world.profiles, "aget", aget)
    return world


def test_a_damaged_profile_is_our_error_and_no_outage(damaged: World) -> None:
    answer = damaged.call("GET", "/v1/users/ada/profile", role="analyst")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:tactful:problem:unreadable"
    assert "Retry-After" not in answer.headers


def test_writes_go_on_so_that_it_can_heal(damaged: World) -> None:
    off = {"types": {"promotion": False}}
    answer = damaged.call("PATCH", "/v1/users/ada/preferences", role="producer", json=off)
    assert answer.status_code == 202
    assert answer.json()["preferences"] == off


def test_one_damaged_profile_spoils_no_audience(damaged: World) -> None:
    asked = {"type": "promotion", "user_ids": ["ada", "bo"]}
    answer = damaged.call("POST", "/v1/audiences/best-time", role="analyst", json=asked)
    assert answer.status_code == 200
    assert answer.json()["unknown"] == ["ada", "bo"]


def test_an_export_without_a_damaged_row_is_not_complete(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = world.profiles.ahistory

    async def ahistory(*args: object, **options: object) -> object:
        page = await whole(*args, **options)  # type: ignore[arg-type]
        page.unreadable = 1
        return page

    monkeypatch.setattr(world.profiles, "ahistory", ahistory)
    answer = world.call("POST", "/v1/users/ada/export", role="privacy_officer")
    assert answer.json()["complete"] is False


def test_an_export_without_a_damaged_audit_record_is_not_complete(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = world.profiles.aaudit

    async def aaudit(*args: object, **options: object) -> object:
        page = await whole(*args, **options)  # type: ignore[arg-type]
        page.unreadable = 1
        return page

    monkeypatch.setattr(world.profiles, "aaudit", aaudit)
    answer = world.call("POST", "/v1/users/ada/export", role="privacy_officer")
    assert answer.json()["complete"] is False
