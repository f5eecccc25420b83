"""Requests of all kinds at a steady rate until told to end, each noted with what came of it.

`python -m bench.faults_load` reads a plan from standard input, ends at SIGTERM, and writes what it
noted. No request waits for another: what hangs does not slow what comes after it.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle

import msgspec

from bench.api_load import response

WAIT_S = 20.0
DEADLINE_MS = 5_000


class Plan(msgspec.Struct):
    """Whom to ask about, and how often.

    `often` are read again and again, `once` a single time each, so that they are in no cache.
    """

    port: int
    token: str
    often: list[str]
    once: list[str]
    per_second: dict[str, float]


class Noted(msgspec.Struct):
    """One request: `mark` finds its record again; a status of 0 is no answer."""

    kind: str
    due_s: float
    status: int
    took_ms: float
    mark: str = ""


class Load:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.noted: list[Noted] = []
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._asked: set[asyncio.Task[None]] = set()
        self._often = cycle(plan.often)
        self._once = iter(plan.once)

    async def run(self) -> list[Noted]:
        """Ask until SIGTERM, then wait for the last answers."""
        over = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
        kinds: dict[str, Callable[[int], tuple[str, str, object, str] | None]] = {
            "read cached": lambda _: ("GET", f"users/{next(self._often)}/profile", None, ""),
            "read stored": self._read_once,
            "history": lambda _: ("GET", f"users/{next(self._often)}/history", None, ""),
            "event": self._event,
            "preference": self._preference,
            "decision": self._decision,
        }
        tickers = [
            asyncio.create_task(self._tick(kind, rate, kinds[kind]))
            for kind, rate in self.plan.per_second.items()
        ]
        await over.wait()
        for ticker in tickers:
            ticker.cancel()
        if self._asked:
            await asyncio.wait(self._asked, timeout=WAIT_S + 5)
        for _, writer in self._idle:
            writer.close()
        return sorted(self.noted, key=lambda each: each.due_s)

    async def _tick(
        self, kind: str, rate: float, make: Callable[[int], tuple[str, str, object, str] | None]
    ) -> None:
        began_s = time.time()
        for number in count():
            due_s = began_s + number / rate
            await asyncio.sleep(max(0.0, due_s - time.time()))
            made = make(number)
            if made is None:
                return
            task = asyncio.create_task(self._ask(kind, due_s, *made))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)

    async def _ask(
        self, kind: str, due_s: float, method: str, path: str, content: object, mark: str
    ) -> None:
        body = b"" if content is None else msgspec.json.encode(content)
        head = (
            f"{method} /v1/{path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.plan.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        status = 0
        try:
            reader, writer = await self._connection()
            try:
                writer.write(head.encode() + body)
                status, _ = await asyncio.wait_for(response(reader), WAIT_S)
            except BaseException:
                writer.close()
                raise
            self._idle.append((reader, writer))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        took_ms = (time.time() - due_s) * 1000
        self.noted.append(Noted(kind, due_s, status, round(took_ms, 1), mark))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
        return await asyncio.open_connection("127.0.0.1", self.plan.port)

    def _read_once(self, _number: int) -> tuple[str, str, object, str] | None:
        user = next(self._once, None)
        return None if user is None else ("GET", f"users/{user}/profile", None, "")

    def _event(self, number: int) -> tuple[str, str, object, str]:
        mark = f"fault-event-{number}"
        content = {"id": mark, "user_id": next(self._often), "name": "page_view"}
        return "POST", "events", content, mark

    def _preference(self, number: int) -> tuple[str, str, object, str]:
        # a pause that is long over changes no decision, and no two are the same
        mark = 1_000_000 + number
        path = f"users/{next(self._often)}/preferences"
        return "PATCH", path, {"pause_until_ms": mark}, str(mark)

    def _decision(self, number: int) -> tuple[str, str, object, str]:
        mark = f"fault-decision-{number}"
        asked = {
            "id": mark,
            "user_id": next(self._often),
            "type": "security_alert",
            "priority": "critical",
        }
        return "POST", "decisions", {"request": asked, "deadline_ms": DEADLINE_MS}, mark


def main() -> int:
    """Entry point of the process."""
    import uvloop

    # the plan is one line: standard input stays open, as the parent keeps it
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        noted = runner.run(Load(plan).run())
    sys.stdout.buffer.write(msgspec.json.encode(noted))
    return 0


def seconds_of(noted: list[Noted]) -> Iterator[tuple[int, list[Noted]]]:
    """What was due in each second, from the first one on."""
    first = int(noted[0].due_s) if noted else 0
    by_second: dict[int, list[Noted]] = {}
    for each in noted:
        by_second.setdefault(int(each.due_s) - first, []).append(each)
    yield from sorted(by_second.items())


if __name__ == "__main__":
    sys.exit(main())
