"""GraphQL documents that ask for much, or of which a part fails."""

import asyncio
from typing import Any

import msgspec
import pytest
from api_fakes import FakeFound
from api_world import World
from graph_asking import ask, fault

from schemas.codec import encode
from tactful.records import ProfileUpdate, RecordKind

USERS = [f"u{n}" for n in range(120)]


def _codes(told: dict[str, Any]) -> list[str]:
    return [each["extensions"]["code"] for each in told.get("errors", ())]


def test_what_was_done_is_told_beside_what_failed(world: World) -> None:
    world.introduce()
    told = ask(
        world,
        'mutation { gone: requestErasure(userId: "ada", confirm: "ada") { receipt } '
        "broken: sendEvent(event: {}) { id } "
        'last: sendEvent(event: {user_id: "bo", name: "app_open"}) { id } }',
    )
    assert told["data"]["gone"]["receipt"]
    assert told["data"]["broken"] is None
    assert told["data"]["last"]["id"]
    assert [each["path"] for each in told["errors"]] == [["broken"]]


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_no_json_holds_takes_nothing_back(world: World, number: str) -> None:
    before = len(world.written)
    change = 'mutation { updateProfile(userId: "ada", profile: {attributes: {n: N}}) { id } }'
    for said in (number, f"{{deep: [1, {number}]}}"):
        assert fault(ask(world, change.replace("N}", f"{said}}}")))["status"] == 400
    assert len(world.written) == before
    ask(world, change.replace("N}", "1.5}"))
    word, _, value = world.written[-1]
    assert word == RecordKind.PROFILE_UPDATE
    assert msgspec.json.decode(value or b"", type=ProfileUpdate).attributes == {"n": 1.5}


def test_each_field_counts_as_a_request() -> None:
    world = World(rate_limit="4/minute")
    several = " ".join(f'a{n}: consent(userId: "u{n}") {{ version }}' for n in range(3))
    assert _codes(ask(world, f"{{ {several} }}")) == []
    several = " ".join(f'a{n}: bestTime(userId: "u{n}", type: "tip") {{ type }}' for n in range(3))
    told = ask(world, f"{{ {several} }}")
    world.close()
    assert _codes(told) == 2 * ["rate-limited"]


def test_a_document_of_one_field_counts_once() -> None:
    world = World(rate_limit="2/minute")
    for _ in range(2):
        assert _codes(ask(world, '{ consent(userId: "ada") { version } }')) == []
    world.close()


@pytest.mark.parametrize("field", ["history", "audit"])
@pytest.mark.parametrize("month", ["", "2026-13", "2026-1", "11-2026", "2026-11\n"])
def test_a_month_is_refused_as_by_rest(world: World, field: str, month: str) -> None:
    query = f'query($m: String) {{ {field}(userId: "ada", month: $m) {{ next }} }}'
    told = fault(ask(world, query, m=month))
    assert (told["code"], told["errors"][0]["field"]) == ("invalid", "month")
    shown = world.call("GET", f"/v1/users/ada/{field}", role="admin", params={"month": month})
    assert shown.status_code == 422


def test_costly_fields_of_a_document_are_worked_on_one_after_another(world: World) -> None:
    working: list[int] = []
    most = 0

    async def preview(_policy: bytes) -> dict[str, Any]:
        nonlocal most
        working.append(1)
        most = max(most, len(working))
        await asyncio.sleep(0.01)
        working.pop()
        return {}

    world.services.extras["preview"] = preview
    text = world.call(
        "GET", "/v1/policy", role="policy_admin", headers={"Accept": "application/yaml"}
    ).text
    several = " ".join(f"a{n}: previewPolicy(policy: $p)" for n in range(4))
    told = ask(world, f"query($p: JSON!) {{ {several} }}", "policy_admin", p=text)
    assert told["data"] == {f"a{n}": {} for n in range(4)}
    assert most == 1


def test_others_have_their_turn_while_a_long_list_is_answered(world: World) -> None:
    world.introduce()
    row = world.profiles.rows["ada"]
    assert row.snapshot is not None
    for user in USERS:
        own = msgspec.structs.replace(row.snapshot, user_id=user)
        world.profiles.rows[user] = FakeFound(row.version, encode(own))
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    def counted(wanted: str) -> int:
        nonlocal turns
        turns = 0
        query = (
            "query($u: [String!]!) { "
            f'audienceBestTime(type: "promotion", userIds: $u) {{ {wanted} }} }}'
        )
        task = world.runner.get_loop().create_task(another())
        told = ask(world, query, u=USERS)
        task.cancel()
        assert "errors" not in told
        return turns

    short = counted("type")
    long = counted("users { userId } again: users { userId }")
    assert long >= short + len(USERS) // 20
