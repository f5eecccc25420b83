"""What the profiles topic says of each user: messages decoded, checked, folded to the newest."""

import dataclasses
from collections.abc import Iterable

import msgspec
from confluent_kafka import Message

from connectors.kafka.place import place_of
from tactful.records import DeadLetterReason, ProfileSnapshot

MAX_VERSION = 2**63 - 1
MAX_KEY_BYTES = 65_535
"""The longest key Cassandra takes."""
MAX_VALUE_BYTES = 4 * 2**20
"""A row holds its snapshot about twice, and Cassandra takes at most 16 MiB at once."""

_decoder = msgspec.json.Decoder(ProfileSnapshot)


class PoisonError(Exception):
    """A message that can never be written, with what a dead letter says about it."""

    def __init__(self, reason: DeadLetterReason, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.field = field


@dataclasses.dataclass(frozen=True, slots=True)
class Put:
    """A snapshot as it came; `raw` is its JSON text."""

    snapshot: ProfileSnapshot
    raw: str
    partition: int
    offset: int

    @property
    def user_id(self) -> str:
        """Whose profile it is."""
        return self.snapshot.user_id

    @property
    def order(self) -> tuple[int, str]:
        """The greater wins. One version should have one content; if not, this is still a law."""
        return self.snapshot.version, self.raw


@dataclasses.dataclass(frozen=True, slots=True)
class Forget:
    """A null value: what the topic said of the user before this offset is void."""

    user_id: str
    partition: int
    offset: int


Change = Put | Forget


@dataclasses.dataclass(slots=True)
class UserChange:
    """All that a run of messages says about one user.

    `put` is the newest snapshot that still holds. `forget_offset` is where the last null stood;
    it voids the versions up to `forget_through` (-1: none were seen) and, in the store, any row
    that came from an earlier offset. `erased_through` is the newest version at which the user was
    erased (-1: none), also when a newer snapshot follows: what was before it must go all the same.
    """

    user_id: str
    partition: int
    put: Put | None = None
    forget_offset: int | None = None
    forget_through: int = -1
    erased_through: int = -1

    def add(self, change: Change) -> bool:
        """Take in the user's next message; false when it changes nothing."""
        if isinstance(change, Forget):
            if self.put is not None:
                self.forget_through = max(self.forget_through, self.put.snapshot.version)
            self.put, self.forget_offset = None, change.offset
            return True
        if change.snapshot.version <= self.forget_through:
            return False
        if change.snapshot.erased:
            self.erased_through = max(self.erased_through, change.snapshot.version)
        if self.put is not None and change.order < self.put.order:
            return False
        self.put = change
        return True


def decode(message: Message) -> Change:
    """A message of the profiles topic as a change.

    Raises:
        PoisonError: no key, a key that is another user's, or a value that is no snapshot.
    """
    key, value, place = message.key(), message.value(), place_of(message)
    if not key:
        raise PoisonError(DeadLetterReason.UNKEYED, "profile snapshot: the record has no key")
    try:
        user_id = key.decode()
    except UnicodeDecodeError:
        raise PoisonError(
            DeadLetterReason.UNKEYED, f"profile snapshot: the key {key[:64]!r} is not UTF-8"
        ) from None
    if len(key) > MAX_KEY_BYTES:
        raise PoisonError(
            DeadLetterReason.UNKEYED,
            f"profile snapshot: the key has {len(key)} bytes; at most {MAX_KEY_BYTES} are allowed",
        )
    if value is None:
        return Forget(user_id, place.partition, place.offset)
    if len(value) > MAX_VALUE_BYTES:
        raise PoisonError(
            DeadLetterReason.UNDECODABLE,
            f"profile snapshot: {len(value)} bytes; at most {MAX_VALUE_BYTES} are allowed",
        )
    try:
        snapshot = _decoder.decode(value)
        raw = value.decode()
        _ = (snapshot.time_zone or "").encode()
    except (msgspec.DecodeError, UnicodeError) as error:
        detail = f"profile snapshot: {error}"
        raise PoisonError(DeadLetterReason.UNDECODABLE, detail, _field_of(error)) from None
    if snapshot.user_id != user_id:
        raise PoisonError(
            DeadLetterReason.WRONG_KEY,
            f"profile snapshot: user_id is {snapshot.user_id!r}, the record's key {user_id!r}",
            "user_id",
        )
    if not 0 <= snapshot.version <= MAX_VERSION:
        raise PoisonError(
            DeadLetterReason.UNDECODABLE,
            f"profile snapshot: version is {snapshot.version}; 0 to {MAX_VERSION} is allowed",
            "version",
        )
    return Put(snapshot, raw, place.partition, place.offset)


def _field_of(error: Exception) -> str | None:
    """The field msgspec names as the path of what it refused: "... - at `$.version`"."""
    _, mark, path = str(error).partition(" - at `$.")
    return path.rstrip("`") if mark else None


def fold(changes: Iterable[Change]) -> dict[str, UserChange]:
    """The newest state of each user named by the changes, which are in the order of their topic."""
    users: dict[str, UserChange] = {}
    for change in changes:
        user = users.get(change.user_id)
        if user is None:
            user = users[change.user_id] = UserChange(change.user_id, change.partition)
        user.add(change)
    return users
