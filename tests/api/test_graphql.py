"""GraphQL: the same data, the same scopes, and no way around either."""

from typing import Any

import pytest
from api_world import World
from graphql import get_named_type, is_leaf_type
from strawberry import UNSET

from api.auth import ROLE_SCOPES, SECOND_FACTOR, Role
from api.graphql import schema
from api.graphql.guard import guard_of
from api.graphql.schema import Mutation, Query
from clients.generate import SCHEMA, schema_text

PROFILE = '{ profile(userId: "ada") { userId identifiers timeZone version } }'


def _ask(world: World, query: str, role: str = "admin", **more: Any) -> dict[str, Any]:
    second_factor = more.pop("second_factor", True)
    response = world.call(
        "POST",
        "/graphql",
        role=role,
        second_factor=second_factor,
        json={"query": query, **more},
    )
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _fields() -> list[tuple[str, Any]]:
    return [
        (root.__name__.lower(), field)
        for root in (Query, Mutation)
        for field in root.__strawberry_definition__.fields  # type: ignore[attr-defined]
    ]


# An argument for every one there is, so that a new field is asked too.
_ARGUMENTS = {
    "user_id": '"ada"',
    "type": '"promotion"',
    "request_id": '"r"',
    "decision_id": '"d"',
    "preferences": "{}",
    "consent": "{}",
    "event": "{}",
    "request": "{}",
    "feedback": "{}",
    "events": "[]",
    "profile": "{}",
    "user_ids": '["ada"]',
    "policy": '"channels: 7"',
    "link": "{}",
    # Of no user and of no erasure, so that nobody is erased by being asked about.
    "confirm": '"x"',
    "receipt": '"x"',
}
_OPTIONAL = {"month", "page", "size", "wait_ms", "deadline_ms", "if_match"}


def _question(root: str, field: Any, user: str = "ada") -> str:
    from strawberry.utils.str_converters import to_camel_case

    given = [
        f"{to_camel_case(each.python_name)}: "
        + (f'"{user}"' if each.python_name == "user_id" else _ARGUMENTS[each.python_name])
        for each in field.arguments
        if each.python_name not in _OPTIONAL
    ]
    name = to_camel_case(field.python_name)
    arguments = f"({', '.join(given)})" if given else ""
    operation = "mutation" if root == "mutation" else "query"
    kind = schema._schema.mutation_type if root == "mutation" else schema._schema.query_type
    assert kind is not None
    wanted = "" if is_leaf_type(get_named_type(kind.fields[name].type)) else "{ __typename }"
    return f"{operation} {{ {name}{arguments} {wanted} }}"


def test_every_field_of_the_roots_is_guarded() -> None:
    assert [field.name for _, field in _fields() if guard_of(field) is None] == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_ask_what_its_scopes_say_and_nothing_else(world: World, role: Role) -> None:
    caller = "user:ada" if role is Role.USER else role
    for root, field in _fields():
        guard = guard_of(field)
        assert guard is not None
        for second_factor in (True, False):
            told = _ask(world, _question(root, field), caller, second_factor=second_factor)
            refused = any(each["extensions"]["status"] == 403 for each in told.get("errors", ()))
            allowed = guard.scope in ROLE_SCOPES[role]
            if role is Role.USER:
                allowed = allowed and any(a.python_name == "user_id" for a in field.arguments)
            elif not second_factor:
                allowed = allowed and guard.scope not in SECOND_FACTOR
            assert refused is not allowed, (role, field.python_name, told)


def test_a_person_cannot_ask_about_another(world: World) -> None:
    world.introduce()
    for root, field in _fields():
        told = _ask(world, _question(root, field), "user:bo")
        assert told["errors"][0]["extensions"]["status"] == 403, field.python_name


def test_aliases_are_each_guarded(world: World) -> None:
    world.introduce()
    world.introduce("bo")
    query = '{ a: profile(userId: "ada") { identifiers } b: profile(userId: "bo") { identifiers } }'
    told = _ask(world, query, "user:ada")
    assert told["data"]["a"] == {"identifiers": {"email": "ada@example.org"}}
    assert told["data"]["b"] is None
    assert [error["path"] for error in told["errors"]] == [["b"]]


def test_a_profile_and_its_changes(world: World) -> None:
    world.introduce()
    told = _ask(world, PROFILE)
    assert told["data"]["profile"]["identifiers"] == {"email": "ada@example.org"}
    assert told["data"]["profile"]["version"] > 2**31
    change = (
        'mutation($p: JSON!) { setPreferences(userId: "ada", preferences: $p) { preferences } }'
    )
    changed = _ask(world, change, variables={"p": {"channels": {"sms": False}}})
    assert changed["data"]["setPreferences"]["preferences"] == {"channels": {"sms": False}}


def test_records_are_sent_and_decisions_explained(world: World) -> None:
    world.introduce()
    send = "mutation($r: JSON!) { sendRequest(request: $r) { decisionId } }"
    ask = {"id": "r-1", "user_id": "ada", "type": "security_alert"}
    decision = _ask(world, send, variables={"r": ask})["data"]["sendRequest"]["decisionId"]
    query = (
        "query($d: String!) { decision(decisionId: $d) { verdict reason considered { channel } } "
        'explanation(userId: "ada", requestId: "r-1") { verdict explanation } '
        'history(userId: "ada", size: 1) { entries { requestId } next } }'
    )
    told = _ask(world, query, variables={"d": decision})
    assert told["data"]["decision"]["verdict"] == "send"
    assert told["data"]["history"]["entries"] == [{"requestId": "r-1"}]
    assert told["data"]["explanation"][0]["explanation"]


def test_an_argument_that_is_optional_may_be_left_out() -> None:
    for _, field in _fields():
        for each in field.arguments:
            optional = each.python_name in _OPTIONAL
            assert optional is (each.default is not UNSET), (field.python_name, each.python_name)


def test_a_broken_record_is_told_field_by_field(world: World) -> None:
    send = "mutation($e: JSON!) { sendEvent(event: $e) { id } }"
    told = _ask(world, send, variables={"e": {"user_id": "ada", "name": 7}})
    assert told["errors"][0]["extensions"] == {"code": "invalid", "status": 422, "field": "name"}


def test_what_would_cost_too_much_is_not_begun(world: World) -> None:
    many = "{" + " ".join(f'a{n}: profile(userId: "ada") {{ userId }}' for n in range(20)) + "}"
    long = '{ profile(userId: "ada") {' + " userId" * 3_000 + "} }"
    deep = "{ __schema { types " + "{ fields { type " * 8 + "{ name }" + "} }" * 8 + " } }"
    for query in (many, long, deep):
        told = _ask(world, query)
        assert told["errors"]
        assert not told["data"]


def test_an_error_of_ours_says_nothing_of_what_it_was(world: World) -> None:
    world.knowledge.records["model/x"] = b'{"version": "secret-text", "examples": "nan"}'
    told = _ask(world, "{ models { task } }")
    assert "secret-text" not in str(told)
    assert told["errors"][0]["extensions"]["status"] == 500


def test_a_get_is_not_answered(world: World) -> None:
    response = world.call("GET", "/graphql", role="admin", params={"query": "{ models { task } }"})
    assert response.status_code == 405


def test_the_schema_that_clients_are_made_from_is_this_one() -> None:
    assert SCHEMA.read_text() == schema_text(), "run `make client`"


def test_each_field_of_the_roots_says_what_it_does() -> None:
    assert [field.name for _, field in _fields() if not field.description] == []
