"""Sessions of the page: begun by a link or a token, for one person alone, ended by signing out."""

import re

import pytest
from api_world import World
from sample import link_of
from visitor import Page, Visitor

from api.auth import Own, Public
from api.openapi import guard_of, routes_of


def test_the_token_leaves_the_address_and_the_session_begins(world: World) -> None:
    visitor = Visitor(world)
    entered = visitor.get(link_of(world))
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert entered.headers["referrer-policy"] == "no-referrer"
    assert entered.headers["cache-control"] == "no-store"
    token = re.search(r"link=(.*)", link_of(world))
    assert token is not None
    assert token[1] not in entered.text
    assert "email" in visitor.page().on("channels")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-3] + "abc",
        lambda token: token[:1],
        lambda token: token[:0],
        lambda token: token * 40,
    ],
)
def test_a_link_that_is_none_begins_nothing(world: World, spoil: object) -> None:
    token = link_of(world).partition("link=")[2]
    visitor = Visitor(world)
    response = visitor.get(f"/preferences?link={spoil(token)}")  # type: ignore[operator]
    assert response.status_code == 401
    assert "not valid" in Page(response.text).text
    assert not visitor.cookies


def test_a_link_to_unsubscribe_does_not_open_the_page(world: World) -> None:
    token = link_of(world, purpose="unsubscribe").rpartition("/")[2]
    assert Visitor(world).get(f"/preferences?link={token}").status_code == 401


def test_whoever_tries_links_is_told_to_wait(world: World) -> None:
    visitor = Visitor(world)
    answers = [visitor.get(f"/preferences?link=x{n}").status_code for n in range(12)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert "slower" in visitor.get("/preferences?link=x").text
    # From the same address a good one passes: mail programs of many people share theirs.
    assert visitor.get(link_of(world)).status_code == 200


def test_without_a_session_the_page_only_asks_to_sign_in(world: World) -> None:
    page = Visitor(world).page()
    assert "use the link in one of our messages" in page.text
    assert "ada" not in page.text


def test_a_token_of_ones_own_begins_a_session_too(world: World) -> None:
    visitor = Visitor(world)
    form = visitor.page().posting_to("/preferences/session")
    assert visitor.submit(form, token="wrong").status_code == 401
    assert visitor.submit(form, token=world.token("admin")).status_code == 403
    assert not visitor.cookies
    assert visitor.submit(form, token=world.token("user:ada")).status_code == 200
    assert visitor.page().on("channels")


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_another_site_cannot_sign_someone_in(world: World, headers: dict[str, str]) -> None:
    visitor = Visitor(world)
    fields = [("token", world.token("user:bo"))]
    assert visitor.post("/preferences/session", fields, **headers).status_code == 403
    assert not visitor.cookies


def test_an_app_may_open_the_page_with_the_persons_token(world: World) -> None:
    visitor = Visitor(world)
    shown = visitor.send(
        "GET", "/preferences", headers={"Authorization": f"Bearer {world.token('user:ada')}"}
    )
    assert shown.status_code == 200
    page = visitor.saved(Page(shown.text).section("channels"), off=["email"])
    assert "email" not in page.on("channels")


def test_signing_out_ends_the_session(ada: Visitor) -> None:
    assert ada.submit(ada.page().posting_to("/preferences/sign-out")).status_code == 200
    assert not ada.cookies
    assert "use the link" in ada.page().text


def test_every_form_has_its_token_and_none_goes_without(world: World, ada: Visitor) -> None:
    world.introduce("bo")
    anothers = Visitor.by_link(world, "bo").page().forms[0].hidden("csrf_token") or ""
    for path in ("/preferences", "/preferences/erasure"):
        for form in ada.page(path).forms:
            assert form.hidden("csrf_token"), form.action
            for token in ("", "x", anothers):
                fields = [("section", "channels"), ("was", "email"), ("csrf_token", token)]
                refused = ada.post(form.action, fields)
                assert refused.status_code == 403, form.action
                assert "too old" in refused.text
    assert "email" in ada.page().on("channels")


def test_what_is_open_to_all_is_told_apart_from_what_is_ones_own(world: World) -> None:
    routes = [each for each in routes_of(world.app) if each.path.startswith("/preferences")]

    def guarded(kind: type) -> set[str]:
        return {
            f"{method} {route.path}"
            for route in routes
            for method in route.methods
            if isinstance(guard_of(route), kind)
        }

    assert guarded(Public) == {
        "GET /preferences",
        "POST /preferences/session",
        "GET /preferences/unsubscribe/{token}",
        "POST /preferences/unsubscribe/{token}",
        "POST /preferences/unsubscribe/{token}/undo",
    }
    assert guarded(Own) == {
        "POST /preferences",
        "POST /preferences/sign-out",
        "POST /preferences/data",
        "GET /preferences/erasure",
        "POST /preferences/erasure",
        "GET /preferences/erasure/{receipt}",
    }


def test_nobody_reaches_anyone_else_whatever_the_form_says(world: World, ada: Visitor) -> None:
    world.introduce("bo")
    form = ada.page().section("channels")
    ada.submit(form, off=["email"], user_id="bo", user="bo")
    bo = world.call("GET", "/v1/users/bo/preferences", role="user:bo").json()
    assert bo["preferences"] == {}
    assert "email" not in ada.page().on("channels")


def test_a_session_of_a_client_opens_no_persons_page(world: World) -> None:
    from starlette.responses import Response

    from api.auth.principal import Principal

    response = Response()
    world.services.sessions.begin(
        response, Principal("client:x", frozenset(), frozenset(), via="session")
    )
    cookie = response.headers["set-cookie"].split(";")[0]
    shown = world.call("GET", "/preferences", headers={"Cookie": cookie, "Accept": "text/html"})
    assert shown.status_code == 403
    assert "not open to you" in shown.text
