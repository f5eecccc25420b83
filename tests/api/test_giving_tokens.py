"""Tokens as they are given: to whom, with which proof, and how often."""

import base64

import httpx
import pyotp
import pytest
from api_world import World
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from api.auth import Role
from api.auth.clients import NewClient

PATH = "/v1/policy"


def _ask(world: World, **form: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", **form}
    return world.call("POST", "/v1/oauth/token", data=form)


def _client(world: World, name: str, *roles: Role) -> NewClient:
    return world.clients.add(name, list(roles))


def _code(made: NewClient) -> str:
    assert made.totp_uri is not None
    totp = pyotp.parse_uri(made.totp_uri)
    assert isinstance(totp, pyotp.TOTP)
    return totp.now()


def test_a_client_gets_a_token_for_its_roles(world: World) -> None:
    made = _client(world, "shop", Role.PRODUCER)
    assert made.totp_uri is None
    got = _ask(world, client_id="shop", client_secret=made.secret).json()
    assert got["token_type"] == "Bearer"
    assert "events:write" in got["scope"]
    body = {"user_id": "ada", "name": "x"}
    token = got["access_token"]
    assert world.call("POST", "/v1/events", token=token, json=body).status_code == 202
    narrow = _ask(world, client_id="shop", client_secret=made.secret, scope="requests:write")
    narrow_token = narrow.json()["access_token"]
    assert world.call("POST", "/v1/events", token=narrow_token, json=body).status_code == 403


def test_admin_scopes_need_the_second_factor_and_a_code_is_good_once(world: World) -> None:
    made = _client(world, "boss", Role.ADMIN)
    known = {"client_id": "boss", "client_secret": made.secret}
    without = _ask(world, **known).json()
    assert "policy:write" not in without["scope"]
    assert "policy:read" in without["scope"]
    refused = world.call("POST", "/v1/webhooks", token=without["access_token"], json={})
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("second-factor-required")
    asked = _ask(world, **known, scope="policy:write")
    assert asked.json()["error"] == "invalid_scope"
    code = _code(made)
    first = _ask(world, **known, totp=code)
    assert "policy:write" in first.json()["scope"]
    again = _ask(world, **known, totp=code)
    assert again.json()["error"] == "invalid_grant"
    assert _ask(world, **known, totp="000000" if code != "000000" else "1").status_code == 400


def test_a_token_for_a_person_is_asked_for_by_who_may(world: World) -> None:
    made = _client(world, "boss", Role.ADMIN)
    known = {"client_id": "boss", "client_secret": made.secret, "user_id": "ada"}
    assert _ask(world, **known).json()["error"] == "unauthorized_client"
    token = _ask(world, **known, totp=_code(made)).json()["access_token"]
    own = "/v1/users/ada/preferences"
    assert world.call("GET", own, token=token).status_code == 200
    assert world.call("GET", "/v1/users/bo/preferences", token=token).status_code == 403
    assert world.call("GET", PATH, token=token).status_code == 403


def test_a_persons_token_that_a_client_gets_is_recorded(world: World) -> None:
    made = _client(world, "boss", Role.ADMIN)
    known = {"client_id": "boss", "client_secret": made.secret}
    assert _ask(world, **known).status_code == 200
    assert _ask(world, **known, user_id="ada").status_code == 400
    assert world.audit.records == []
    world.audit.away = True
    assert _ask(world, **known, user_id="ada", totp=_code(made)).status_code == 503


def test_the_record_of_a_persons_token_names_client_and_person(world: World) -> None:
    made = _client(world, "boss", Role.ADMIN)
    known = {"client_id": "boss", "client_secret": made.secret, "user_id": "ada"}
    assert _ask(world, **known, totp=_code(made)).status_code == 200
    (record,) = world.audit.records
    assert (record.actor, record.user_id, record.role) == ("client:boss", "ada", "admin")
    assert (record.via, record.fields) == ("POST /v1/oauth/token", ["tokens:user"])


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"client_id": "shop"},
        {"client_id": "shop", "client_secret": "wrong"},
        {"client_id": "nobody", "client_secret": "x"},
        {"client_id": "", "client_secret": ""},
    ],
)
def test_a_wrong_secret_and_an_unknown_client_are_told_alike(
    world: World, form: dict[str, str]
) -> None:
    _client(world, "shop", Role.PRODUCER)
    response = _ask(world, **form)
    assert response.status_code == 401
    assert response.json() == {
        "error": "invalid_client",
        "error_description": "The client or its secret is not right.",
    }


def test_whoever_guesses_is_stopped(world: World) -> None:
    made = _client(world, "shop", Role.PRODUCER)
    statuses = [_ask(world, client_id="shop", client_secret=f"x{n}").status_code for n in range(12)]
    assert statuses[:10] == [401] * 10
    assert statuses[10:] == [429, 429]
    # also with the right secret, until the time is over
    assert _ask(world, client_id="shop", client_secret=made.secret).status_code == 429


def test_basic_authentication_is_taken_and_other_grants_are_not(world: World) -> None:
    made = _client(world, "shop", Role.PRODUCER)
    basic = base64.b64encode(f"shop:{made.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    form = {"grant_type": "client_credentials"}
    good = world.call("POST", "/v1/oauth/token", headers=headers, data=form)
    assert good.status_code == 200
    other = world.call("POST", "/v1/oauth/token", headers=headers, data={"grant_type": "password"})
    assert other.json()["error"] == "unsupported_grant_type"
    broken = {"Authorization": "Basic !!!"}
    assert world.call("POST", "/v1/oauth/token", headers=broken, data=form).status_code == 401


def test_secrets_are_kept_as_hashes_in_a_file_for_its_owner_alone(world: World) -> None:
    made = _client(world, "shop", Role.PRODUCER)
    path = world.clients._path
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.secret not in path.read_text()
    path.chmod(0o644)
    world.clients._stamp = (-1, -1)
    with pytest.raises(PermissionError, match="make it 600"):
        world.clients.get("shop")


def test_the_first_admin_is_made_once(world: World) -> None:
    first = world.clients.ensure_admin()
    assert first is not None
    assert first.totp_uri is not None
    assert world.clients.ensure_admin() is None
    again = world.clients.add("admin", [Role.ADMIN])
    assert again.secret != first.secret
    assert world.clients.remove("admin")
    assert not world.clients.remove("admin")


@pytest.mark.parametrize(
    ("name", "roles"), [("", ["producer"]), ("a:b", ["producer"]), ("x", []), ("x", ["user"])]
)
def test_a_client_that_cannot_be_is_refused(world: World, name: str, roles: list[str]) -> None:
    with pytest.raises(ValueError, match="found"):
        world.clients.add(name, [Role(each) for each in roles])


def test_only_ed25519_keys_sign(world: World) -> None:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (world.keys._folder / "9999999999999-x.pem").write_bytes(pem)
    with pytest.raises(TypeError, match="Ed25519"):
        world.keys._reload(now=True)


def test_tokens_count_for_the_limit_of_costly_operations_of_their_client_alone() -> None:
    world = World(rate_limit_heavy="3/minute")
    try:
        shop = _client(world, "shop", Role.PRODUCER)
        other = _client(world, "other", Role.PRODUCER)
        good = {"client_id": "shop", "client_secret": shop.secret}
        for _ in range(4):
            assert _ask(world, client_id="shop", client_secret="wrong").status_code == 401
        assert [_ask(world, **good).status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = _ask(world, **good)
        assert int(refused.headers["Retry-After"]) > 0
        more = _ask(world, client_id="other", client_secret=other.secret)
        assert more.status_code == 200
    finally:
        world.close()
