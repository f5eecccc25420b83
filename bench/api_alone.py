"""The API's application by itself: no sockets, Kafka or Cassandra; Redis only where it is given.

Requests go straight into the ASGI application. Profiles and verdicts are the core's own, made once;
audit records are encoded and dropped, and the access log is formatted and thrown away.
"""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from api.app import create
from api.auth.clients import Clients
from api.auth.identities import Identities
from api.auth.issuer import BuiltInIssuer
from api.auth.keys import LocalKeys
from api.auth.sessions import Links, Sessions, Signer
from api.auth.tokens import Issuer, Tokens
from api.edge import access
from api.kafka.knowledge import KnowledgeView
from api.kafka.ledger import LedgerTail
from api.kafka.writer import Place
from api.overlay import OwnWrites
from api.services import Services
from api.settings import ApiSettings
from api.stores.contact import ContactCipher
from api.stores.limits import RateLimits
from api.stores.shared import MemoryShared, RedisShared, Shared, Steady
from bench.api import token_in
from bench.traffic import first_updates, user_id
from connectors.audit import AuditTrail
from connectors.cassandra.session import CassandraSettings
from connectors.crypto import FieldCipher
from connectors.profile_found import Found, found_in
from connectors.profile_reader import ProfileReader
from connectors.redis.cache import CacheSettings, ProfileCache
from deploy.connections import redis_of
from deploy.settings import Settings
from jobs.program import LOG_FORMAT
from schemas.codec import encode
from schemas.intake import read
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.records import LedgerEntry, ProfileSnapshot, RecordKind

USERS = 200
_ENTRY = msgspec.json.Decoder(LedgerEntry)
_encode = msgspec.json.Encoder().encode


class Known(NamedTuple):
    """What the core says of one user: the newest profile, and a verdict on a request named `r`."""

    version: int
    profile: bytes
    verdict: bytes


def known_users(count: int = USERS) -> dict[str, Known]:
    """Users with a profile and a verdict each, by their ids."""
    now_ms = time.time_ns() // 1_000_000
    found = {}
    for raw in first_updates(count, now_ms - 3_600_000):
        user = raw.key.decode()
        asked = {"id": "r", "user_id": user, "at_ms": now_ms, "type": "security_alert"}
        value = _encode({**asked, "priority": "critical"})
        state, outputs = UserState(user), []
        for kind, record, at_ms in (
            (raw.kind, raw.value, now_ms - 3_600_000),
            (RecordKind.REQUEST, value, now_ms),
        ):
            effects = step(state, read(kind, user, record, 0, 0), at_ms, Knowledge())  # type: ignore[arg-type]
            state = effects.state
            outputs += effects.outputs
        profile = [each for each in outputs if isinstance(each, ProfileSnapshot)][-1]
        verdict = next(each for each in outputs if isinstance(each, LedgerEntry))
        found[user] = Known(profile.version, encode(profile), encode(verdict))
    return found


class _Memory:
    """Profiles at hand; nothing else is read here."""

    def __init__(self, users: dict[str, Known]) -> None:
        self._users = users

    async def aget(self, user_id: str, at_least_version: int = 0) -> Found:
        del at_least_version
        known = self._users[user_id]
        return found_in(user_id, (known.version, known.profile.decode()))

    async def ahistory(self, *_: Any) -> Any:
        raise NotImplementedError

    async def aaudit(self, *_: Any) -> Any:
        raise NotImplementedError

    async def adecision(self, decision_id: str) -> list[LedgerEntry]:
        del decision_id
        return []


class _Dropped:
    """Takes encoded audit records nowhere."""

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, wait: bool = True
    ) -> None:
        del topic, key, value, wait

    def flush(self, timeout_s: float = 30.0) -> None:
        del timeout_s


