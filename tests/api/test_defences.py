"""What must not get through: large bodies, injection, values in logs, and floods."""

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
from api_world import World

from api.settings import ApiSettings
from api.stores.limits import RateLimits
from connectors.redis.connection import RedisConnection

MARKERS = ("ada-lovelace-4711", "secret.person@example.org", "+49301234567", "Musterstrasse 9")
NASTY = [
    "'; DROP TABLE profiles; --",
    "ada' OR '1'='1",
    "{{7*7}}",
    "${jndi:ldap://127.0.0.1/a}",
    "<script>alert(1)</script>",
    "..%2f..%2fetc%2fpasswd",
    "a\x00b",
    "a\r\nSet-Cookie: x=1",
    "\u202e\ufeff",
    "🦙" * 60,
]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(world: World) -> None:
    large = {"user_id": "ada", "name": "x", "attributes": {"a": "x" * 70_000}}
    response = world.call("POST", "/v1/events", role="producer", json=large)
    assert response.status_code == 413
    assert response.json()["allowed_bytes"] == 65_536
    bulk = {"events": [large]}
    in_bulk = world.call("POST", "/v1/events/bulk", role="producer", json=bulk)
    assert in_bulk.status_code == 202
    assert in_bulk.json()["accepted"] == []
    assert world.written == []


