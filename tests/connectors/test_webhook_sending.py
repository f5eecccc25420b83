"""Deliveries over HTTP: signed so that the reference library verifies it, and to nobody inside."""

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.crypto import MasterKeys
from connectors.crypto.master import MasterKeyError
from connectors.webhooks.outbox import Delivery, Result
from connectors.webhooks.sending import AddressError, Sender, checked_url, headers_of, pinned
from connectors.webhooks.subscriptions import new_secret, seal, unseal

DELIVERY = Delivery("msg_1", "w", b'{"type":"decision.send","data":{"n":"\xc3\xbc"}}', 0, 0)


class Endpoint:
    """A receiver on loopback that answers what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"ok"
        self.received: list[tuple[dict[str, str], bytes]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                endpoint.received.append((headers, self.rfile.read(length)))
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(endpoint.body)))
                self.end_headers()
                self.wfile.write(endpoint.body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


def _loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_what_arrives_verifies_with_the_reference_library(endpoint: Endpoint) -> None:
    secret, older = new_secret(), new_secret()
    sender = Sender(local=True, find=_loopback)
    assert sender.send(DELIVERY, endpoint.url, [secret, older]).good
    sender.close()
    ((headers, body),) = endpoint.received
    assert body == DELIVERY.body
    assert headers["host"].startswith("localhost:")
    assert headers["webhook-id"] == DELIVERY.id
    for each in (secret, older):
        assert Webhook(each).verify(body, headers)["type"] == "decision.send"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)


def test_an_answer_is_taken_as_it_is_and_no_redirect_followed(endpoint: Endpoint) -> None:
    sender = Sender(local=True, find=_loopback)
    endpoint.status, endpoint.headers = 302, {"Location": endpoint.url + "/other"}
    assert sender.send(DELIVERY, endpoint.url, [new_secret()]) == Result(302)
    endpoint.status, endpoint.headers = 503, {"Retry-After": "7"}
    assert sender.send(DELIVERY, endpoint.url, [new_secret()]) == Result(503, 7_000)
    endpoint.status, endpoint.headers = 200, {"Retry-After": "soon"}
    endpoint.body = b"x" * 1_000_000
    assert sender.send(DELIVERY, endpoint.url, [new_secret()]) == Result(200)
    assert len(endpoint.received) == 3
    sender.close()


def test_an_endpoint_that_does_not_answer_is_no_error_of_ours(endpoint: Endpoint) -> None:
    url = endpoint.url
    endpoint.close()
    sender = Sender(local=True, find=_loopback, timeout_s=1)
    assert sender.send(DELIVERY, url, [new_secret()]) == Result(0)
    assert sender.send(DELIVERY, "http://[::1", [new_secret()]) == Result(0)
    sender.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/x",
        "ftp://shop.example",
        "https://",
        "https://user:pw@shop.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
    ],
)
def test_away_from_a_local_stack_only_public_addresses_by_tls_are_allowed(url: str) -> None:
    with pytest.raises(AddressError):
        checked_url(url, local=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1%eth0", "100.64.0.1"])
def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    with pytest.raises(AddressError):
        pinned("https://shop.example/x", local=False, find=lambda _h, _p: [address])
    mixed = ["93.184.215.14", address]
    with pytest.raises(AddressError):
        pinned("https://shop.example/x", local=False, find=lambda _h, _p: mixed)


def test_what_was_checked_is_what_is_called() -> None:
    target = pinned(
        "https://shop.example/x?y=1", local=False, find=lambda _h, _p: ["93.184.215.14"]
    )
    assert target == ("https://93.184.215.14:443/x?y=1", "shop.example")
    over_6 = pinned("https://shop.example/", local=False, find=lambda _h, _p: ["2606:2800::1"])
    assert over_6 == ("https://[2606:2800::1]:443/", "shop.example")


def test_a_secret_is_sealed_for_its_subscription_alone() -> None:
    master = MasterKeys({1: bytes(32)})
    secret = new_secret()
    sealed = seal(master, "w1", secret)
    assert secret not in sealed
    assert unseal(master.with_new(), "w1", sealed) == secret
    with pytest.raises(MasterKeyError):
        unseal(master, "w2", sealed)


def test_the_signature_covers_id_and_time() -> None:
    secret = new_secret()
    at = dt.datetime.now(dt.UTC)
    headers = headers_of(DELIVERY, [secret], at)
    Webhook(secret).verify(DELIVERY.body, headers)
    for name, value in (
        ("webhook-id", "msg_2"),
        ("webhook-timestamp", str(int(at.timestamp()) - 1)),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(DELIVERY.body, {**headers, name: value})
