"""Reads that several askers want at once, answered by one question to Redis.

A question costs the client several times what a key costs, so what is asked while another question
is under way waits for it, and goes as one. The busier the process, the more keys share a question.
"""

import asyncio
from typing import Any

import redis.asyncio


class ReadsTogether:
    """MGETs of one event loop, gathered; one of them is under way at a time.

    Args:
        client: asks; its timeouts are those of every reader.
    """

    def __init__(self, client: redis.asyncio.Redis) -> None:
        # Any: the client's types can't tell a waiting answer from one that is there
        self._client: Any = client
        self._waiting: list[tuple[tuple[str, ...], asyncio.Future[list[bytes | None]]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def mget(self, *keys: str) -> list[bytes | None]:
        """The values of these keys, as they were at one moment; None where there is none.

        Raises:
            redis.exceptions.RedisError: Redis does not answer; whoever waited behind the question
                that failed is told so too, instead of waiting for a failure of their own.
        """
        answer: asyncio.Future[list[bytes | None]] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        asked: list[tuple[tuple[str, ...], asyncio.Future[list[bytes | None]]]] = []
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, []
                names = list(dict.fromkeys(key for keys, _ in asked for key in keys))
                found = dict(zip(names, await self._client.mget(names), strict=True))
                for keys, answer in asked:
                    if not answer.done():
                        answer.set_result([found[key] for key in keys])
        except asyncio.CancelledError:
            for _, answer in [*asked, *self._waiting]:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it is the askers', whatever it is
            for _, answer in [*asked, *self._waiting]:
                if not answer.done():
                    answer.set_exception(error)
        finally:
            self._waiting = []
            self._asking = None
