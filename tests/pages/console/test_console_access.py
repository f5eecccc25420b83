"""Who may see what of the console: signing in, each role on each route, forms of other sites."""

import re
from collections.abc import Iterator

import httpx
import pytest
from api_world import World
from console_world import client_of, code_of
from fastapi.routing import APIRoute

from api.auth import ROLE_SCOPES, SECOND_FACTOR, Allow, Role
from api.auth.sessions import CSRF_FIELD
from api.openapi import guard_of, routes_of
from api.pages.console.access import PAGES
from schemas.audit import AuditAction

CLIENTS = [role for role in Role if role is not Role.USER]
NO_JSON = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def made() -> Iterator[World]:
    world = World(rate_limit="100000/second", rate_limit_heavy="100000/second")
    yield world
    world.close()


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def routes(world: World) -> list[tuple[str, APIRoute]]:
    return [
        (method, route)
        for route in routes_of(world.app)
        if route.path.startswith("/console")
        for method in sorted(route.methods)
    ]


def sign_in(world: World, form: dict[str, str], **headers: str) -> httpx.Response:
    return world.call("POST", "/console/login", data=form, headers=headers)


def cookie_of(response: httpx.Response) -> dict[str, str]:
    return {"Cookie": response.headers["set-cookie"].split(";")[0]}


def csrf_of(html: str) -> str:
    found = re.search(rf'name="{CSRF_FIELD}" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def test_there_are_routes_of_the_console(made: World) -> None:
    paths = {route.path for _, route in routes(made)}
    assert paths >= {page.path for page in PAGES}
    guards = [guard_of(route) for _, route in routes(made)]
    assert all(guards)
    public = {route.path for _, route in routes(made) if not isinstance(guard_of(route), Allow)}
    assert public == {"/console/login"}


@pytest.mark.parametrize("role", CLIENTS)
@pytest.mark.parametrize("second_factor", [True, False])
def test_each_role_gets_as_far_as_its_scopes(made: World, role: Role, second_factor: bool) -> None:
    for method, route in routes(made):
        guard = guard_of(route)
        if not isinstance(guard, Allow):
            continue
        allowed = guard.scope is None or (
            guard.scope in ROLE_SCOPES[role] and (second_factor or guard.scope not in SECOND_FACTOR)
        )
        response = made.call(method, route.path, role=role, second_factor=second_factor)
        assert (response.status_code == 403) is not allowed, (method, route.path)
        assert response.status_code < 500, (method, route.path)


def test_a_person_has_no_business_in_the_console(made: World) -> None:
    for page in PAGES:
        assert made.call("GET", page.path, role="user:ada").status_code == 403
    own = made.call("GET", "/console/user", role="user:ada", params={"id": "ada"})
    assert own.status_code == 403


@pytest.mark.parametrize("role", CLIENTS)
def test_the_navigation_shows_what_may_be_opened(made: World, role: Role) -> None:
    landed = made.call("GET", "/console", role=role)
    open_to = [page for page in PAGES if page.scope in ROLE_SCOPES[role]]
    if not open_to:
        assert "nothing here for this account" in landed.text
        return
    assert landed.headers["location"] == open_to[0].path
    html = made.call("GET", open_to[0].path, role=role).text
    for page in PAGES:
        assert (f'href="{page.path}"' in html.split("</nav>")[0]) is (page in open_to)


def test_without_a_session_one_is_asked_to_sign_in(made: World) -> None:
    response = made.call("GET", "/console/user?id=a%26b", headers=NO_JSON)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert 'name="next" value="/console/user?id=a%26b"' in response.text
    script = made.call("GET", "/console/overview/now", headers={"Accept": "application/json"})
    assert script.json()["type"].endswith("unauthenticated")


def test_one_signs_in_with_id_secret_and_code_and_out_again(world: World) -> None:
    client = client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    begun = sign_in(world, {**form, "next": "/console/models"})
    assert (begun.status_code, begun.headers["location"]) == (303, "/console/models")
    cookie = cookie_of(begun)
    page = world.call("GET", "/console/policy", headers=cookie)
    assert page.status_code == 200
    assert "client:ops" in page.text
    assert "second factor" in page.text
    assert world.call("POST", "/console/logout", headers=cookie).status_code == 403
    out = world.call(
        "POST", "/console/logout", headers=cookie, data={CSRF_FIELD: csrf_of(page.text)}
    )
    assert out.status_code == 303
    assert 'tactful_session=""' in out.headers["set-cookie"]


def test_without_a_code_one_looks_and_changes_nothing(world: World) -> None:
    client = client_of(world, Role.ADMIN)
    begun = sign_in(world, {"client_id": "ops", "client_secret": client.secret})
    cookie = cookie_of(begun)
    page = world.call("GET", "/console/policy/edit", headers=cookie)
    data = {CSRF_FIELD: csrf_of(page.text), "text": "version: x"}
    for path in ("/console/policy/push", "/console/dead-letters/replay"):
        refused = world.call("POST", path, headers=cookie, data=data)
        assert refused.status_code == 403
        assert "one-time code" in refused.text


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "tfs_no"}, {"client_id": "nobody"}, {"totp": "000000"}, {}]
)
def test_what_is_wrong_begins_no_session(world: World, wrong: dict[str, str]) -> None:
    client = client_of(world, Role.ADMIN)
    good = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    response = sign_in(world, {**good, **wrong} if wrong else {})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert 'role="alert"' in response.text
    assert client.secret not in response.text


