"""Small values for a while, shared by all processes of the API through Redis.

Nothing here is needed for an answer to be right: when Redis is away, each call says so at once, and
the caller does without.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from connectors.redis.together import ReadsTogether


class AwayError(Exception):
    """Redis does not answer now."""


class Shared(Protocol):
    """Values by key, each with an end."""

    async def get(self, key: str) -> bytes | None:
        """The value; None without one."""

    async def put(self, key: str, value: bytes, ttl_s: int) -> None:
        """Set a value."""

    async def add(self, key: str, value: bytes, ttl_s: int) -> bool:
        """Set a value unless there is one; whether it was set."""

    async def drop(self, key: str) -> None:
        """Forget a value."""


class MemoryShared:
    """The same in one process: for tests, and for what must hold while Redis is away."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic, size: int = 100_000) -> None:
        self._now_s = now_s
        self._size = size
        self._values: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """The value; None without one."""
        found = self._values.get(key)
        if found is None:
            return None
        if found[0] <= self._now_s():
            del self._values[key]
            return None
        return found[1]

    async def put(self, key: str, value: bytes, ttl_s: int) -> None:
        """Set a value; the oldest gives way when there are too many."""
        self._values[key] = (self._now_s() + ttl_s, value)
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)

    async def add(self, key: str, value: bytes, ttl_s: int) -> bool:
        """Set a value unless there is one; whether it was set."""
        if await self.get(key) is not None:
            return False
        await self.put(key, value, ttl_s)
        return True

    async def drop(self, key: str) -> None:
        """Forget a value."""
        self._values.pop(key, None)


class RedisShared:
    """The same in Redis, with short waits: after a failure it is left alone for a moment.

    Args:
        client: of redis.asyncio, with its timeouts set.
        prefix: before each key.
        pause_s: how long after a failure nothing is asked.
        now_s: monotonic seconds.
        reads: who asks for values, so that they go along with what others ask; None: the client.
    """

    def __init__(
        self,
        client: "Redis",
        prefix: str = "tactful:api:",
        pause_s: float = 1.0,
        now_s: Callable[[], float] = time.monotonic,
        reads: ReadsTogether | None = None,
    ) -> None:
        self._client = client
        self._reads = reads or ReadsTogether(client)
        self._prefix = prefix
        self._pause_s = pause_s
        self._now_s = now_s
        self._away_until_s = 0.0

    @property
    def away(self) -> bool:
        """Whether the last question failed a moment ago."""
        return self._now_s() < self._away_until_s

    async def get(self, key: str) -> bytes | None:
        """The value; None without one.

        Raises:
            AwayError: Redis does not answer.
        """
        if self.away:
            raise AwayError
        try:
            (found,) = await self._reads.mget(self._prefix + key)
        except (RedisError, OSError, TimeoutError) as error:
            raise self._failed() from error
        return found

    async def put(self, key: str, value: bytes, ttl_s: int) -> None:
        """Set a value.

        Raises:
            AwayError: Redis does not answer.
        """
        await self._ask("set", key, value, ex=ttl_s)

    async def add(self, key: str, value: bytes, ttl_s: int) -> bool:
        """Set a value unless there is one; whether it was set.

        Raises:
            AwayError: Redis does not answer.
        """
        return bool(await self._ask("set", key, value, ex=ttl_s, nx=True))

    async def drop(self, key: str) -> None:
        """Forget a value.

        Raises:
            AwayError: Redis does not answer.
        """
        await self._ask("delete", key)

    async def _ask(self, command: str, key: str, *values: bytes, **options: object) -> bytes | None:
        if self.away:
            raise AwayError
        try:
            found: bytes | None = await getattr(self._client, command)(
                self._prefix + key, *values, **options
            )
        except (RedisError, OSError, TimeoutError) as error:
            raise self._failed() from error
        return found

    def _failed(self) -> AwayError:
        self._away_until_s = self._now_s() + self._pause_s
        return AwayError()


class Steady:
    """Redis, and this process's memory while Redis is away: for what must never be forgotten."""

    def __init__(self, shared: Shared, memory: MemoryShared) -> None:
        self._shared = shared
        self._memory = memory

    async def once(self, key: str, ttl_s: int) -> bool:
        """Whether this is the first time within `ttl_s`, here or (if Redis answers) anywhere."""
        if not await self._memory.add(key, b"1", ttl_s):
            return False
        try:
            return await self._shared.add(key, b"1", ttl_s)
        except AwayError:
            return True
