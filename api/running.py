"""The real services: Kafka, the stores, trust in files; and how they begin and end."""

import asyncio
import gc
import logging
import time
from functools import partial
from typing import Any

import msgspec
from confluent_kafka import Message
from fastapi import FastAPI
from redis.asyncio import Redis

from api.app import create
from api.auth.clients import Clients
from api.auth.identities import Identities
from api.auth.issuer import BuiltInIssuer
from api.auth.keys import LocalKeys, RemoteKeys, fetching, session_keys
from api.auth.sessions import Links, Sessions, Signer
from api.auth.tokens import Issuer, Tokens
from api.kafka.erasures import Erasures, erased_in
from api.kafka.events import EventSearch
from api.kafka.following import Follower
from api.kafka.knowledge import KnowledgeView
from api.kafka.lags import CachedLags, groups_of
from api.kafka.ledger import LedgerTail
from api.kafka.letters import LetterTail
from api.kafka.outcomes import OutcomeTail
from api.kafka.outlet import AuditOutlet
from api.kafka.writer import KafkaWriter
from api.metrics import ApiMetrics
from api.overlay import OwnWrites
from api.services import Services
from api.settings import ApiSettings
from api.stores.contact import ContactCipher
from api.stores.limits import RateLimits
from api.stores.shared import MemoryShared, RedisShared, Steady
from connectors.audit import AuditTrail
from connectors.breaker import BreakerState
from connectors.cassandra.keys import UserKeys
from connectors.crypto import FieldCipher, KeyRing
from connectors.kafka.group_lags import GroupLags
from connectors.profile_reader import ProfileReader
from connectors.redis.cache import CacheSettings, ProfileCache
from connectors.webhooks.subscriptions import Book, seal
from deploy.connections import cassandra_of, kafka_of, redis_of
from deploy.secrets import master_keys
from deploy.settings import Settings
from schemas.intake import read
from tactful import topics
from tactful.records import DeadLetter, Feedback, LedgerEntry, RecordKind

log = logging.getLogger("tactful.api")

_LOOK_BACK_MS = 600_000
_LETTERS_BACK_MS = 7 * 86_400_000
_OUTCOMES_BACK_MS = 86_400_000
_READY_S = 15.0
_entry = msgspec.json.Decoder(LedgerEntry)
_letter = msgspec.json.Decoder(DeadLetter)


