"""The live operator with a plain policy, its clock in the test's hand, and a user it knows."""

import msgspec
from builders import NOW, PLAIN, an_update
from fake_flink import FakeFlink
from kit import arrived

from operators.live import LiveDecide

PLAIN_BYTES = msgspec.json.encode(PLAIN)
LETTERS = "tactful.dead-letters"
LEDGER = "tactful.ledger"

BORN = an_update(
    id="born",
    consent={"marketing": True},
    identifiers={"email": "ada@example.org", "push_token": "t0"},
)


class Clock:
    def __init__(self) -> None:
        self.now_ms = NOW

    def __call__(self) -> int:
        return self.now_ms


class Life:
    """An operator with the plain policy, the clock in the test's hand, and a user it knows."""

    def __init__(self, policy: bytes = PLAIN_BYTES) -> None:
        self.clock = Clock()
        self.policy = policy
        self.flink = FakeFlink(self.operator())
        self.take(BORN)

    def operator(self) -> LiveDecide:
        known = (("policy/default", self.policy),)
        return LiveDecide(initial_knowledge=known, clock=self.clock)

    def take(self, record: object, offset: int = 0) -> list[tuple[str, bytes, bytes]]:
        return self.flink.arrive(arrived(record, offset))  # type: ignore[arg-type]

    def wait(self, for_ms: int) -> list[tuple[str, bytes, bytes]]:
        self.clock.now_ms += for_ms
        return self.flink.fire_processing(self.clock.now_ms)

    def restore(self) -> None:
        """What a crash right after a checkpoint does."""
        self.flink = FakeFlink(self.operator(), snapshot=self.flink)
