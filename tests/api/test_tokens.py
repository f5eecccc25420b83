"""Tokens: what is believed, and the many ways in which one is not."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from api_world import World
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from api.auth.keys import LocalKeys, RemoteKeys
from api.auth.tokens import Issuer, Tokens
from api.problems import Problem

PATH = "/v1/policy"


def _claims(**more: Any) -> dict[str, Any]:
    now_s = int(time.time())
    return {
        "iss": "tactful",
        "aud": "tactful-api",
        "sub": "x",
        "roles": ["admin"],
        "amr": ["otp"],
        "iat": now_s,
        "exp": now_s + 600,
        **more,
    }


def _b64(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _by_secret(claims: dict[str, Any], secret: str | bytes, kid: str) -> str:
    """A token signed by a shared secret."""
    text = f"{_b64({'alg': 'HS256', 'kid': kid})}.{_b64(claims)}"
    key = secret if isinstance(secret, bytes) else secret.encode()
    signature = hmac.digest(key, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _status(world: World, token: str) -> int:
    response = world.call("GET", PATH, token=token)
    if response.status_code == 401:
        assert 'error="' in response.headers["WWW-Authenticate"]
        # what the token holds is not told back
        assert "tactful-api" not in response.text
    return response.status_code


def test_a_good_token_is_taken(world: World) -> None:
    assert _status(world, world.keys.sign(_claims())) == 200


def test_a_tampered_token_is_refused(world: World) -> None:
    head, body, signature = world.token("analyst").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["roles"] = ["admin"]
    assert _status(world, f"{head}.{_b64(claims)}.{signature}") == 401
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert _status(world, f"{head}.{body}.{flipped}") == 401
    assert _status(world, f"{head}.{body}.") == 401
    assert _status(world, f"{head}.{body}") == 401


@pytest.mark.parametrize("name", ["none", "None", "nOnE", "NONE", ""])
def test_a_token_without_a_signature_is_refused(world: World, name: str) -> None:
    head = {"alg": name, "typ": "JWT", "kid": world.keys.current}
    for signature in ("", "x"):
        assert _status(world, f"{_b64(head)}.{_b64(_claims())}.{signature}") == 401


def test_a_public_key_is_no_shared_secret(world: World) -> None:
    jwk = world.keys.jwks()["keys"][0]
    for secret in (jwk["x"], json.dumps(jwk), base64.urlsafe_b64decode(jwk["x"] + "==")):
        assert _status(world, _by_secret(_claims(), secret, world.keys.current)) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"aud": []},
        {"aud": None},
        {"iss": "another"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": int(time.time()) + 600},
        {"iat": None},
        {"iat": int(time.time()) + 600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"roles": []},
        {"roles": ["root"]},
        {"roles": ["user", "admin"]},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(world: World, change: dict[str, Any]) -> None:
    claims = {name: value for name, value in _claims(**change).items() if value is not None}
    assert _status(world, world.keys.sign(claims)) == 401


def test_a_key_of_ones_own_is_not_believed(world: World) -> None:
    mine = Ed25519PrivateKey.generate()
    jwk = OKPAlgorithm.to_jwk(mine.public_key(), as_dict=True)
    for headers in (
        {"kid": world.keys.current},
        {"kid": "mine"},
        {"kid": "../../../../etc/passwd"},
        {"kid": "mine", "jwk": jwk},
        {"kid": "mine", "jku": "http://127.0.0.1:9/jwks.json"},
        {},
    ):
        token = jwt.encode(_claims(), mine, algorithm="EdDSA", headers=headers)
        assert _status(world, token) == 401


def test_a_signature_of_another_kind_is_refused(world: World) -> None:
    keys = {
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "RS256": rsa.generate_private_key(65537, 2048),
    }
    for algorithm, key in keys.items():
        token = jwt.encode(_claims(), key, algorithm=algorithm, headers={"kid": world.keys.current})
        assert _status(world, token) == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "bearer x.y.z",
        "Token x",
        "Bearer " + "x" * 9_000,
    ],
)
def test_a_header_that_is_no_bearer_token_is_refused(world: World, header: str) -> None:
    assert world.call("GET", PATH, headers={"Authorization": header}).status_code == 401


def test_a_person_is_never_a_client_whatever_they_are_called(world: World) -> None:
    person = world.call(
        "GET", "/v1/users/client:x/profile", token=world.token("user", sub="client:x")
    )
    assert person.status_code == 404
    assert world.audit.records[-1].actor == "user:client:x"


def test_old_tokens_stay_good_when_the_key_is_rotated_and_end_when_it_is_gone(
    world: World,
) -> None:
    old = world.keys.sign(_claims())
    assert _status(world, old) == 200
    first = world.keys.current
    second = world.keys.rotate()
    assert world.keys.current == second != first
    new = world.keys.sign(_claims())
    assert jwt.get_unverified_header(new)["kid"] == second
    assert _status(world, old) == _status(world, new) == 200
    listed = world.call("GET", "/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in listed] == sorted([first, second])
    assert all("d" not in key for key in listed)
    (world.keys._folder / f"{first}.pem").unlink()
    world.keys._looked_s = 0.0
    assert _status(world, old) == 401
    assert _status(world, new) == 200


def test_keys_leave_when_no_token_of_theirs_can_live(world: World) -> None:
    keys = LocalKeys(world.keys._folder, keep_s=0.0)
    first = keys.current
    time.sleep(0.01)
    keys.rotate()
    time.sleep(0.01)
    keys.rotate()
    assert first not in {key["kid"] for key in keys.jwks()["keys"]}
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys._folder.glob("*.pem"))


def test_another_issuer_is_believed_by_its_jwks_through_a_rotation(world: World) -> None:
    rsas = {name: rsa.generate_private_key(65537, 2048) for name in ("one", "two")}
    published: list[str] = ["one"]
    asked = 0
    clock = 0.0

    def jwk(name: str) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(rsas[name].public_key(), as_dict=True)
        return {**public, "kid": name, "alg": "RS256", "use": "sig"}

    async def fetch() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if not published:
            raise httpx.ConnectError("away")
        shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"}
        return {"keys": [shared, {"kty": "nonsense", "kid": "odd"}, *map(jwk, published)]}

    keys = RemoteKeys(fetch, fresh_s=300, pause_s=10, clock_s=lambda: clock)
    tokens = Tokens(Issuer("https://id.example", keys, "tactful", "groups"))

    def sign(name: str, **more: Any) -> str:
        claims = _claims(iss="https://id.example", aud="tactful", groups=["analyst"], **more)
        return jwt.encode(claims, rsas[name], algorithm="RS256", headers={"kid": name})

    def who(token: str) -> set[str]:
        return {str(role) for role in world.runner.run(tokens.principal(token)).roles}

    assert who(sign("one")) == {"analyst"}
    # a new key is not there yet, and made-up ids don't make us ask again and again
    for _ in range(5):
        with pytest.raises(Problem):
            who(sign("two"))
    assert asked == 1
    published.append("two")
    clock += 11
    assert who(sign("two")) == {"analyst"}
    # the issuer is away: what is known stays good
    published.clear()
    clock += 301
    assert who(sign("one", jti="2")) == {"analyst"}
    with pytest.raises(Problem):
        who(_by_secret(_claims(iss="https://id.example", aud="tactful"), "c2VjcmV0", "shared"))
