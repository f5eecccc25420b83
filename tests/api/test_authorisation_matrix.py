"""Each role against each operation, made from the route table: a new route can't be forgotten."""

import re
from collections.abc import Iterator

import pytest
from api_world import World
from fastapi.routing import APIRoute

from api.auth import ROLE_SCOPES, SECOND_FACTOR, USER_SCOPES, Allow, Own, Public, Role
from api.openapi import guard_of, routes_of

CLIENTS = [role for role in Role if role is not Role.USER]


@pytest.fixture(scope="module")
def made() -> Iterator[World]:
    world = World(rate_limit="100000/second", rate_limit_heavy="100000/second")
    yield world
    world.close()


def _operations(world: World) -> list[tuple[str, APIRoute]]:
    return [
        (method, route)
        for route in routes_of(world.app)
        for method in sorted(route.methods)
        if isinstance(guard_of(route), Allow)
    ]


def _path(route: APIRoute, user: str = "ada") -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: user if m[1] == "user_id" else "x", route.path)


def _refused(world: World, method: str, path: str, role: str, *, second_factor: bool) -> bool:
    # Without a body: whoever is let in gets as far as 415 or 422, and nothing is done.
    response = world.call(method, path, role=role, second_factor=second_factor)
    assert response.status_code != 401, response.text
    return response.status_code == 403


def test_every_route_says_who_may_call_it(made: World) -> None:
    silent = [route.path for route in routes_of(made.app) if guard_of(route) is None]
    assert silent == []


def test_public_routes_are_few_and_say_why(made: World) -> None:
    public = {
        route.path: guard.why
        for route in routes_of(made.app)
        if isinstance(guard := guard_of(route), Public)
    }
    assert all(public.values())
    outside_pages = {path for path in public if not path.startswith(("/preferences", "/console"))}
    assert outside_pages <= {
        "/healthz",
        "/openapi.json",
        "/v1/oauth/token",
        "/.well-known/jwks.json",
        "/static/{version}/{name:path}",
    }


def test_without_a_token_nothing_is_done(made: World) -> None:
    for method, route in _operations(made):
        response = made.call(method, _path(route))
        assert response.status_code == 401, (method, route.path)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", CLIENTS)
def test_a_role_may_what_its_scopes_say_and_nothing_else(made: World, role: Role) -> None:
    for method, route in _operations(made):
        guard = guard_of(route)
        assert isinstance(guard, Allow)
        for second_factor in (True, False):
            allowed = guard.scope is None or (
                guard.scope in ROLE_SCOPES[role]
                and (second_factor or guard.scope not in SECOND_FACTOR)
            )
            refused = _refused(made, method, _path(route), role, second_factor=second_factor)
            assert refused is not allowed, (role, method, route.path, second_factor)


def test_a_person_may_touch_their_own_data_alone(made: World) -> None:
    for method, route in _operations(made):
        guard = guard_of(route)
        assert isinstance(guard, Allow)
        own = guard.scope is None or guard.own(route.path)
        path = _path(route, "ada")
        # What may be called by themself is not called here for operations that end a user.
        refused = _refused(made, method, path, "user:ada", second_factor=False)
        assert refused is not own, (method, route.path)
        if guard.scope is not None:
            assert _refused(made, method, path, "user:bo", second_factor=False), route.path


def test_a_page_of_ones_own_is_for_a_person_and_for_no_client(made: World) -> None:
    pages = [route for route in routes_of(made.app) if isinstance(guard_of(route), Own)]
    assert pages
    for route in pages:
        guard = guard_of(route)
        assert isinstance(guard, Own)
        assert guard.scope in USER_SCOPES, route.path
        # Whose page it is, is never said by the request.
        assert "{user_id}" not in route.path
        for method in route.methods:
            assert made.call(method, _path(route)).status_code == 401, route.path
            for role in CLIENTS:
                for second_factor in (True, False):
                    assert _refused(made, method, _path(route), role, second_factor=second_factor)
            assert not _refused(made, method, _path(route), "user:ada", second_factor=False)


def test_a_scope_that_the_token_does_not_ask_for_is_not_given(made: World) -> None:
    token = made.token("producer", scope="events:write")
    body = {"user_id": "ada", "name": "x"}
    assert made.call("POST", "/v1/events", token=token, json=body).status_code == 202
    assert made.call("POST", "/v1/requests", token=token, json=body).status_code == 403


def test_that_a_second_factor_would_do_is_told(made: World) -> None:
    response = made.call(
        "GET", "/v1/users/ada/profile", token=made.token("user", sub="bo", second_factor=False)
    )
    assert response.json()["type"].endswith("forbidden")
