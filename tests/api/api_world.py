"""Tactful in memory behind the real application: the real core decides, stores are dictionaries."""

import asyncio
import base64
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec

from api.app import create
from api.auth.clients import Clients
from api.auth.identities import Identities
from api.auth.issuer import BuiltInIssuer
from api.auth.keys import LocalKeys
from api.auth.scopes import Role
from api.auth.sessions import Links, Sessions, Signer
from api.auth.tokens import Issuer, Tokens
from api.kafka.events import UserEvents, newest
from api.kafka.knowledge import KnowledgeView
from api.kafka.ledger import LedgerTail
from api.kafka.writer import Place
from api.overlay import OwnWrites
from api.problems import unavailable
from api.services import Services
from api.settings import ApiSettings
from api.stores.limits import RateLimits
from api.stores.shared import AwayError, MemoryShared, Steady
from connectors.audit import AuditUnavailableError
from connectors.cassandra.reading import StoreError
from connectors.crypto import MasterKeys
from connectors.webhooks.subscriptions import seal
from schemas.audit import AuditEntry
from schemas.codec import encode
from schemas.intake import read
from tactful import topics
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.records import (
    DeadLetter,
    Decision,
    Feedback,
    LedgerEntry,
    ProfileSnapshot,
    RecordKind,
)

NOW_MS = 1_795_000_000_000
INPUTS = set(RecordKind)


@dataclass
class FakeFound:
    version: int = 0
    raw: bytes | None = None

    @property
    def snapshot(self) -> ProfileSnapshot | None:
        return None if self.raw is None else msgspec.json.decode(self.raw, type=ProfileSnapshot)


@dataclass
class FakePage:
    entries: list[Any]
    next_page: str | None
    unreadable: int = 0