def test_a_code_is_good_once(world: World) -> None:
    client = client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    assert sign_in(world, form).status_code == 303
    assert sign_in(world, form).status_code == 401


def test_guessing_ends_after_ten(world: World) -> None:
    client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": "tfs_no"}
    found = [sign_in(world, form).status_code for _ in range(12)]
    assert found[:9] == [401] * 9
    assert found[-1] == 429


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}],
)
def test_another_sites_form_signs_nobody_in(world: World, headers: dict[str, str]) -> None:
    client = client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    assert sign_in(world, form, **headers).status_code == 403


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example/console",
        "https://evil.example/console",
        "/console\\evil",
        "/consolex",
        "javascript:alert(1)",
        "/console/login",
        "http://[",
    ],
)
def test_signing_in_leads_nowhere_else(world: World, evil: str) -> None:
    client = client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    assert sign_in(world, {**form, "next": evil}).headers["location"] == "/console"


def test_every_write_needs_the_sessions_own_token(world: World) -> None:
    client = client_of(world, Role.ADMIN)
    form = {"client_id": "ops", "client_secret": client.secret, "totp": code_of(client)}
    cookie = cookie_of(sign_in(world, form))
    for method, route in routes(world):
        if method == "POST" and isinstance(guard_of(route), Allow):
            for data in ({}, {CSRF_FIELD: "x"}):
                response = world.call("POST", route.path, headers=cookie, data=data)
                assert response.status_code == 403, route.path
                assert "too old" in response.text


def test_pages_run_no_script_but_their_own(made: World) -> None:
    for page in PAGES:
        response = made.call("GET", page.path, role=Role.ADMIN)
        policy = response.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert response.headers["cache-control"] == "no-store"
        scripts = re.findall(r"<script([^>]*)>", response.text)
        assert all("src=" in each or 'type="application/json"' in each for each in scripts)
        assert " style=" not in response.text
        assert not re.search(r"\son\w+=", response.text)


def test_a_look_at_a_user_is_recorded_even_of_one_unknown(world: World) -> None:
    missing = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "nobody"})
    assert missing.status_code == 404
    assert [(r.user_id, r.action) for r in world.audit.records] == [("nobody", AuditAction.READ)]
    world.audit.away = True
    again = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "nobody"})
    assert again.status_code == 503
