"""What is kept of an unfinished comparison: each policy of each seed, so that it can go on."""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

import tactful
from cli.records_in import InputError
from tactful.learning import Trainer, TrainerError
from tactful.simulator.world.learning import Learned
from tactful.simulator.world.tally import Outcome
from tactful.simulator.world.world import Plan


class _Part(msgspec.Struct, frozen=True):
    """A result with what it was made by: parts of other plans or code are not taken."""

    mark: str
    outcome: Outcome


class _WarmUp(msgspec.Struct, frozen=True):
    mark: str
    trainers: dict[str, bytes]
    snapshots: dict[str, bytes]


def code_mark() -> str:
    """A hash of the engine's and the simulator's source."""
    root = Path(tactful.__file__).parent
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()


class Parts:
    """The folder of parts.

    Args:
        folder: made if it is missing.
        settings: whatever else the results depend on.

    Raises:
        InputError: if the folder can't be made.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        self._folder = folder
        self._settings = f"{code_mark()} {sorted(settings.items())}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--output: {folder}: found {error.strerror}") from None

    def outcome(self, plan: Plan, policy: str) -> Outcome | None:
        """What was kept of a policy, None if there is nothing (or of another version)."""
        part = self._read(self._path(plan, policy, "json"), _Part)
        return part.outcome if part is not None and part.mark == self._mark(plan) else None

    def keep(self, plan: Plan, outcome: Outcome) -> None:
        """Keep a policy's outcome."""
        packed = msgspec.json.encode(_Part(self._mark(plan), outcome))
        self._write(self._path(plan, outcome.policy, "json"), packed)

    def learned(self, plan: Plan) -> Learned | None:
        """What was kept of a warm-up; None too where a trainer can't be read."""
        part = self._read(self._path(plan, "warm-up", "json"), _WarmUp)
        if part is None or part.mark != self._mark(plan):
            return None
        try:
            for packed in part.trainers.values():
                Trainer.loads(packed)
        except TrainerError:
            return None
        return Learned(part.trainers, part.snapshots)

    def keep_learned(self, plan: Plan, learned: Learned) -> None:
        """Keep what a warm-up has learned."""
        part = _WarmUp(self._mark(plan), learned.trainers, learned.snapshots)
        self._write(self._path(plan, "warm-up", "json"), msgspec.json.encode(part))

    def _mark(self, plan: Plan) -> str:
        return f"{self._settings} {plan}"

    def _path(self, plan: Plan, what: str, kind: str) -> Path:
        slug = re.sub(r"[^a-z0-9]+", "-", what.lower())
        return self._folder / f"seed-{plan.seed:03d}-{slug}.{kind}"

    def _read(self, path: Path, kind: Any) -> Any:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None  # a part that was cut off, or of an older form, is made again

    def _write(self, path: Path, packed: bytes) -> None:
        beside = path.with_suffix(".tmp")
        beside.write_bytes(packed)
        beside.replace(path)
