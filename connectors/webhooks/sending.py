"""One delivery over HTTP: signed, bounded, without redirects, and to no address of our own."""

import datetime as dt
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from connectors.webhooks.outbox import Delivery, Result

TIMEOUT_S: Final = 15.0
_MAX_ANSWER = 65_536
Resolve = Callable[[str, int], Iterable[str]]


class AddressError(ValueError):
    """A URL that webhooks may not go to; the message says why."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host.

    Raises:
        OSError: it has none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked_url(url: str, *, local: bool) -> str:
    """A URL that webhooks may be sent to, as far as its text tells.

    Raises:
        AddressError: it is not https, or names a private address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError("url: found no valid host and port, allowed: https://host/") from None
    if parts.username or parts.password:
        raise AddressError("url: found a user or password, allowed: none")
    if not parts.hostname or port == 0:
        raise AddressError("url: found no host, allowed: https://host/path")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise AddressError(f"url: found {parts.scheme or 'no scheme'}, allowed: https")
    if not local:
        try:
            address = ipaddress.ip_address(parts.hostname)
        except ValueError:
            return url
        _check_public(address)
    return url


def pinned(url: str, *, local: bool, find: Resolve = resolve) -> tuple[str, str]:
    """The address to connect to, looked up once: what was checked is what is called.

    Returns:
        The URL with the address in the host's place, and the host.

    Raises:
        AddressError: it may not be called.
        OSError: the host has no address.
    """
    checked_url(url, local=local)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in find(host, port)]
    if not addresses:
        raise OSError(f"{host} has no address")
    if not local:
        for address in addresses:
            _check_public(address)
    chosen = addresses[0]
    literal = f"[{chosen}]" if chosen.version == 6 else str(chosen)
    return parts._replace(netloc=f"{literal}:{port}").geturl(), host


def _check_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None) or address
    if not mapped.is_global or mapped.is_multicast:
        raise AddressError("url: found a private address, allowed: a public one")


def headers_of(delivery: Delivery, secrets: Iterable[str], at: dt.datetime) -> dict[str, str]:
    """Id, time and signatures, as the Standard Webhooks specification has them.

    Args:
        delivery: what is sent.
        secrets: each signs, so that a receiver may change over in its own time.
        at: now, UTC.
    """
    body = delivery.body.decode()
    signatures = [Webhook(each).sign(delivery.id, at, body) for each in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Tactful-Webhooks/1",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class Sender:
    """Sends deliveries; safe for several threads.

    Args:
        local: whether plain http and private addresses are allowed.
        timeout_s: for the whole of one attempt.
        find: looks up addresses.
        client: to use instead of one of our own.
    """

    def __init__(
        self,
        *,
        local: bool,
        timeout_s: float = TIMEOUT_S,
        find: Resolve = resolve,
        client: httpx.Client | None = None,
    ) -> None:
        self._local = local
        self._find = find
        self._client = client or httpx.Client(
            timeout=timeout_s, follow_redirects=False, trust_env=False
        )

    def send(self, delivery: Delivery, url: str, secrets: Iterable[str]) -> Result:
        """One attempt; never raises for what the endpoint does."""
        try:
            target, host = pinned(url, local=self._local, find=self._find)
            headers = headers_of(delivery, secrets, dt.datetime.now(dt.UTC))
            headers["host"] = urlsplit(url).netloc
            with self._client.stream(
                "POST",
                target,
                content=delivery.body,
                headers=headers,
                # the certificate has to be the host's, though we call its address
                extensions={"sni_hostname": host},
            ) as response:
                read = 0
                for chunk in response.iter_raw():
                    read += len(chunk)
                    if read > _MAX_ANSWER:
                        break
                return Result(response.status_code, _retry_after_ms(response))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return Result(0)

    def close(self) -> None:
        """End the connections."""
        self._client.close()


def _retry_after_ms(response: httpx.Response) -> int:
    value = response.headers.get("retry-after", "")
    return int(value) * 1000 if value.isdecimal() and len(value) < 8 else 0