def test_a_body_without_a_length_is_cut_off_where_the_bound_is(world: World) -> None:
    sent = 0

    async def endless() -> object:
        nonlocal sent
        for _ in range(10_000):
            sent += 1
            yield b"x" * 1_024

    response = world.call(
        "POST",
        "/v1/events",
        role="producer",
        content=endless(),
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 413
    assert sent < 200


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_sent_stays_what_it_is_data(world: World, nasty: str) -> None:
    world.introduce()
    body = {"user_id": nasty, "name": nasty, "attributes": {nasty: nasty}}
    response = world.call("POST", "/v1/events", role="producer", json=body)
    assert response.status_code in {202, 422}
    for path in (
        "profile",
        "history",
        "held",
        "preferences",
        "consent",
        "audit",
        f"explanations/{nasty}",
    ):
        import urllib.parse

        url = f"/v1/users/{urllib.parse.quote(nasty, safe='')}/{urllib.parse.quote(path, safe='/')}"
        got = world.call("GET", url, role="admin")
        assert got.status_code in {200, 404, 422}, (path, got.text)
        assert "example.org" not in got.text
        assert "set-cookie" not in got.headers
    queried = world.call(
        "GET", "/v1/users/ada/history", role="admin", params={"month": nasty, "page": nasty}
    )
    assert queried.status_code == 422


def test_nothing_personal_is_logged(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    user, email, phone, street = MARKERS
    with caplog.at_level(logging.DEBUG):
        world.introduce(user)
        base = f"/v1/users/{user}"
        world.call(
            "PATCH",
            f"{base}/profile",
            role="producer",
            json={"identifiers": {"email": email, "phone": phone}, "attributes": {"home": street}},
        )
        for path in ("profile", "history", "preferences", f"explanations/{email}", "nothing"):
            world.call("GET", f"{base}/{path}", role="admin", params={"page": phone})
        world.call("GET", f"{base}/profile", role=f"user:{user}")
        world.call("POST", "/v1/events", role="producer", json={"user_id": user, "name": [email]})
        world.call("POST", "/v1/events", role="producer", content=f"{{{phone}".encode())
        ask = {"user_id": user, "type": "security_alert", "id": email}
        world.call("POST", "/v1/decisions", role="producer", json={"request": ask})
        query = f'{{ profile(userId: "{user}") {{ identifiers, {street} }} }}'
        world.call("POST", "/graphql", role="admin", json={"query": query})
        world.call("POST", f"{base}/export", role="admin")

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError(f"row of {user}: {email} {phone} {street}")

        world.profiles.aget = broken  # type: ignore[assignment]
        failed = world.call("GET", f"{base}/profile", role="admin")
        assert failed.status_code == 500
        assert not any(marker in failed.text for marker in MARKERS)
        graph = world.call(
            "POST",
            "/graphql",
            role="admin",
            json={"query": f'{{ profile(userId: "{user}") {{ userId }} }}'},
        )
        assert email not in graph.text
        world.call("POST", f"{base}/erasure", role="admin", json={"confirm": user})
    said = capsys.readouterr()
    ours = [r for r in caplog.records if not r.name.startswith("httpx")]  # the test's own client
    text = "\n".join(f"{r.getMessage()} {r.exc_text or ''} {r.exc_info or ''}" for r in ours)
    text += said.out + said.err
    assert "/v1/users/{user_id}/profile" in text, "something is logged"
    assert "RuntimeError" in text
    for marker in MARKERS:
        assert marker not in text


def test_the_trace_of_an_answer_finds_its_log_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = world.call("GET", "/v1/policy", headers={"X-Trace-Id": "abcdefgh-1"})
        evil = world.call("GET", "/v1/policy", headers={"X-Trace-Id": "a b;<script>"})
    assert response.headers["X-Trace-Id"] == response.json()["trace"] == "abcdefgh-1"
    assert "trace=abcdefgh-1" in caplog.text
    assert evil.headers["X-Trace-Id"] != "a b;<script>"


def test_answers_carry_the_headers_that_keep_browsers_from_mischief(world: World) -> None:
    for path in ("/healthz", "/v1/policy", "/nothing", "/openapi.json"):
        headers = world.call("GET", path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"]
        assert "server" not in headers


def test_a_client_beyond_its_limit_is_told_when_to_come_back() -> None:
    world = World(rate_limit="5/minute", rate_limit_heavy="2/minute")
    try:
        one, two = world.token("analyst", sub="one"), world.token("analyst", sub="two")
        got = [world.call("GET", "/v1/policy", token=one).status_code for _ in range(7)]
        assert got == [200] * 5 + [429] * 2
        assert world.call("GET", "/v1/policy", token=two).status_code == 200
        heavy = [
            world.call("POST", "/v1/policy/preview", token=two, content=b"").status_code
            for _ in range(3)
        ]
        assert heavy == [415, 415, 429]
        last = world.call("GET", "/v1/policy", token=one)
        assert 1 <= int(last.headers["Retry-After"]) <= 60
    finally:
        world.close()


def test_limits_are_counted_alone_while_redis_is_away() -> None:
    # nothing listens there
    limits = RateLimits(
        "3/minute", "2/minute", "2/minute", RedisConnection(url="redis://127.0.0.1:1/0")
    )

    async def work() -> list[bool]:
        passed = []
        for _ in range(5):
            try:
                await limits.count("x")
                passed.append(True)
            except Exception:  # noqa: BLE001
                passed.append(False)
        return passed

    assert asyncio.run(work()) == [True] * 3 + [False] * 2


@pytest.mark.parametrize("at_once", [1, 16])
def test_what_a_limit_allows_passes_whether_it_comes_together_or_apart(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    limits = RateLimits("1000/minute", "2/minute", "2/minute", now_s=lambda: now_s)

    async def work() -> list[bool]:
        nonlocal now_s
        passed: list[bool] = []
        while len(passed) < 1_100:
            together = (limits.count("x") for _ in range(at_once))
            outcomes = await asyncio.gather(*together, return_exceptions=True)
            passed += [outcome is None for outcome in outcomes]
            now_s += 0.3
        return passed

    hit = limits._ask

    async def asked(*names: Any, **options: Any) -> Any:
        await asyncio.sleep(0)  # as Redis, it answers after others had their turn
        return await hit(*names, **options)

    monkeypatch.setattr(limits, "_ask", asked)
    passed = asyncio.run(work())
    assert passed[:1_000] == [True] * 1_000
    assert sum(passed) <= 1_020, "no more than a share (a fiftieth) beyond it"


def test_the_default_is_loopback_and_nothing_else_goes_without_tls(tmp_path: Path) -> None:
    assert ApiSettings().host == "127.0.0.1"
    for host in ("0.0.0.0", "192.168.1.1", "example.org", "::"):
        with pytest.raises(ValueError, match="not loopback"):
            ApiSettings(host=host)
    assert ApiSettings(host="::1").on_loopback
    assert ApiSettings(host="0.0.0.0", behind_proxy=True).secure
    with pytest.raises(ValueError, match="both or none"):
        ApiSettings(tls_certificate=tmp_path / "c.pem")
    with pytest.raises(ValueError, match="both or none"):
        ApiSettings(external_issuer="https://id.example")


def test_tls_is_1_3_or_nothing(world: World, tmp_path: Path) -> None:
    import threading
    import time
    import urllib.error
    import urllib.request

    from certificates import self_signed

    from api.serving import server_of

    certificate, key = self_signed(tmp_path)
    settings = ApiSettings(tls_certificate=certificate, tls_key=key, port=0)
    server = server_of(world.app, settings.model_copy(update={"port": 0}))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline_s = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline_s:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    context = ssl.create_default_context(cafile=str(certificate))
    try:
        url = f"https://localhost:{port}/healthz"
        with urllib.request.urlopen(url, context=context, timeout=10) as response:
            assert response.status == 200
            assert "server" not in response.headers
        old = ssl.create_default_context(cafile=str(certificate))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(url, context=old, timeout=10)
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def test_every_shape_of_the_document_can_be_encoded(world: World) -> None:
    document = world.call("GET", "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["operationId"], where
            good = [r for code, r in operation["responses"].items() if code.startswith("2")]
            assert good, where
            content = operation.get("requestBody", {}).get("content", {})
            for media_type, body in content.items():
                assert body.get("example") is not None, (where, media_type)
            assert operation["security"] is not None
    assert msgspec.json.encode(document)