class FakeProfiles:
    """What Cassandra and Redis would hold."""

    def __init__(self) -> None:
        self.rows: dict[str, FakeFound] = {}
        self.history: dict[str, list[LedgerEntry]] = {}
        self.audits: dict[str, list[AuditEntry]] = {}
        self.away = False

    def take(self, snapshot: ProfileSnapshot) -> None:
        raw = None if snapshot.erased else encode(snapshot)
        self.rows[snapshot.user_id] = FakeFound(snapshot.version, raw)

    async def aget(self, user_id: str, at_least_version: int = 0) -> FakeFound:
        del at_least_version
        self._check()
        return self.rows.get(user_id, FakeFound())

    async def ahistory(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> FakePage:
        del month
        return self._page(list(reversed(self.history.get(user_id, []))), page, size)

    async def aaudit(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> FakePage:
        del month
        return self._page(list(reversed(self.audits.get(user_id, []))), page, size)

    async def adecision(self, decision_id: str) -> list[LedgerEntry]:
        self._check()
        return [
            entry
            for entries in self.history.values()
            for entry in reversed(entries)
            if entry.decision_id == decision_id
        ]

    def _page(self, rows: list[Any], page: str | None, size: int) -> FakePage:
        self._check()
        if page is not None and not page.isdecimal():
            raise ValueError(f"page: {page!r} is not a cursor that was handed out")
        start = int(page or 0)
        more = len(rows) > start + size
        return FakePage(rows[start : start + size], str(start + size) if more else None)

    def _check(self) -> None:
        if self.away:
            raise StoreError("away")


class FakeCipher:
    """Not secret at all, but it can be told from plain text, and be destroyed."""

    def __init__(self) -> None:
        self.destroyed: set[str] = set()

    async def encrypt(
        self, user_id: str, fields: Mapping[str, str | None]
    ) -> dict[str, str | None]:
        self.destroyed.discard(user_id)
        return {
            name: None
            if value is None
            else "enc:1:" + base64.b64encode(f"{user_id}|{value}".encode()).decode()
            for name, value in fields.items()
        }

    async def decrypt(self, user_id: str, fields: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for name, value in fields.items():
            if not value.startswith("enc:1:"):
                found[name] = value
            elif user_id not in self.destroyed:
                owner, _, plain = base64.b64decode(value[6:]).decode().partition("|")
                if owner == user_id:
                    found[name] = plain
        return found

    async def destroy(self, user_id: str) -> int:
        self.destroyed.add(user_id)
        return 1


class FakeAudit:
    def __init__(self, profiles: FakeProfiles) -> None:
        self._profiles = profiles
        self.records: list[AuditEntry] = []
        self.away = False

    def record(self, audit: AuditEntry) -> None:
        if self.away:
            raise AuditUnavailableError("away")
        self.records.append(audit)
        self._profiles.audits.setdefault(audit.user_id, []).append(audit)


class AwayShared(MemoryShared):
    """Redis that can be switched off."""

    away = False

    async def get(self, key: str) -> bytes | None:
        self._check()
        return await super().get(key)

    async def put(self, key: str, value: bytes, ttl_s: int) -> None:
        self._check()
        await super().put(key, value, ttl_s)

    async def add(self, key: str, value: bytes, ttl_s: int) -> bool:
        self._check()
        return await super().add(key, value, ttl_s)

    async def drop(self, key: str) -> None:
        self._check()
        await super().drop(key)

    def _check(self) -> None:
        if self.away:
            raise AwayError


class WrittenEvents:
    """A user's events among all that was written."""

    def __init__(self, written: list[tuple[str, str, bytes | None]]) -> None:
        self._written = written

    async def of_user(self, user_id: str) -> UserEvents:
        values = [
            value
            for word, key, value in self._written
            if word == RecordKind.EVENT and key == user_id and value is not None
        ]
        return UserEvents(newest(user_id, values))


class World:
    """One API and all behind it. The clock stands until it is moved."""

    def __init__(self, folder: Path | None = None, **settings: Any) -> None:
        self.now_ms = NOW_MS
        self._folder = tempfile.TemporaryDirectory() if folder is None else None
        secrets = folder or Path(self._folder.name)  # type: ignore[union-attr]
        self.settings = ApiSettings(secrets_dir=secrets, **settings)
        self.runner = asyncio.Runner()
        self.written: list[tuple[str, str, bytes | None]] = []
        self.decisions: list[Decision] = []
        self.dead_letters: list[DeadLetter] = []
        self.states: dict[str, UserState] = {}
        self.kafka_away = False
        self.job_away = False
        """Records are written, but nobody decides about them."""
        self.sink_away = False
        """Profiles and history are not written to the stores."""
        self.profiles = FakeProfiles()
        self.shared = AwayShared()
        self.ledger = LedgerTail()
        self.knowledge = self.runner.run(self._made(KnowledgeView))
        self.audit = FakeAudit(self.profiles)
        self.cipher = FakeCipher()
        self.clients = Clients(secrets / "clients.json")
        self.keys = LocalKeys(secrets / "signing")
        self.issuer = BuiltInIssuer(
            "tactful",
            "tactful-api",
            self.keys,
            self.clients,
            Steady(self.shared, MemoryShared()),
            now_s=self.now_s,
        )
        self.master = MasterKeys({1: bytes(32)})
        signer = Signer(bytes(range(32)), self.now_s)
        sessions = Sessions(
            signer, self.settings.session_ttl_s, secure=self.settings.secure, now_s=self.now_s
        )
        trusted = Issuer("tactful", self.keys, "tactful-api")
        self.tokens = Tokens(trusted, now_s=self.now_s)
        self.services = Services(
            settings=self.settings,
            writer=self,
            ledger=self.ledger,
            knowledge=self.knowledge,
            profiles=self.profiles,
            cipher=self.cipher,
            audit=self.audit,
            identities=Identities(self.tokens, sessions),
            issuer=self.issuer,
            sessions=sessions,
            links=Links(signer, self.settings.link_ttl_s),
            signer=signer,
            limits=RateLimits(
                self.settings.rate_limit,
                self.settings.rate_limit_heavy,
                self.settings.rate_limit_login,
            ),
            shared=self.shared,
            own_writes=OwnWrites(self.shared),
            now_ms=lambda: self.now_ms,
            seal=partial(seal, self.master),
            local_webhooks=True,
            events=WrittenEvents(self.written),
        )
        self.app = create(self.settings, self.services)
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://test",
        )

    async def _made(self, kind: Any) -> Any:
        return kind()

    def now_s(self) -> float:
        # Tokens are checked by PyJWT against the machine's clock, so they live by it too.
        import time

        return time.time()

    # as the API's Kafka

    async def write(self, word: str, key: str, value: bytes | None) -> Place:
        if self.kafka_away:
            raise unavailable("Kafka does not answer.")
        self.written.append((word, key, value))
        offset = len(self.written) - 1
        if word == topics.KNOWLEDGE:
            asyncio.get_running_loop().call_soon(self.knowledge.take, key, value or b"", offset)
        elif word in INPUTS and not self.job_away:
            asyncio.get_running_loop().call_soon(self._decide, word, key, value, offset)
        return Place(f"tactful.{word}", 0, offset)

    def _decide(self, word: str, key: str, value: bytes | None, offset: int) -> None:
        record = read(word, key, value, 0, offset)
        if isinstance(record, DeadLetter):
            self.dead_letters.append(record)
            self.services.letters.take([record])
            return
        if isinstance(record, Feedback):
            self.services.outcomes.take([record])
        state = self.states.get(key) or UserState(key)
        effects = step(state, record, self.now_ms, self.knowledge.current)
        self.states[key] = effects.state
        for output in effects.outputs:
            if isinstance(output, LedgerEntry):
                self.ledger.take([output])
                if not self.sink_away:
                    self.profiles.history.setdefault(key, []).append(output)
            elif isinstance(output, ProfileSnapshot):
                if not self.sink_away:
                    self.profiles.take(output)
            elif isinstance(output, Decision):
                self.decisions.append(output)

    # as a client

    def token(self, role: Role | str, *, second_factor: bool = True, **claims: Any) -> str:
        """A token of the built-in issuer's key, for a role; for `user:<id>` that person's."""
        role, _, user = str(role).partition(":")
        now_s = int(self.now_s())
        return self.keys.sign(
            {
                "iss": "tactful",
                "aud": "tactful-api",
                "sub": user or f"a-{role}",
                "roles": [role],
                "iat": now_s,
                "exp": now_s + 600,
                "amr": ["pwd", "otp"] if second_factor else ["pwd"],
                **claims,
            }
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        role: Role | str | None = None,
        token: str | None = None,
        second_factor: bool = True,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """One request, and whatever the writes of it set in motion."""
        if role is not None:
            token = self.token(role, second_factor=second_factor)
        given = dict(headers or {})
        if token is not None:
            given["Authorization"] = f"Bearer {token}"

        async def work() -> httpx.Response:
            response = await self._http.request(method, path, headers=given, **options)
            for _ in range(5):
                await asyncio.sleep(0)
            return response

        return self.runner.run(work())

    def introduce(self, user: str = "ada", **more: Any) -> None:
        """A user who can be reached and allows marketing."""
        response = self.call(
            "PATCH",
            f"/v1/users/{user}/profile",
            role=Role.PRODUCER,
            json={"identifiers": {"email": f"{user}@example.org"}, "time_zone": "Europe/Berlin"},
        )
        assert response.status_code == 202, response.text
        consent = self.call(
            "PUT",
            f"/v1/users/{user}/consent",
            role=Role.PRODUCER,
            json={"consent": {"marketing": True}},
        )
        assert consent.status_code == 202, consent.text
        if more:
            self.call("PATCH", f"/v1/users/{user}/preferences", role=Role.PRODUCER, json=more)
        self.now_ms += 2_000
        self.nudge(user)

    def nudge(self, user: str) -> None:
        """Something of no account, so that the newest profile comes out."""
        self.call(
            "POST",
            "/v1/events",
            role=Role.PRODUCER,
            json={"user_id": user, "name": "app_open"},
        )

    def close(self) -> None:
        self.runner.run(self._http.aclose())
        self.runner.close()
        if self._folder is not None:
            self._folder.cleanup()
