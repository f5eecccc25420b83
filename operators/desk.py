"""What the decide operators do with a record, whatever the clock: read, admit, step, encode, count.

It knows no Flink. An error in a step ends as a dead letter and a loud log line with the state
unchanged, never as a job that restarts for ever at the same record.
"""

import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from operators.crossing import Arrived, Emitted, unseal
from operators.metrics import Metrics
from schemas.codec import encode
from schemas.intake import Accepted as Record
from schemas.intake import read
from schemas.kinds import MAX_KEY_CHARS, MAX_VALUE_BYTES
from tactful import topics
from tactful.admission import admit
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.faults import places, without_values
from tactful.knowledge import InvalidKnowledgeError, Knowledge
from tactful.models.keys import HISTORY_KEY, PIN_KEY
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Decision,
    LedgerEntry,
    Output,
    Wakeup,
)

LOG = logging.getLogger(__name__)

TRACEBACK_FRAMES = 3
"""So many innermost frames go into the dead letter; the log has them all, but no values."""

_NOT_FOR_DECISIONS = (HISTORY_KEY, PIN_KEY)

WAKEUP = Wakeup()
NOWHERE = Arrived("wakeup", -1, -1, 0, b"", b"")
"""Where a wake-up comes from."""


class Taken(NamedTuple):
    """What came of one step; `state` is None if it failed, and then the old one stays."""

    emitted: list[Emitted]
    state: UserState | None


