"""Rate limits per client: counted in Redis for all processes, taken in small leases.

A lease is a share of the limit that a process counts down by itself, so that most requests ask
nobody. While Redis is away each process counts alone.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from api.problems import Problem
from connectors.redis.connection import RedisConnection

_LEASES = 50
_CLIENTS = 10_000
_PAUSE_S = 1.0


class Limits(Protocol):
    """What routes need."""

    async def count(self, client: str, *, heavy: bool = False) -> None:
        """Count one request of a client."""

    async def fail(self, *whose: str) -> None:
        """Count one failed login."""

    async def check_logins(self, *whose: str) -> None:
        """Refuse whoever failed too often."""


class RateLimits:
    """Fixed windows per client, for all requests and again for the costly ones.

    Args:
        usual, heavy, login: limits in the notation of the `limits` library, `100/minute`.
        redis: how to reach it; None counts in this process alone.
        now_s: monotonic seconds.
    """

    def __init__(
        self,
        usual: str,
        heavy: str,
        login: str,
        redis: RedisConnection | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._usual = parse(usual)
        self._heavy = parse(heavy)
        self._login = parse(login)
        self._now_s = now_s
        self._alone = FixedWindowRateLimiter(MemoryStorage())
        self._shared = self._alone
        self._pool: ConnectionPool | None = None
        if redis is not None:
            # of our own, so that we can close it: the library never does
            self._pool = ConnectionPool.from_url(
                redis.url, socket_timeout=0.25, socket_connect_timeout=0.25, **redis.options()
            )
            storage = RedisStorage(
                f"async+{redis.url}",
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix="tactful:limits",
                connection_pool=self._pool,  # type: ignore[arg-type]
            )
            self._shared = FixedWindowRateLimiter(storage)
        self._away_until_s = 0.0
        # by client: what is left of the lease, and until when it is good
        self._leases: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._taking: dict[str, asyncio.Task[None]] = {}

    async def aclose(self) -> None:
        """End the connections."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def count(self, client: str, *, heavy: bool = False) -> None:
        """Count one request of a client.

        Raises:
            Problem: 429, with when to come back.
        """
        if heavy:
            await self._hit(self._heavy, 1, "heavy", client)
        while not self._spend(client):
            # Requests that come together share one lease: were each to take its own, all but the
            # last would be lost, and a limit of 1,000 reached by fifty.
            taking = self._taking.get(client)
            if taking is None:
                taking = self._taking[client] = asyncio.create_task(self._lease(client))
                taking.add_done_callback(lambda _: self._taking.pop(client, None))
            await asyncio.shield(taking)

    def _spend(self, client: str) -> bool:
        left, good_until_s = self._leases.get(client, (0, 0.0))
        if left < 1 or self._now_s() >= good_until_s:
            return False
        self._leases[client] = (left - 1, good_until_s)
        return True

    async def _lease(self, client: str) -> None:
        share = max(1, self._usual.amount // _LEASES)
        await self._hit(self._usual, share, "usual", client)
        # What is left of it when its window ends serves in the next one: a process may let pass a
        # share too many. Were it to end with its window, slow clients would lose most of each.
        self._leases[client] = (share, self._now_s() + self._usual.get_expiry())
        self._leases.move_to_end(client)
        if len(self._leases) > _CLIENTS:
            self._leases.popitem(last=False)

    async def fail(self, *whose: str) -> None:
        """Count one failed login for each of these."""
        for each in whose:
            await self._ask("hit", self._login, "login", each)

    async def check_logins(self, *whose: str) -> None:
        """Refuse whoever failed too often.

        Raises:
            Problem: 429.
        """
        for each in whose:
            if not await self._ask("test", self._login, "login", each):
                raise await self._refusal(self._login, "login", each)

    async def _hit(self, item: RateLimitItem, cost: int, *names: str) -> None:
        if not await self._ask("hit", item, *names, cost=cost):
            raise await self._refusal(item, *names)

    async def _refusal(self, item: RateLimitItem, *names: str) -> Problem:
        stats = await self._ask("get_window_stats", item, *names)
        after_s = max(1, round(stats.reset_time - time.time()))
        return Problem(
            429,
            "rate-limited",
            f"The limit is {item}. Come back in {after_s} s.",
            headers={"Retry-After": str(after_s)},
        )

    async def _ask(self, what: str, item: RateLimitItem, *names: str, **options: Any) -> Any:
        if self._now_s() >= self._away_until_s:
            try:
                return await getattr(self._shared, what)(item, *names, **options)
            except (StorageError, OSError):
                self._away_until_s = self._now_s() + _PAUSE_S
        return await getattr(self._alone, what)(item, *names, **options)