class Running:
    """One API on a stack, from its first to its last moment.

    Args:
        stack: where everything is.
        settings: how the API is to be.
        extras: capabilities that are handed in (`preview`).

    Raises:
        ConnectionSettingsError: the settings of a connection can't be used.
    """

    def __init__(
        self, stack: Settings, settings: ApiSettings, extras: dict[str, Any] | None = None
    ) -> None:
        self.stack = stack
        self.settings = settings
        prefix = stack.topic_prefix
        kafka, redis = kafka_of(stack), redis_of(stack)
        folder = settings.secrets(stack)
        self.metrics = ApiMetrics()
        self.clients = Clients(folder / "clients.json")
        self.keys = LocalKeys(folder / "signing", keep_s=settings.user_token_ttl_s + 600)
        self._writer = KafkaWriter(kafka, prefix, settings.write_timeout_ms)
        self._outlet = AuditOutlet(kafka, self.metrics.audit_failures.inc)
        self._erasures = Erasures()
        self._ledger = LedgerTail(settings.ledger_tail, self._erasures)
        self._knowledge = KnowledgeView()
        self._webhooks = Book()
        self._letters = LetterTail(erasures=self._erasures)
        self._outcomes = OutcomeTail(erasures=self._erasures)
        self._redis = Redis.from_url(
            redis.url, socket_timeout=0.25, socket_connect_timeout=0.25, **redis.options()
        )
        self._limits = RateLimits(
            settings.rate_limit,
            settings.rate_limit_heavy,
            settings.rate_limit_login,
            redis,
        )
        self._cache = ProfileCache(CacheSettings(redis=redis, prefix=prefix))
        self._reader = ProfileReader(
            cassandra_of(stack, request_timeout_ms=1_000),
            self._cache,
            on_unreadable=lambda table: self.metrics.unreadable.labels(table).inc(),
        )
        now_ms = time.time_ns() // 1_000_000
        self._followers = [
            # Before all that erasures are about, and as far back as the longest of it.
            Follower(
                kafka,
                topics.name_of(RecordKind.PROFILE_UPDATE, prefix),
                self._take_updates,
                since_ms=now_ms - _LETTERS_BACK_MS,
            ),
            Follower(
                kafka,
                topics.name_of(topics.LEDGER, prefix),
                self._take_ledger,
                since_ms=now_ms - _LOOK_BACK_MS,
            ),
            Follower(kafka, topics.name_of(topics.KNOWLEDGE, prefix), self._take_knowledge),
            Follower(kafka, topics.name_of(topics.WEBHOOKS, prefix), self._take_webhooks),
            Follower(
                kafka,
                topics.name_of(topics.DEAD_LETTERS, prefix),
                self._take_letters,
                since_ms=now_ms - _LETTERS_BACK_MS,
            ),
            Follower(
                kafka,
                topics.name_of(RecordKind.FEEDBACK, prefix),
                self._take_feedback,
                since_ms=now_ms - _OUTCOMES_BACK_MS,
            ),
        ]
        master_keys(stack)  # without one nothing could be encrypted: say so at once
        shared = RedisShared(self._redis, f"{prefix}:api:", reads=self._cache.reads)
        signer = Signer(session_keys(folder / "session-keys"))
        sessions = Sessions(signer, settings.session_ttl_s, secure=settings.secure)
        self.services = Services(
            settings=settings,
            writer=self._writer,
            ledger=self._ledger,
            knowledge=self._knowledge,
            profiles=self._reader,
            cipher=ContactCipher(self._cipher),
            audit=AuditTrail(self._outlet, prefix),
            identities=Identities(Tokens(*self._issuers()), sessions),
            issuer=BuiltInIssuer(
                settings.issuer,
                settings.audience,
                self.keys,
                self.clients,
                Steady(shared, MemoryShared()),
                ttl_s=settings.token_ttl_s,
                user_ttl_s=settings.user_token_ttl_s,
            ),
            sessions=sessions,
            links=Links(signer, settings.link_ttl_s),
            signer=signer,
            limits=self._limits,
            shared=shared,
            own_writes=OwnWrites(shared, settings.own_writes_ttl_s),
            seal=self._seal,
            local_webhooks=stack.local
            if settings.local_webhooks is None
            else settings.local_webhooks,
            webhooks=self._webhooks,
            metrics=self.metrics,
            health=self.health,
            channels=stack.channels,
            erasures=self._erasures,
            letters=self._letters,
            outcomes=self._outcomes,
            events=EventSearch(kafka, topics.name_of(RecordKind.EVENT.value, prefix)),
            lags=CachedLags(lambda: GroupLags(kafka, groups_of(prefix))),
            extras={"stack": stack, **(extras or {})},
        )
        self.app: FastAPI = create(settings, self.services, start=self.start, stop=self.stop)

    async def start(self) -> None:
        """Begin to read and write; returns when the ledger is followed, or after a while."""
        loop = asyncio.get_running_loop()
        self._writer.start(loop)
        for follower in self._followers:
            follower.start(loop)
        ready = await asyncio.gather(*(each.ready(_READY_S) for each in self._followers))
        if not all(ready):
            log.warning("Kafka does not answer yet; the API begins without it")
        # What is there from the start stays: a collection need not look through it each time.
        gc.collect()
        gc.freeze()
        # Connecting takes a moment that the first reader need not wait for.
        self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        try:
            await self._reader.aget("")
        except Exception:  # noqa: BLE001 - whoever reads next is told what is wrong
            log.warning("the profile store does not answer yet")

    async def stop(self) -> None:
        """End all that was begun; what is on its way to Kafka gets there."""
        self._warming.cancel()
        for follower in self._followers:
            await asyncio.to_thread(follower.close)
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._outlet.flush, 5.0)
        await asyncio.to_thread(self._reader.close)
        # A loop that is closed while connections are open may never end.
        await self._limits.aclose()
        await self._cache.aclose()
        await self._redis.aclose()

    def health(self) -> dict[str, str | None]:
        """By part, what is wrong with it."""
        parts: dict[str, str | None] = {
            "kafka": next((f.trouble for f in self._followers if f.trouble), None)
        }
        for name, state in self._reader.states().items():
            parts[name] = None if state is BreakerState.CLOSED else str(state)
        return parts

    def _issuers(self) -> list[Issuer]:
        settings = self.settings
        found = [Issuer(settings.issuer, self.keys, settings.audience)]
        if settings.external_issuer is not None and settings.external_jwks_url is not None:
            found.append(
                Issuer(
                    settings.external_issuer,
                    RemoteKeys(fetching(settings.external_jwks_url)),
                    settings.external_audience or settings.audience,
                    settings.external_roles_claim,
                    settings.external_second_factor,
                )
            )
        return found

    def _cipher(self) -> FieldCipher:
        read = partial(master_keys, self.stack)  # again and again: keys are rotated under us
        return FieldCipher(KeyRing(read, UserKeys(self._reader.session)))

    def _seal(self, webhook_id: str, secret: str) -> str:
        return seal(master_keys(self.stack), webhook_id, secret)

    def _take_updates(self, messages: list[Message]) -> None:
        for message in messages:
            key = (message.key() or b"").decode(errors="replace")
            found = erased_in(key, message.value() or b"", message.timestamp()[1])
            if found is not None:
                self._erasures.take(*found)

    def _take_ledger(self, messages: list[Message]) -> None:
        entries = []
        for message in messages:
            try:
                entries.append(_entry.decode(message.value() or b""))
            except msgspec.DecodeError:
                log.warning("an entry of the ledger can't be read: offset %s", message.offset())
        self._ledger.take(entries)

    def _take_knowledge(self, messages: list[Message]) -> None:
        for message in messages:
            key = (message.key() or b"").decode(errors="replace")
            self._knowledge.take(key, message.value() or b"", message.offset() or 0)

    def _take_letters(self, messages: list[Message]) -> None:
        letters = []
        for message in messages:
            try:
                letters.append(_letter.decode(message.value() or b""))
            except msgspec.DecodeError:
                log.warning("a dead letter can't be read: offset %s", message.offset())
        self._letters.take(letters)

    def _take_feedback(self, messages: list[Message]) -> None:
        found = []
        for message in messages:
            key, value = message.key(), message.value()
            user_id = None if key is None else key.decode(errors="replace")
            record = read(RecordKind.FEEDBACK, user_id, value, 0, 0)
            # What is none becomes a dead letter by the job; here it is passed over.
            if isinstance(record, Feedback):
                found.append(record)
        self._outcomes.take(found)

    def _take_webhooks(self, messages: list[Message]) -> None:
        for message in messages:
            self._webhooks.take((message.key() or b"").decode(errors="replace"), message.value())
