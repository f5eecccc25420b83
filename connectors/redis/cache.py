"""The cache of profiles: cache-aside with a time to live, kept true by the profile stream.

Readers go through `connectors.profile_reader`; the profile sink calls `note` after Cassandra has
taken a row. While Redis is away everything is a miss, decided by a breaker, not by a timeout each.
"""

import dataclasses
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

import redis
import redis.asyncio
from redis.exceptions import RedisError

from connectors.breaker import Breaker, BreakerState
from connectors.redis.connection import RedisConnection
from connectors.redis.entries import FILL, NOTE, Entry, Kind, decode, version_text
from connectors.redis.together import ReadsTogether
from tactful.topics import DEFAULT_PREFIX


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """How entries live; times in milliseconds.

    Attributes:
        redis: where it is, and who we are to it.
        prefix: first word of the keys, as of the topics.
        ttl_ms: how long an entry may live; less up to a tenth, so that not all end at once.
        nothing_ttl_ms: how long it is remembered that there is no profile.
        floor_ttl_ms: how long it is remembered that a newer version came: longer than any read of
            Cassandra that may have begun before.
        refresh_share: the last share of an entry's life, in which readers may refresh it early.
        timeout_ms: of one call, and of connecting.
    """

    redis: RedisConnection = dataclasses.field(default_factory=RedisConnection)
    prefix: str = DEFAULT_PREFIX
    ttl_ms: int = 60_000
    nothing_ttl_ms: int = 5_000
    floor_ttl_ms: int = 15_000
    refresh_share: float = 0.2
    timeout_ms: int = 250


@dataclasses.dataclass(frozen=True, slots=True)
class Cached:
    """What the cache says of a user.

    Attributes:
        entry: a snapshot, or that there is none; None for a miss.
        refresh: whether this reader should refresh it early, before it ends for all.
        epoch: of the cache at the moment of reading: hand it to `fill`.
        away: whether Redis did not answer.
    """

    entry: Entry | None
    refresh: bool = False
    epoch: bytes = b""
    away: bool = False


AWAY = Cached(None, away=True)


