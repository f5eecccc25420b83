"""Tactful in memory behind the real application: the real core decides, stores are dictionaries."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from api_fakes import AwayShared, FakeAudit, FakeCipher, FakeProfiles, WrittenEvents
from api_previews import previewed

from api.app import create
from api.auth.clients import Clients
from api.auth.identities import Identities
from api.auth.issuer import BuiltInIssuer
from api.auth.keys import LocalKeys
from api.auth.scopes import Role
from api.auth.sessions import Links, Sessions, Signer
from api.auth.tokens import Issuer, Tokens
from api.kafka.erasures import Erasures, erased_in
from api.kafka.knowledge import KnowledgeView
from api.kafka.ledger import LedgerTail
from api.kafka.letters import LetterTail
from api.kafka.outcomes import OutcomeTail
from api.kafka.writer import Place
from api.overlay import OwnWrites
from api.problems import unavailable
from api.services import Services
from api.settings import ApiSettings
from api.stores.limits import RateLimits
from api.stores.shared import MemoryShared, Steady
from connectors.crypto import MasterKeys
from connectors.webhooks.subscriptions import seal
from schemas.intake import read
from tactful import topics
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.history import Past
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
        self.erasures = Erasures()
        self.ledger = LedgerTail(erasures=self.erasures)
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
            extras={"preview": self.preview},
            seal=partial(seal, self.master),
            local_webhooks=True,
            events=WrittenEvents(self.written),
            erasures=self.erasures,
            letters=LetterTail(erasures=self.erasures),
            outcomes=OutcomeTail(erasures=self.erasures),
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
        if word == RecordKind.PROFILE_UPDATE:
            erased = erased_in(key, value or b"", self.now_ms)
            if erased is not None:
                self.erasures.take(*erased)
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

    async def preview(self, policy: bytes) -> dict[str, Any]:
        """What another policy would have made of all that was written."""
        pasts: dict[str, list[Past]] = {}
        for offset, (word, key, value) in enumerate(self.written):
            record = read(word, key, value, 0, offset) if word in INPUTS else None
            if record is not None and not isinstance(record, DeadLetter):
                pasts.setdefault(key, []).append(Past(record.at_ms, word, record.id, record))
        return previewed(pasts, self.knowledge.current.policy, policy)

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
