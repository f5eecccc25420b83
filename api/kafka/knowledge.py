"""What the jobs know, as they know it: the policy, prices and models of `tactful.knowledge`."""

import asyncio
from dataclasses import dataclass

from tactful.knowledge import InvalidKnowledgeError, Knowledge

MODEL_KEY = "model/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that can't be used; the last good one stays in force."""

    key: str
    offset: int
    why: str


class KnowledgeView:
    """The knowledge in force, in the event loop's hands."""

    def __init__(self) -> None:
        self.current = Knowledge()
        self.records: dict[str, bytes] = {}
        self.offsets: dict[str, int] = {}
        self.refused: dict[str, Refusal] = {}
        self._changed = asyncio.Event()

    def take(self, key: str, value: bytes, offset: int) -> None:
        """Note one record of the topic."""
        try:
            self.current = self.current.with_update(key, value)
        except InvalidKnowledgeError as error:
            self.refused[key] = Refusal(key, offset, str(error))
        else:
            self.refused.pop(key, None)
            if value:
                self.records[key] = value
            else:
                self.records.pop(key, None)
        self.offsets[key] = offset
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def models(self) -> dict[str, bytes]:
        """The model snapshots by task."""
        return {
            key.removeprefix(MODEL_KEY): value
            for key, value in self.records.items()
            if key.startswith(MODEL_KEY)
        }

    async def reached(self, key: str, offset: int, timeout_s: float) -> bool:
        """Wait until the record at `offset` of a key was taken; whether it was in time."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + timeout_s
        while self.offsets.get(key, -1) < offset:
            left_s = deadline_s - loop.time()
            if left_s <= 0:
                return False
            try:
                await asyncio.wait_for(self._changed.wait(), left_s)
            except TimeoutError:
                return False
        return True
