"""The data keys of users: made when first needed, cached briefly, rewrapped, destroyed."""

import dataclasses
import hashlib
import hmac
import itertools
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.crypto.master import KEY_BYTES, MasterKeys

CACHE_S = 30.0
"""How long a key that was read is trusted: at most so long another process can still decrypt."""

CACHED_USERS = 50_000
ROTATED_AT_ONCE = 256
MASTER_CACHE_S = 5.0
"""How long a program may go on wrapping new keys under the master key before a rotation."""


class UnreadableError(Exception):
    """The value can't be read: its key was destroyed (an erasure), or it is not this user's."""


@dataclasses.dataclass(frozen=True, slots=True)
class KeyRow:
    """A data key as it is stored.

    `since_version` is the version of the profile it was made for (or the moment, epoch ms): an
    erasure destroys the keys that are not younger than it.
    """

    user_id: str
    key_id: str
    wrapped: bytes
    master_version: int
    since_version: int
    created_at_ms: int


class KeyStore(Protocol):
    """Where key rows are kept; `connectors.cassandra.keys.UserKeys` in production."""

    def of(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        """The rows of several users; those without any are left out."""

    async def aof(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        """The same without blocking the event loop."""

    def insert(self, rows: Iterable[KeyRow]) -> None:
        """Add rows; a `key_id` is never used twice."""

    def rewrap(self, pairs: Iterable[tuple[KeyRow, KeyRow]]) -> list[bool]:
        """Replace wrappings, old by new; false where the row is gone or was rewrapped meanwhile."""

    def remove(self, rows: Iterable[KeyRow]) -> None:
        """Destroy rows, for good."""

    def scan(self) -> Iterator[KeyRow]:
        """Every row."""


@dataclasses.dataclass(frozen=True, slots=True)
class DataKey:
    """A user's key, unwrapped: `encrypt` and `decrypt` of bytes with associated data."""

    key_id: str
    since_version: int
    cipher: AESGCM = dataclasses.field(repr=False)
    nonce_key: bytes = dataclasses.field(repr=False)

    @classmethod
    def of(cls, row: KeyRow, key: bytes) -> "DataKey":
        """From the unwrapped bytes of a row."""
        nonce_key = hmac.digest(key, b"tactful nonce", hashlib.sha256)
        return cls(row.key_id, row.since_version, AESGCM(key), nonce_key)

    def nonce(self, plain: bytes, context: bytes) -> bytes:
        """Twelve bytes that follow from the content.

        Equal content of a field gives equal bytes, so that writing a row again changes nothing;
        different contents share a nonce with a chance of 2^-96 (a synthetic IV, cf. RFC 5297).
        """
        head = len(context).to_bytes(8, "big")
        return hmac.digest(self.nonce_key, head + context + plain, hashlib.sha256)[:12]


class KeyRing:
    """The keys of all users, through a store. Thread-safe.

    Args:
        master: wraps and unwraps; or what gives it, asked again when a version is missing, and
            every few seconds before a key is made, so that a rotation needs no restart.
        store: keeps the wrapped keys.
        cache_s: how long a key that was read serves for reading.
        cached_users: how many users' keys are kept at most.
        clock_s: monotonic seconds.
        now_ms: epoch milliseconds.
    """

    def __init__(
        self,
        master: MasterKeys | Callable[[], MasterKeys],
        store: KeyStore,
        *,
        cache_s: float = CACHE_S,
        cached_users: int = CACHED_USERS,
        clock_s: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._source = None if isinstance(master, MasterKeys) else master
        self.master = master if isinstance(master, MasterKeys) else master()
        self._store = store
        self._cache_s = cache_s
        self._cached_users = cached_users
        self._clock_s = clock_s
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._master_until_s = clock_s() + MASTER_CACHE_S
        self._cache: OrderedDict[str, tuple[float, dict[str, DataKey]]] = OrderedDict()

    # reading

    def load(self, user_ids: Iterable[str], *, fresh: bool = False) -> None:
        """Have the keys of several users at hand, with one round trip for those that are missing.

        Args:
            user_ids: whose.
            fresh: ask the store also for those that are cached.
        """
        missing = self._missing(user_ids, fresh=fresh)
        if missing:
            self._remember(missing, self._store.of(missing))

    async def aload(self, user_ids: Iterable[str], *, fresh: bool = False) -> None:
        """As `load`, without blocking the event loop: await it before `decrypt` of many fields."""
        missing = self._missing(user_ids, fresh=fresh)
        if missing:
            self._remember(missing, await self._store.aof(missing))

    def for_reading(self, user_id: str, key_id: str) -> DataKey:
        """The key that a value names.

        Raises:
            UnreadableError: it was destroyed, or never was this user's.
        """
        found = self._keys_of(user_id).get(key_id)
        if found is None:
            raise UnreadableError(f"the key {key_id!r} is not there: destroyed by an erasure?")
        return found

    # writing

    def for_writing(self, user_id: str, since_version: int | None = None) -> DataKey:
        """The key to encrypt with; made when the user has none.

        Always asks the store, unless `load(..., fresh=True)` just did: what is encrypted under a
        destroyed key can never be read.
        """
        self.load([user_id], fresh=True)
        return self.for_writing_many({user_id: since_version})[user_id]

    def for_writing_many(self, users: Mapping[str, int | None]) -> dict[str, DataKey]:
        """The keys to encrypt with for several users (by the version they write), made if need be.

        Uses what is cached: the caller has the keys of an erased user destroyed here, too.
        """
        self.load(users)
        made: list[KeyRow] = []
        for user_id, version in users.items():
            if not self._keys_of(user_id):
                made.append(self._new_row(user_id, version))
        if made:
            self._store.insert(made)
            self._remember([row.user_id for row in made], {row.user_id: [row] for row in made})
        return {
            user_id: max(
                self._keys_of(user_id).values(), key=lambda key: (key.since_version, key.key_id)
            )
            for user_id in users
        }

    # the life of keys

    def destroy(self, user_id: str, through_version: int | None = None) -> int:
        """Destroy a user's keys, so that all that was encrypted under them is unreadable for good.

        Args:
            user_id: whose.
            through_version: only keys made for this version or an earlier one (None: all).

        Returns:
            How many were destroyed.
        """
        rows = [
            row
            for row in self._store.of([user_id]).get(user_id, ())
            if through_version is None or row.since_version <= through_version
        ]
        if rows:
            self._store.remove(rows)
        self.forget(user_id)
        return len(rows)

    def forget(self, user_id: str) -> None:
        """Drop a user's keys from the cache of this process."""
        with self._lock:
            self._cache.pop(user_id, None)

    def clear(self) -> None:
        """Drop the whole cache."""
        with self._lock:
            self._cache.clear()

    def rotate(self) -> tuple[int, int]:
        """Wrap every key under the current master key that is under an older one.

        A key that is destroyed meanwhile stays destroyed. Safe to interrupt and repeat.

        Returns:
            How many were rewrapped, and how many were not, as they were destroyed or rewrapped by
            someone else meanwhile.
        """
        done = given_up = 0
        old_ones = (row for row in self._store.scan() if row.master_version != self.master.current)
        while some := list(itertools.islice(old_ones, ROTATED_AT_ONCE)):
            outcomes = self._store.rewrap([(row, self._rewrapped(row)) for row in some])
            done += sum(outcomes)
            given_up += len(outcomes) - sum(outcomes)
        return done, given_up

    def versions_in_use(self) -> dict[int, int]:
        """How many keys each version of the master key wraps."""
        return dict(Counter(row.master_version for row in self._store.scan()))

    def _rewrapped(self, row: KeyRow) -> KeyRow:
        wrapped = self.master.wrap(self._unwrapped(row), _owner(row))
        return dataclasses.replace(row, wrapped=wrapped, master_version=self.master.current)

    # how

    def _keys_of(self, user_id: str) -> dict[str, DataKey]:
        found = self._cached(user_id)
        if found is None:
            rows = self._store.of([user_id])
            self._remember([user_id], rows)
            found = self._cached(user_id)
        return found or {}

    def _cached(self, user_id: str) -> dict[str, DataKey] | None:
        with self._lock:
            entry = self._cache.get(user_id)
            if entry is None or entry[0] < self._clock_s():
                return None
            self._cache.move_to_end(user_id)
            return entry[1]

    def _missing(self, user_ids: Iterable[str], *, fresh: bool) -> list[str]:
        return [user_id for user_id in user_ids if fresh or self._cached(user_id) is None]

    def _remember(self, user_ids: Iterable[str], rows: Mapping[str, list[KeyRow]]) -> None:
        until = self._clock_s() + self._cache_s
        for user_id in user_ids:
            keys = {
                row.key_id: DataKey.of(row, self._unwrapped(row)) for row in rows.get(user_id, ())
            }
            with self._lock:
                self._cache[user_id] = (until, keys)
                self._cache.move_to_end(user_id)
                while len(self._cache) > self._cached_users:
                    self._cache.popitem(last=False)

    def _unwrapped(self, row: KeyRow) -> bytes:
        if row.master_version not in self.master.versions:
            self._reload()
        return self.master.unwrap(row.master_version, row.wrapped, _owner(row))

    def _reload(self) -> None:
        if self._source is not None:
            self.master = self._source()
            self._master_until_s = self._clock_s() + MASTER_CACHE_S

    def _new_row(self, user_id: str, version: int | None) -> KeyRow:
        if self._clock_s() > self._master_until_s:
            self._reload()
        now_ms = self._now_ms()
        row = KeyRow(
            user_id=user_id,
            key_id=secrets.token_hex(8),
            wrapped=b"",
            master_version=self.master.current,
            since_version=now_ms if version is None else version,
            created_at_ms=now_ms,
        )
        wrapped = self.master.wrap(secrets.token_bytes(KEY_BYTES), _owner(row))
        return dataclasses.replace(row, wrapped=wrapped)


def _owner(row: KeyRow) -> bytes:
    return f"{row.key_id}|{row.user_id}".encode()
