"""Sessions, CSRF tokens and links: signed, for one purpose, and at an end in time."""

import pytest
from api_world import World
from starlette.requests import Request
from starlette.responses import Response

from api.auth.principal import Principal, user_principal
from api.auth.sessions import CSRF_HEADER, Sessions, Signer
from api.problems import Problem

KEY = bytes(range(32))


class Clock:
    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        return self.s


def _request(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def _begun(sessions: Sessions, who: Principal) -> tuple[Principal, str]:
    response = Response()
    with_session = sessions.begin(response, who)
    return with_session, response.headers["set-cookie"]


def test_a_session_is_read_back_until_it_ends() -> None:
    clock = Clock()
    sessions = Sessions(Signer(KEY, clock), 600, secure=True, now_s=clock)
    ada = user_principal("ada", "link", 0)
    begun, header = _begun(sessions, ada)
    cookie = header.split(";")[0]
    assert cookie.startswith("__Host-tactful_session=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(header.split("; "))
    found = sessions.read(_request(cookie))
    assert found == begun
    assert found is not None
    assert found.user_id == "ada"
    clock.s += 601
    assert sessions.read(_request(cookie)) is None
    assert sessions.read(_request(cookie[:-1] + "x")) is None
    assert sessions.read(_request("")) is None


def test_a_session_of_a_client_ends_with_its_token() -> None:
    clock = Clock()
    sessions = Sessions(Signer(KEY, clock), 600, secure=False, now_s=clock)
    who = Principal("client:x", frozenset(), frozenset(), expires_at_s=int(clock.s) + 60)
    _, header = _begun(sessions, who)
    clock.s += 61
    assert sessions.read(_request(header.split(";")[0])) is None


def test_what_was_signed_for_one_purpose_is_worth_nothing_for_another(world: World) -> None:
    links = world.services.links
    token = links.make("unsubscribe", "ada", channel="email")
    assert links.read("unsubscribe", token) == {"user_id": "ada", "channel": "email"}
    with pytest.raises(Problem):
        links.read("preferences", token)
    signer = world.services.signer
    assert signer.read("session", token) is None


def test_a_link_ends_and_cannot_be_changed() -> None:
    clock = Clock()
    signer = Signer(KEY, clock)
    text = signer.sign("a", {"u": "ada"}, 60)
    assert signer.read("a", text) is not None
    assert signer.read("a", text[:-2] + "xx") is None
    assert Signer(bytes(32), clock).read("a", text) is None
    assert Signer([bytes(32), KEY], clock).read("a", text) is not None
    assert Signer([KEY, bytes(32)], clock).sign("a", {"u": "ada"}, 60) == text
    clock.s += 60
    assert signer.read("a", text) is None


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_short_secret_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Signer(key)


def test_a_page_writes_only_with_the_token_of_its_own_session(world: World) -> None:
    sessions = world.services.sessions
    ada, header = _begun(sessions, user_principal("ada", "link", 0))
    other, _ = _begun(sessions, user_principal("ada", "link", 0))
    cookie = {"Cookie": header.split(";")[0]}
    path = "/v1/users/ada/preferences"
    change = {"frequency": "daily_digest"}
    assert world.call("GET", path, headers=cookie).status_code == 200
    for token in (None, "", "x", sessions.csrf_token(other)):
        headers = cookie if token is None else {**cookie, CSRF_HEADER: token}
        refused = world.call("PATCH", path, headers=headers, json=change)
        assert refused.status_code == 403
        assert refused.json()["type"].endswith("csrf")
    headers = {**cookie, CSRF_HEADER: sessions.csrf_token(ada)}
    assert world.call("PATCH", path, headers=headers, json=change).status_code == 202
    other_path = "/v1/users/bo/preferences"
    assert world.call("PATCH", other_path, headers=headers, json=change).status_code == 403
    assert world.call("GET", other_path, headers=cookie).status_code == 403


def test_a_link_without_a_purpose_is_told_which_field_is_missing(world: World) -> None:
    answer = world.call("POST", "/v1/users/ada/links", role="producer", json={})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "purpose", "found": "nothing", "allowed": "a value, as it is required"}
    ]


def _let_in(world: World) -> tuple[Principal, dict[str, str]]:
    """The session that a link of the producer begins, and its cookie."""
    made = world.call(
        "POST", "/v1/users/ada/links", role="producer", json={"purpose": "preferences"}
    )
    assert made.status_code == 201
    entered = world.call("GET", made.json()["url"], headers={"Accept": "text/html"})
    cookie = entered.headers["set-cookie"].split(";")[0]
    who = world.services.sessions.read(_request(cookie))
    assert who is not None
    csrf = world.services.sessions.csrf_token(who)
    return who, {"Cookie": cookie, CSRF_HEADER: csrf}


def test_a_link_gives_no_more_than_the_person_s_own_data_without_addresses(world: World) -> None:
    who, _ = _let_in(world)
    assert sorted(who.scopes) == [
        "audit:read",
        "consent:read",
        "consent:write",
        "history:read",
        "preferences:read",
        "preferences:write",
        "privacy:erase",
        "privacy:export",
        "profiles:read",
        "profiles:write",
    ]
    assert (who.user_id, who.linked_by) == ("ada", "client:a-producer")


def test_a_producer_gets_no_contact_data_by_a_link_of_its_own_making(world: World) -> None:
    world.introduce()
    _, headers = _let_in(world)
    for path in ("/preferences/data", "/v1/users/ada/export"):
        export = world.call("POST", path, headers=headers)
        assert export.status_code == 200, path
        assert export.json()["profile"]["identifiers"] == {"email": None}
        assert "example.org" not in export.text
    shown = world.call("GET", "/v1/users/ada/profile", headers=headers)
    assert shown.json()["identifiers"] == {"email": None}
    asked = {"query": '{ profile(userId: "ada") { identifiers } }'}
    told = world.call("POST", "/graphql", headers=headers, json=asked)
    assert told.json()["data"]["profile"]["identifiers"] == {"email": None}


def test_who_made_a_link_is_recorded_with_it_and_with_all_that_is_done_by_it(world: World) -> None:
    world.introduce()
    _, headers = _let_in(world)
    made = world.audit.records[-1]
    assert (made.actor, made.user_id) == ("client:a-producer", "ada")
    assert (made.via, made.fields) == ("POST /v1/users/{user_id}/links", ["links.preferences"])
    world.call("POST", "/preferences/data", headers=headers)
    done = world.audit.records[-1]
    assert done.actor == "user:ada"
    assert done.via == "POST /preferences/data, link of client:a-producer"


def test_a_link_that_cannot_be_recorded_is_not_made(world: World) -> None:
    world.audit.away = True
    asked = {"purpose": "preferences"}
    made = world.call("POST", "/v1/users/ada/links", role="producer", json=asked)
    assert made.status_code == 503


def test_a_link_of_before_that_names_no_maker_lets_in_for_as_little(world: World) -> None:
    old = world.services.links.make("preferences", "ada")
    entered = world.call("GET", f"/preferences?link={old}", headers={"Accept": "text/html"})
    who = world.services.sessions.read(_request(entered.headers["set-cookie"].split(";")[0]))
    assert who is not None
    assert who.linked_by == ""
    assert "contact:read" not in who.scopes
