"""What the event log says of users: their records lived through once more by the core itself.

Only what does not depend on the moment a record was taken is compared: counts, sessions, zone,
addresses, attributes, preferences and consent; and of what was decided, the sends in the ledger.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec
from confluent_kafka import Message

from connectors.kafka.place import Place, place_of
from schemas.intake import read
from tactful.activity.part import counts
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import InvalidKnowledgeError, Knowledge
from tactful.profile.section import shown
from tactful.records import DeadLetter, LedgerEntry, ProfileUpdate, Request, Verdict

_ledger = msgspec.json.Decoder(LedgerEntry)
_letter = msgspec.json.Decoder(DeadLetter)


@dataclasses.dataclass(slots=True)
class Lived:
    """A user as the log has them; the JSON texts have their keys sorted.

    `erased_at_ms` is when (Kafka's time) the last erasure came, None: never; `records` how many
    were taken.
    """

    time_zone: str | None
    identifiers: dict[str, str]
    attributes: object
    preferences: object
    consent: object
    activity: tuple[int, int, int | None, int | None]
    erased_at_ms: int | None
    records: int


@dataclasses.dataclass(slots=True)
class Verdicts:
    """A user's ledger, each entry once."""

    entries: dict[tuple[str, str, int], LedgerEntry] = dataclasses.field(default_factory=dict)

    def add(self, entry: LedgerEntry) -> None:
        """Take in an entry; one that was written twice counts once."""
        self.entries[entry.decision_id, entry.verdict, entry.decided_at_ms] = entry

    def sent(self, after_ms: int | None) -> Counter[str]:
        """Sends by channel since an erasure."""
        decided = {
            (entry.decision_id, entry.channel)
            for entry in self.entries.values()
            if entry.verdict is Verdict.SEND
            and (after_ms is None or entry.decided_at_ms > after_ms)
        }
        return Counter(channel or "none" for _, channel in decided)

    def redecided(self) -> bool:
        """Whether some decision has several final verdicts, or sends at different moments.

        After a restart the records since the last checkpoint are decided again; what went out
        before stays in the ledger.
        """
        finals: Counter[str] = Counter(
            entry.decision_id for entry in self.entries.values() if entry.verdict.final
        )
        return any(count > 1 for count in finals.values())


class EventLog:
    """The records of some users, gathered topic by topic, then lived through in order."""

    def __init__(self, users: Iterable[str]) -> None:
        self._wanted = {user.encode(): user for user in users}
        self._records: dict[str, list[tuple[int, int, Place, bytes]]] = defaultdict(list)
        self._dead: set[Place] = set()
        self.knowledge = Knowledge()
        self.count = 0

    def add(self, message: Message) -> None:
        """Take in a message of one of the topics that come in."""
        user = self._wanted.get(message.key() or b"")
        if user is not None:
            place = place_of(message)
            entry = (message.timestamp()[1], place.offset, place, message.value() or b"")
            self._records[user].append(entry)
            self.count += 1

    def add_dead_letter(self, message: Message) -> None:
        """Take in a dead letter: the record it tells of was not taken."""
        try:
            letter = _letter.decode(message.value() or b"")
        except msgspec.DecodeError:
            return
        self._dead.add(Place(letter.topic, letter.partition, letter.offset))

    def add_knowledge(self, message: Message) -> None:
        """Take in a knowledge record; an invalid one changes nothing, as in the job."""
        try:
            self.knowledge = self.knowledge.with_update(
                (message.key() or b"").decode(errors="replace"), message.value() or b""
            )
        except InvalidKnowledgeError:
            return

    def lived(self, user: str) -> Lived:
        """The user after all their records, in the order in which Kafka took them."""
        state = UserState(user)
        erased_at_ms: int | None = None
        taken = 0
        arrived = sorted(self._records.get(user, ()), key=lambda each: each[:2])
        for at_ms, offset, place, value in arrived:
            if place in self._dead:
                continue
            record = read(place.topic, user, value, place.partition, offset)
            if isinstance(record, DeadLetter | Request):
                continue  # requests change nothing that is compared
            taken += 1
            if isinstance(record, ProfileUpdate) and record.erase:
                erased_at_ms = at_ms
            state = step(state, record, at_ms, self.knowledge).state
        section = state.sections[Section.PROFILE]
        zone, identifiers, attributes, preferences, consent = shown(section)
        return Lived(
            time_zone=zone,
            identifiers=msgspec.json.decode(identifiers),
            attributes=msgspec.json.decode(attributes),
            preferences=msgspec.json.decode(preferences),
            consent=msgspec.json.decode(consent),
            activity=counts(state.sections[Section.ACTIVITY]) or (0, 0, None, None),
            erased_at_ms=erased_at_ms,
            records=taken,
        )


class Ledger:
    """The verdicts of some users."""

    def __init__(self, users: Iterable[str]) -> None:
        self._wanted = {user.encode(): Verdicts() for user in users}
        self.count = 0

    def add(self, message: Message) -> None:
        """Take in a message of the ledger."""
        verdicts = self._wanted.get(message.key() or b"")
        if verdicts is None:
            return
        try:
            verdicts.add(_ledger.decode(message.value() or b""))
        except msgspec.DecodeError:
            return
        self.count += 1

    def of(self, user: str) -> Verdicts:
        """A user's."""
        return self._wanted[user.encode()]
