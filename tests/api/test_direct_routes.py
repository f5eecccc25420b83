"""Routes that are called directly answer as FastAPI would have them answer."""

import pytest
from api_world import World

from api.direct import DirectRoute
from api.openapi import routes_of

HOT = {"get_profile", "post_decision", "post_event", "patch_preferences"}


def test_the_operations_that_are_asked_most_are_called_directly(world: World) -> None:
    direct = {
        route.operation_id
        for route in routes_of(world.app)
        if isinstance(route, DirectRoute) and route.direct
    }
    assert direct >= HOT


def test_an_operation_with_a_query_goes_the_usual_way(world: World) -> None:
    usual = {
        route.operation_id
        for route in routes_of(world.app)
        if isinstance(route, DirectRoute) and not route.direct
    }
    assert {"get_decision", "get_history"} <= usual


@pytest.mark.parametrize("length", [256, 257])
def test_a_path_beyond_its_bounds_is_refused_by_field(world: World, length: int) -> None:
    response = world.call("GET", f"/v1/users/{'a' * length}/profile", role="analyst")
    if length == 256:
        assert response.status_code == 404
        return
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert fault["field"] == "user_id"
    assert "256" in fault["allowed"]
    assert world.audit.records == []


def test_who_may_not_call_is_told_so_before_what_is_wrong_with_the_path(world: World) -> None:
    path = f"/v1/users/{'a' * 257}/profile"
    assert world.call("GET", path).status_code == 401
    assert world.call("GET", path, role="provider").status_code == 403


def test_another_method_is_not_allowed_and_another_path_not_found(world: World) -> None:
    refused = world.call("DELETE", "/v1/decisions", role="admin")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert world.call("GET", "/v1/decision", role="admin").status_code == 404
