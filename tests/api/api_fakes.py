"""Stores, keys, audit and events in memory, each of which can be switched off."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api.kafka.events import UserEvents, newest
from api.stores.shared import AwayError, MemoryShared
from connectors.audit import AuditUnavailableError
from connectors.cassandra.reading import StoreError
from schemas.audit import AuditEntry
from schemas.codec import encode
from tactful.records import (
    LedgerEntry,
    ProfileSnapshot,
    RecordKind,
)


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
