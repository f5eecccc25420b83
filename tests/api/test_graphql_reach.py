"""What REST does, GraphQL does too: under the same scope and limit, or with a reason why not."""

from typing import Any

from api_world import World
from graphql_reach import REACHED, REST_ONLY
from strawberry.utils.str_converters import to_camel_case

from api.auth import Allow
from api.graphql.guard import guard_of as guard_of_field
from api.graphql.schema import Mutation, Query
from api.openapi import guard_of, routes_of


def _fields() -> dict[str, Any]:
    return {
        f"{root.__name__}.{to_camel_case(field.python_name)}": field
        for root in (Query, Mutation)
        for field in root.__strawberry_definition__.fields  # type: ignore[attr-defined]
    }


def _operations(world: World) -> dict[str, Any]:
    return {
        route.operation_id: route
        for route in routes_of(world.app)
        if route.operation_id not in {None, "post_graphql"}
    }


def test_each_operation_has_a_field_or_a_reason(world: World) -> None:
    assert set(_operations(world)) == REACHED.keys() | REST_ONLY.keys()
    assert not REACHED.keys() & REST_ONLY.keys()


def test_each_field_is_that_of_an_operation() -> None:
    assert sorted(_fields()) == sorted(REACHED.values())


def test_a_field_asks_for_the_scope_of_its_operation_and_counts_as_it_does(world: World) -> None:
    fields, operations = _fields(), _operations(world)
    for operation, name in REACHED.items():
        route, field = guard_of(operations[operation]), guard_of_field(fields[name])
        assert isinstance(route, Allow)
        assert field is not None
        assert (field.scope, field.heavy) == (route.scope, route.heavy), operation


def test_a_person_reaches_by_a_field_what_they_reach_by_its_operation(world: World) -> None:
    fields, operations = _fields(), _operations(world)
    for operation, name in REACHED.items():
        names = {each.python_name for each in fields[name].arguments}
        own = "{user_id}" in operations[operation].path
        assert ("user_id" in names) is own, operation
