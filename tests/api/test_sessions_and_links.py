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