class Alone:
    """One application in this process.

    Args:
        users: whom it knows.
        folder: for its keys.
        redis_url: None keeps profiles, limits and own writes in memory.
    """

    def __init__(self, users: dict[str, Known], folder: Path, redis_url: str | None) -> None:
        self._users = users
        self._log = _access_log()
        keys = LocalKeys(folder / "signing")
        self._authorisation = f"Bearer {token_in(folder)}".encode()
        settings = ApiSettings(secrets_dir=folder)
        signer = Signer(bytes(range(32)))
        sessions = Sessions(signer, 3_600, secure=False)
        self._ledger = LedgerTail()
        self._redis: Redis | None = None
        shared: Shared = MemoryShared()
        profiles: Any = _Memory(users)
        self._cache: ProfileCache | None = None
        where = None if redis_url is None else redis_of(Settings(), redis_url)
        if where is not None:
            self._redis = Redis.from_url(where.url, **where.options())
            self._cache = ProfileCache(CacheSettings(redis=where))
            shared = RedisShared(self._redis, reads=self._cache.reads)
            profiles = ProfileReader(CassandraSettings(), self._cache)
        self._limits = RateLimits("1000000/second", "60/minute", "10/minute", where)
        clients = Clients(folder / "clients.json")
        self.app = create(
            settings,
            Services(
                settings=settings,
                writer=self,
                ledger=self._ledger,
                knowledge=KnowledgeView(),
                profiles=profiles,
                cipher=ContactCipher(_no_cipher),
                audit=AuditTrail(_Dropped()),
                identities=Identities(Tokens(Issuer("tactful", keys, "tactful-api")), sessions),
                issuer=BuiltInIssuer(
                    "tactful", "tactful-api", keys, clients, Steady(shared, MemoryShared())
                ),
                sessions=sessions,
                links=Links(signer, 3_600),
                signer=signer,
                limits=self._limits,
                shared=shared,
                own_writes=OwnWrites(shared),
                seal=lambda *_: "",
            ),
        )

    async def fill(self) -> None:
        """Put all profiles into the cache."""
        if self._cache is not None:
            for user, known in self._users.items():
                await self._cache.afill(user, known.version, known.profile, b"")

    async def aclose(self) -> None:
        """End what was begun."""
        access.removeHandler(self._log)
        self._log.close()
        await self._limits.aclose()
        if self._cache is not None:
            await self._cache.aclose()
        if self._redis is not None:
            await self._redis.aclose()

    async def write(self, word: str, key: str, value: bytes | None) -> Place:
        """Kafka and the job: the verdict is in the ledger a turn of the loop later."""
        name = msgspec.json.decode(value or b"{}")["id"]
        verdict = self._users[key].verdict.replace(
            b'"request_id":"r"', b'"request_id":"%s"' % name.encode(), 1
        )
        asyncio.get_running_loop().call_soon(lambda: self._ledger.take([_ENTRY.decode(verdict)]))
        return Place(word, 0, 0)

    async def get_profile(self, number: int) -> None:
        """Read one user's profile."""
        user = user_id(number % len(self._users))
        await self._ask("GET", f"/v1/users/{user}/profile", b"")

    async def post_decision(self, number: int) -> None:
        """Ask for a verdict, and wait for it."""
        user = user_id(number % len(self._users))
        asked = {"id": f"q{number}", "user_id": user, "type": "security_alert"}
        body = {"request": {**asked, "priority": "critical"}, "deadline_ms": 5_000}
        await self._ask("POST", "/v1/decisions", _encode(body))

    async def _ask(self, method: str, path: str, body: bytes) -> None:
        headers = [(b"host", b"x"), (b"authorization", self._authorisation)]
        if body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
            ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        if told[0]["status"] != 200:
            raise RuntimeError(f"{method} {path}: {told[0]['status']} {told[1]['body']!r}")


Asked = Callable[[int], Awaitable[None]]


def _access_log() -> logging.Handler:
    """The access log as `tactful serve` writes it, to nowhere."""
    handler = logging.FileHandler(os.devnull)
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    return handler


def _no_cipher() -> FieldCipher:
    raise NotImplementedError
