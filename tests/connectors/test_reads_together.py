"""Reads that are asked together are one question to Redis, and fail together."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from connectors.redis.together import ReadsTogether


class Slow:
    """Redis that answers when it is let; it remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.broken = False
        self.let = asyncio.Event()

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        self.questions.append(keys)
        await self.let.wait()
        if self.broken:
            raise RedisConnectionError
        return [None if key.startswith("no-") else key.encode() for key in keys]


def together(slow: Any) -> ReadsTogether:
    return ReadsTogether(slow)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_is_asked_in_one_turn_goes_as_one_question_and_a_shared_key_once() -> None:
    async def work() -> None:
        slow = Slow()
        reads = together(slow)
        slow.let.set()
        found = await asyncio.gather(
            reads.mget("epoch", "a"), reads.mget("epoch", "no-b"), reads.mget("c")
        )
        assert found == [[b"epoch", b"a"], [b"epoch", None], [b"c"]]
        assert slow.questions == [["epoch", "a", "no-b", "c"]]

    asyncio.run(work())


def test_what_comes_while_a_question_is_under_way_waits_for_the_next() -> None:
    async def work() -> None:
        slow = Slow()
        reads = together(slow)
        asked = [asyncio.create_task(reads.mget("a"))]
        await settle()
        asked += [asyncio.create_task(reads.mget(key)) for key in ("b", "c")]
        await settle()
        assert slow.questions == [["a"]]
        slow.let.set()
        assert await asyncio.gather(*asked) == [[b"a"], [b"b"], [b"c"]]
        assert slow.questions == [["a"], ["b", "c"]]

    asyncio.run(work())


def test_who_waits_behind_a_question_that_fails_fails_with_it_and_the_next_is_new() -> None:
    async def work() -> None:
        slow = Slow()
        slow.broken = True
        reads = together(slow)
        asked = [asyncio.create_task(reads.mget("a"))]
        await settle()
        asked.append(asyncio.create_task(reads.mget("b")))
        await settle()
        slow.let.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(each) for each in found] == [RedisConnectionError] * 2
        assert slow.questions == [["a"]]
        slow.broken = False
        assert await reads.mget("b") == [b"b"]

    asyncio.run(work())


def test_who_goes_away_takes_nobody_elses_answer_along() -> None:
    async def work() -> None:
        slow = Slow()
        reads = together(slow)
        leaving, staying = (asyncio.create_task(reads.mget(key)) for key in ("a", "b"))
        await settle()
        leaving.cancel()
        slow.let.set()
        assert await staying == [b"b"]
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(work())
