"""A dead letter as the record that it was: whether it may go back to where it came from.

A record that goes back keeps its bytes, and so its `id`: the core, which remembers ids, counts it
once even if it is sent back twice, or got through by another way meanwhile.
"""

import re
from typing import Final, NamedTuple

from schemas.codec import decode
from schemas.errors import ContractError
from schemas.intake import read
from schemas.kinds import MAX_VALUE_BYTES
from schemas.registry import installed
from tactful.admission import admit
from tactful.knowledge import Knowledge
from tactful.records import DeadLetter, DeadLetterReason, RecordKind

_REGISTRY: Final = installed()
_KINDS: Final = {kind.value: kind for kind in RecordKind}
_FAULT = re.compile(r"found (?P<found>.*?),? allowed: (?P<allowed>.*)", re.DOTALL)

STAGES: Final = {
    DeadLetterReason.UNDECODABLE: "contract",
    DeadLetterReason.UNKEYED: "contract",
    DeadLetterReason.WRONG_KEY: "contract",
    DeadLetterReason.UNKNOWN_TOPIC: "contract",
    DeadLetterReason.FAR_FUTURE: "admission",
    DeadLetterReason.TOO_LATE: "admission",
    DeadLetterReason.INVALID_KNOWLEDGE: "knowledge",
    DeadLetterReason.STEP_FAILED: "core",
}
"""Where on its way a record was refused, by the reason."""


class Replay(NamedTuple):
    """What to write so that a record is decided again.

    Attributes:
        kind: of the record; its value is the topic's last word.
        key: the record's user.
        value: its bytes, as they came.
        record_id: its idempotency key.
    """

    kind: RecordKind
    key: str
    value: bytes
    record_id: str


class NotReplayableError(ValueError):
    """Sending it back would make the same dead letter again, or is not safe; the text says why."""


class Found(NamedTuple):
    """What was found where something else was allowed; empty where the letter does not tell."""

    found: str
    allowed: str


def replay_of(letter: DeadLetter, now_ms: int, knowledge: Knowledge) -> Replay:
    """The record to write for a dead letter.

    A record without a key gets that of the user it names, as its producer should have done. One
    under another's key does not: which of the two is right can't be known.

    Args:
        letter: of any reason.
        now_ms: the clock, epoch milliseconds.
        knowledge: with the policy that says how old a record may be.

    Raises:
        NotReplayableError: it must not, or would be refused again.
    """
    kind = _KINDS.get(letter.topic.rpartition(".")[2])
    if kind is None:
        raise NotReplayableError(f"topic: found {letter.topic!r}, allowed: {', '.join(_KINDS)}")
    if len(letter.value) >= MAX_VALUE_BYTES:
        raise NotReplayableError(
            f"value: found {len(letter.value)} bytes, which may be cut, allowed: under "
            f"{MAX_VALUE_BYTES}"
        )
    key = letter.key or _owner(kind, letter.value)
    record = read(kind.value, key, letter.value, letter.partition, letter.offset)
    if isinstance(record, DeadLetter):
        raise NotReplayableError(f"it would be refused again: {record.detail}")
    refused = admit(record, now_ms, knowledge)
    if refused is not None:
        raise NotReplayableError(f"it would be refused again: {refused.detail}")
    return Replay(kind, record.user_id, letter.value, record.id)


def fault_of(letter: DeadLetter) -> Found:
    """What a letter's sentence says was found, and what was allowed."""
    said = _FAULT.search(letter.detail)
    return Found("", "") if said is None else Found(said["found"], said["allowed"])


def _owner(kind: RecordKind, value: bytes) -> str | None:
    try:
        found = decode(kind, value, _REGISTRY)
    except (ContractError, ValueError):
        return None
    user_id = getattr(found, "user_id", None)
    return user_id if isinstance(user_id, str) else None