class Desk:
    """Takes records to `step` and makes ready what it gives back.

    Args:
        prefix: the first part of all topics' names.
        channels: the channels that have a decisions topic; empty means that every one has.
        metrics: where to count.
    """

    def __init__(self, prefix: str, channels: tuple[str, ...], metrics: Metrics) -> None:
        self.knowledge = Knowledge()
        self._prefix = prefix
        self._channels = frozenset(channels)
        self._dead_letters = topics.name_of(topics.DEAD_LETTERS, prefix)
        self._words = {topics.name_of(kind, prefix): kind.value for kind in topics.INPUTS}
        self._metrics = metrics

    def read(self, arrived: Arrived) -> Record | DeadLetter:
        """Decode a record, or say why it can't be."""
        return read(
            self._words.get(arrived.topic, arrived.topic),
            arrived.key.decode(errors="replace") if arrived.key else None,
            arrived.value,
            arrived.partition,
            arrived.offset,
        )

    def refuse(self, record: Record, arrived: Arrived, now_ms: int) -> DeadLetter | None:
        """Why a record's time is too far from the clock, None if it is not."""
        rejection = admit(record, now_ms, self.knowledge)
        if rejection is None:
            return None
        return letter(arrived, rejection.reason, rejection.detail, rejection.field)

    def take(
        self,
        load: Callable[[str], UserState],
        record: Record | Wakeup,
        arrived: Arrived,
        user_id: str,
        now_ms: int,
    ) -> Taken:
        """Take one step, and encode what it gives before any of it counts.

        Args:
            load: gives the state of a user; an error in it is handled as one of the step.
            record: the record, or a wake-up.
            arrived: where the record came from, `NOWHERE` for a wake-up.
            user_id: whose it is.
            now_ms: the clock, epoch milliseconds.
        """
        try:
            effects = step(load(user_id), record, now_ms, self.knowledge)
            emitted = self._emit(effects.outputs, user_id) if effects.outputs else []
        except MemoryError:
            raise  # a restart is the cure
        except Exception as error:  # noqa: BLE001 - the dead letter says what it was
            what = "wake-up" if arrived is NOWHERE else f"{type(record).__name__} {arrived[:3]}"
            # No personal data in a log: whose it is and the text are in the dead letter.
            told = without_values(error, frames=None)
            LOG.error("step failed: %s, now_ms %d: %s", what, now_ms, told)  # noqa: TRY400
            detail = f"user {user_id!r}, {what}: {_summary(error)}"
            failed = letter(arrived, DeadLetterReason.STEP_FAILED, detail)
            return Taken([self.dead(failed, arrived, now_ms)], None)
        if effects.duplicate:
            self._metrics.duplicates.count()
        return Taken(emitted, effects.state)

    def dead(self, found: DeadLetter, arrived: Arrived, now_ms: int) -> Emitted:
        """Make a dead letter ready, with the full name of its topic and when it was seen."""
        found = msgspec.structs.replace(found, topic=arrived.topic, seen_at_ms=now_ms)
        self._metrics.dead_letter(found.reason)
        return self._dead_letters, arrived.key, encode(found)

    def learn(self, sealed: bytes, now_ms: int) -> tuple[Emitted | None, tuple[str, bytes] | None]:
        """Take a knowledge record into use, if it is valid.

        Returns:
            A dead letter, or else what to keep: key and value, an empty value for "forget it".
        """
        arrived = unseal(sealed)
        try:
            key = arrived.key.decode()
            knowledge = self.knowledge.with_update(key, arrived.value)
            self._check_channels(key, knowledge)
        except (InvalidKnowledgeError, UnicodeDecodeError) as error:
            LOG.warning("knowledge %r refused: %s", arrived.key, error)
            refused = letter(arrived, DeadLetterReason.INVALID_KNOWLEDGE, str(error))
            return self.dead(refused, arrived, now_ms), None
        self.knowledge = knowledge
        self._metrics.knowledge_updates.count()
        # What only people and the learn job read is not carried along in the state.
        return None, None if key.startswith(_NOT_FOR_DECISIONS) else (key, arrived.value)

    def recall(self, kept: Iterable[tuple[str, bytes]]) -> None:
        """Take knowledge that was valid before into use again, after a restore."""
        for key, value in kept:
            try:
                self.knowledge = self.knowledge.with_update(key, value)
            except InvalidKnowledgeError:  # a newer version may be stricter than the one before
                LOG.exception(
                    "knowledge %r was valid once and is no longer; the default holds", key
                )

    def _check_channels(self, key: str, knowledge: Knowledge) -> None:
        unknown = knowledge.policy.channels.keys() - self._channels
        if self._channels and unknown:
            raise InvalidKnowledgeError(
                f"{key}: channels {sorted(unknown)} have no topic "
                f"{self._prefix}.{topics.DECISIONS}.<channel>; allowed: {sorted(self._channels)}"
            )

    def _emit(self, outputs: list[Output], user_id: str) -> list[Emitted]:
        key = user_id.encode()
        emitted: list[Emitted] = []
        for output in outputs:
            if (
                isinstance(output, Decision)
                and self._channels
                and output.channel not in self._channels
            ):
                raise ValueError(
                    f"decision {output.decision_id}: channel {output.channel!r} has no topic; "
                    f"allowed: {sorted(self._channels)}"
                )
            emitted.append((topics.topic_of(output, self._prefix), key, encode(output)))
        for output in outputs:  # counted when all are ready: a failed step gives no verdict
            if isinstance(output, LedgerEntry):
                channel = output.channel or "none"
                self._metrics.verdict((output.verdict, output.reason, channel))
        return emitted


def letter(
    arrived: Arrived, reason: DeadLetterReason, detail: str, field: str | None = None
) -> DeadLetter:
    """A dead letter for a record.

    Args:
        arrived: the record as it came.
        reason: why it can't be taken.
        detail: the same as a sentence.
        field: the field that is wrong, if it is one.
    """
    return DeadLetter(
        reason=reason,
        detail=detail,
        topic=arrived.topic,
        partition=arrived.partition,
        offset=arrived.offset,
        # A record near Kafka's limit would make a dead letter beyond it, and the sink would fail.
        value=arrived.value[:MAX_VALUE_BYTES],
        key=arrived.key.decode(errors="replace")[:MAX_KEY_CHARS] or None,
        field=field,
    )


def _summary(error: Exception) -> str:
    return f"{type(error).__name__}: {error} (at {places(error, TRACEBACK_FRAMES)})"
