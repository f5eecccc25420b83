"""Clients that ask at a steady rate, whatever the answers take.

Latency counts from the moment a request was due, so that a slow answer is not hidden by the
requests that wait behind it.

`python -m bench.api_load` reads a plan from standard input and writes what came of it, so that the
load has an interpreter of its own.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from bench.percentiles import percentiles


class Plan(msgspec.Struct):
    """What to ask: `get_profile` or `post_decision`, how often, by how many clients."""

    what: str
    port: int
    token: str
    users: list[str]
    clients: int
    per_second: int
    seconds: float
    name: str
    deadline_ms: int = 5_000


class Answer(msgspec.Struct):
    """What is looked at of an answer."""

    user_id: str = ""
    request_id: str = ""


_answer = msgspec.json.Decoder(Answer).decode
_WAIT_S = 30.0


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lags_ms: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.of_others = 0
        self._due: asyncio.Queue[tuple[float, int] | None] = asyncio.Queue()
        make: dict[str, Callable[[int], tuple[bytes, str, str]]] = {
            "get_profile": self._get_profile,
            "post_decision": self._post_decision,
        }
        self._make = make[plan.what]

    async def run(self) -> dict[str, Any]:
        """Ask all, and tell."""
        plan = self.plan
        clients = [asyncio.create_task(self._client()) for _ in range(plan.clients)]
        await asyncio.sleep(0.5)
        count = int(plan.per_second * plan.seconds)
        began_s = time.perf_counter()
        for number in range(count):
            due_s = began_s + number / plan.per_second
            pause_s = due_s - time.perf_counter()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            self._due.put_nowait((due_s, number))
        for _ in clients:
            self._due.put_nowait(None)
        await asyncio.wait(clients, timeout=_WAIT_S)
        took_s = time.perf_counter() - began_s
        answered = sum(self.statuses.values())
        return {
            "clients": plan.clients,
            "asked": count,
            "answered": answered,
            "lost": count - answered,
            "answered_for_another": self.of_others,
            "statuses": dict(self.statuses),
            "per_second": round(answered / took_s),
            "ms": percentiles(self.lags_ms),
        }

    async def _client(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.plan.port)
        while (job := await self._due.get()) is not None:
            due_s, number = job
            request, user, name = self._make(number)
            try:
                writer.write(request)
                status, body = await asyncio.wait_for(response(reader), _WAIT_S)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self.statuses["none"] += 1
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.plan.port)
                continue
            self.lags_ms.append((time.perf_counter() - due_s) * 1000)
            self.statuses[str(status)] += 1
            if status == 200:
                found = _answer(body)
                self.of_others += (found.user_id, found.request_id or name) != (user, name)
        writer.close()

    def _get_profile(self, number: int) -> tuple[bytes, str, str]:
        user = self.plan.users[number * 7919 % len(self.plan.users)]
        head = f"GET /v1/users/{user}/profile HTTP/1.1\r\nHost: x\r\n{self._authorised}\r\n\r\n"
        return head.encode(), user, ""

    def _post_decision(self, number: int) -> tuple[bytes, str, str]:
        plan = self.plan
        user = plan.users[number * 7919 % len(plan.users)]
        name = f"{plan.name}-{number}"
        asked = {"id": name, "user_id": user, "type": "security_alert", "priority": "critical"}
        body = msgspec.json.encode({"request": asked, "deadline_ms": plan.deadline_ms})
        head = (
            f"POST /v1/decisions HTTP/1.1\r\nHost: x\r\n{self._authorised}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body, user, name

    @property
    def _authorised(self) -> str:
        return f"Authorization: Bearer {self.plan.token}"


async def response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status and body of the next answer on a connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return int(head[9:12]), await reader.readexactly(length)


def main() -> int:
    """Entry point of the process."""
    import uvloop

    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(Load(plan).run())
    sys.stdout.buffer.write(msgspec.json.encode(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