class ProfileCache:
    """The cache on one server, for threads (`look`, `fill`, `note`) and event loops (`alook` ...).

    Args:
        settings: where Redis is and how long entries live.
        client: a `redis.Redis` to use instead of one of our own (`decode_responses` off).
        aclient: the same for event loops.
        breaker: decides when Redis is tried again after failures.
        clock_ms: monotonic milliseconds, for the breaker.
        now_ms: epoch milliseconds.
        draw: a number in [0, 1), which spreads early refreshes and ends of life.

    Attributes:
        reads: what event loops ask by, for others whose keys may go along.
    """

    def __init__(
        self,
        settings: CacheSettings,
        *,
        client: redis.Redis | None = None,
        aclient: redis.asyncio.Redis | None = None,
        breaker: Breaker | None = None,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.settings = settings
        self.breaker = breaker or Breaker(pause_ms=250, max_pause_ms=2_000)
        self._clock_ms = clock_ms
        self._now_ms = now_ms
        self._draw = draw
        self._epoch_key = f"{settings.prefix}:profile-epoch"
        options: dict[str, Any] = {
            "socket_timeout": settings.timeout_ms / 1000,
            "socket_connect_timeout": settings.timeout_ms / 1000,
            **settings.redis.options(),
        }
        url = settings.redis.url
        # Any: the client's types can't tell a waiting answer from one that is there
        self._client: Any = client or redis.Redis.from_url(url, **options)
        self._aclient: Any = aclient or redis.asyncio.Redis.from_url(url, **options)
        self.reads = ReadsTogether(self._aclient)
        self._fill = self._client.register_script(FILL)
        self._afill = self._aclient.register_script(FILL)
        self._note = self._client.register_script(NOTE)
        self._dirty = False
        self._trusted_from_ms = 0

    # readers

    def look(self, user_id: str) -> Cached:
        """What is cached of a user; never raises."""
        if self._closed_to():
            return AWAY
        try:
            epoch, value = self._client.mget(self._epoch_key, self._key(user_id))
        except RedisError:
            return self._failed()
        return self._seen(epoch, value)

    async def alook(self, user_id: str) -> Cached:
        """As `look`, in an event loop."""
        if self._closed_to():
            return AWAY
        try:
            epoch, value = await self.reads.mget(self._epoch_key, self._key(user_id))
        except RedisError:
            return self._failed()
        return self._seen(epoch, value)

    def fill(self, user_id: str, version: int, raw: bytes | None, epoch: bytes) -> bool:
        """Put in what was read from Cassandra (raw None: no profile), unless a newer one is there.

        Never raises; false when it was not put in.
        """
        if self._closed_to():
            return False
        try:
            return bool(self._fill(**self._fill_call(user_id, version, raw, epoch)))
        except RedisError:
            self._failed()
            return False

    async def afill(self, user_id: str, version: int, raw: bytes | None, epoch: bytes) -> bool:
        """As `fill`, in an event loop."""
        if self._closed_to():
            return False
        try:
            return bool(await self._afill(**self._fill_call(user_id, version, raw, epoch)))
        except RedisError:
            self._failed()
            return False

    # the profile sink

    def note(self, changes: Iterable[tuple[str, int, bytes | None]]) -> bool:
        """Tell of rows that Cassandra has taken: user, version, raw (None: erased).

        Never raises. If it can't tell, the next call that gets through first declares all that is
        cached void; false until then.
        """
        if self._closed_to():
            self._dirty = True
            return False
        try:
            if self._dirty:
                self.void()
                self._dirty = False
            epoch, now_ms = self._client.get(self._epoch_key) or b"", self._now_ms()
            pipe = self._client.pipeline(transaction=False)
            for user_id, version, raw in changes:
                kind = Kind.NOTHING if raw is None else Kind.DATA
                entry = Entry(kind, version, now_ms, epoch, raw or b"")
                floor = Entry(Kind.FLOOR, version, now_ms, epoch, b"")
                self._note(
                    keys=[self._key(user_id)],
                    args=[
                        entry.encode(),
                        floor.encode(),
                        version_text(version),
                        self._life_ms(),
                        self.settings.floor_ttl_ms,
                        epoch,
                    ],
                    client=pipe,
                )
            pipe.execute()
        except RedisError:
            self._failed()
            self._dirty = True
            return False
        self.breaker.succeeded()
        return True

    def settle(self) -> bool:
        """Make good a `note` that failed, when it is time to try; false while it can't."""
        return self.note(()) if self._dirty else True

    def void(self) -> None:
        """Declare all that is cached void, at once.

        Raises:
            redis.exceptions.RedisError: Redis did not take it.
        """
        self._client.set(self._epoch_key, b"%x" % time.time_ns())

    def entry(self, user_id: str) -> Entry | None:
        """What stands there, as it is (for verification); None: nothing, or void.

        Raises:
            redis.exceptions.RedisError: Redis does not answer.
        """
        epoch, value = self._client.mget(self._epoch_key, self._key(user_id))
        found = decode(value) if value else None
        return found if found is not None and found.epoch == (epoch or b"") else None

    def answers(self) -> bool:
        """Whether Redis is there now."""
        try:
            return bool(self._client.ping())
        except RedisError:
            return False

    def state(self) -> BreakerState:
        """How Redis stands, as seen from here."""
        return self.breaker.state(self._clock_ms())

    def close(self) -> None:
        """Give the connections of threads back."""
        self._client.close()

    async def aclose(self) -> None:
        """Give the connections of the event loop back, too."""
        self.close()
        await self._aclient.aclose()

    # how

    def _seen(self, epoch: bytes | None, value: bytes | None) -> Cached:
        if self.breaker.failures:
            # it was away, so the sink may not have reached it either: what is older counts for
            # nothing here, until the sink has declared it void for all
            self._trusted_from_ms = self._now_ms()
            self.breaker.succeeded()
        epoch = epoch or b""
        entry = decode(value) if value else None
        if entry is None or entry.epoch != epoch or entry.kind is Kind.FLOOR:
            return Cached(None, epoch=epoch)
        if entry.stored_ms < self._trusted_from_ms:
            return Cached(None, epoch=epoch)
        window_ms = self.settings.ttl_ms * self.settings.refresh_share
        # the nearer the end, the likelier: of many readers a few refresh, one after another
        left_ms = entry.stored_ms + self.settings.ttl_ms - self._now_ms()
        early = entry.kind is Kind.DATA and left_ms < window_ms * self._draw() ** 4
        return Cached(entry, refresh=early, epoch=epoch)

    def _fill_call(
        self, user_id: str, version: int, raw: bytes | None, epoch: bytes
    ) -> dict[str, Any]:
        kind = Kind.NOTHING if raw is None else Kind.DATA
        life_ms = self.settings.nothing_ttl_ms if raw is None else self._life_ms()
        value = Entry(kind, version, self._now_ms(), epoch, raw or b"").encode()
        return {
            "keys": [self._key(user_id)],
            "args": [value, version_text(version), life_ms, epoch],
        }

    def _life_ms(self) -> int:
        return int(self.settings.ttl_ms * (1 - 0.1 * self._draw()))

    def _key(self, user_id: str) -> str:
        return f"{self.settings.prefix}:profile:{user_id}"

    def _closed_to(self) -> bool:
        return self.breaker.due_in_ms(self._clock_ms()) > 0

    def _failed(self) -> Cached:
        self.breaker.failed(self._clock_ms())
        return AWAY
