"""The closed loop of the demo: traffic goes in, decisions come out, simulated users answer."""

import collections
import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from cli.broker import BrokerError, Reader, Writer, now_ms
from cli.following import Follower
from deploy.connections import kafka_of
from deploy.settings import Settings
from schemas import encode
from tactful import topics
from tactful.records import (
    Decision,
    Event,
    Feedback,
    LedgerEntry,
    ProfileUpdate,
    RecordKind,
    Request,
    Verdict,
)
from tactful.simulator import Person, opening_update, reactions, traffic

_POLL_S = 0.005
_HURRY = 20.0
"""People answer so many times faster than in life, so that a minute shows answers."""

_KINDS: dict[type, RecordKind] = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    Feedback: RecordKind.FEEDBACK,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}


Answer = Event | Feedback | ProfileUpdate


class Due(NamedTuple):
    """A record that follows from a decision, and when it is sent."""

    at_ms: int
    record: Answer


class Crowd(Protocol):
    """Simulated users: who they are, what happens, and what they answer."""

    user_ids: Sequence[str]

    def openings(self, at_ms: int) -> Iterable[ProfileUpdate]:
        """What is told of each of them at the beginning."""
        ...

    def traffic(self, start_ms: int, duration_ms: int) -> Iterator[Event | Request]:
        """Events and requests in the order of their times."""
        ...

    def answers(self, decision: Decision) -> list[Due]:
        """What comes of one decision."""
        ...


class DemoCrowd:
    """The small population of the demo.

    Args:
        people: the users.
        seed: another seed, another minute.
    """

    def __init__(self, people: Sequence[Person], seed: int) -> None:
        self._people = {person.user_id: person for person in people}
        self.user_ids: Sequence[str] = list(self._people)
        self._seed = seed

    def openings(self, at_ms: int) -> Iterable[ProfileUpdate]:
        """What is told of each of them at the beginning."""
        return (opening_update(person, at_ms) for person in self._people.values())

    def traffic(self, start_ms: int, duration_ms: int) -> Iterator[Event | Request]:
        """Events and requests in the order of their times."""
        return traffic(list(self._people.values()), self._seed, start_ms, duration_ms)

    def answers(self, decision: Decision) -> list[Due]:
        """What comes of one decision."""
        person = self._people[decision.user_id]
        return [Due(each.at_ms, each) for each in reactions(person, decision, self._seed, _HURRY)]


class DemoLoop:
    """Sends seeded traffic in real time and answers the decisions that come back.

    Args:
        settings: Where Kafka is.
        crowd: The users.
        follower: Reads the ledger; already entered.
    """

    def __init__(self, settings: Settings, crowd: Crowd, follower: Follower) -> None:
        self.sent: collections.Counter[RecordKind] = collections.Counter()
        self.decisions: collections.Counter[str] = collections.Counter()
        self.unanswered: set[str] = set()
        self._settings = settings
        self._crowd = crowd
        self._known = frozenset(crowd.user_ids)
        self._follower = follower
        self._writer = Writer(kafka_of(settings))
        self._decisions = Reader(kafka_of(settings))
        self._decoder = msgspec.json.Decoder(Decision)
        self._answered: set[str] = set()
        self._answers: list[tuple[int, str, Answer]] = []
        self._verdicts: dict[str, set[Verdict]] = collections.defaultdict(set)
        self._outcomes: collections.Counter[str] = collections.Counter()

    def introduce(self, timeout_s: float, progress: Callable[[float], None]) -> int:
        """Send everyone's profile; how many snapshots came back within the time.

        A job that was just submitted takes its first records slowly, so the traffic waits.
        """
        prefix = self._settings.topic_prefix
        profiles = topics.name_of(topics.PROFILES, prefix)
        with Reader(kafka_of(self._settings)) as reader:
            count = reader.partitions().get(profiles, 0)
            reader.assign_end([(profiles, number) for number in range(count)])
            for opening in self._crowd.openings(now_ms()):
                self._send(opening)
            self._writer.flush()
            known: set[bytes] = set()
            deadline_s = time.monotonic() + timeout_s
            while len(known) < len(self._known) and time.monotonic() < deadline_s:
                known |= {
                    seen.key
                    for seen in reader.poll(0.2)
                    if seen.key is not None and seen.key.decode() in self._known
                }
                progress(len(known) / len(self._known))
        return len(known)

    def run(self, seconds: float, each_turn: Callable[[], None]) -> None:
        """Send traffic for so long; `each_turn` is called many times a second to draw.

        Raises:
            BrokerError: If Kafka does not take it.
        """
        self._watch_decisions()
        start_ms = now_ms()
        coming = self._crowd.traffic(start_ms, round(seconds * 1000))
        poison = self._poison(start_ms, seconds)
        waiting = next(coming, None)
        while waiting is not None:
            now = now_ms()
            while waiting is not None and waiting.at_ms <= now:
                if isinstance(waiting, Request):
                    self.unanswered.add(waiting.id)
                self._send(waiting)
                waiting = next(coming, None)
            while poison and poison[0][0] <= now:
                _, kind, key, value = poison.pop(0)
                self._writer.write(self._topic(kind), key, value)
            self._turn()
            each_turn()
        self._writer.flush()

    def drain(self, timeout_s: float, each_turn: Callable[[], None]) -> None:
        """Go on answering until every request has its first verdict, or the time is over."""
        deadline_s = time.monotonic() + timeout_s
        while self.unanswered and time.monotonic() < deadline_s:
            self._turn()
            each_turn()
        self._writer.flush()

    def close(self) -> None:
        """Close the reader of decisions."""
        self._decisions.__exit__(None, None, None)

    def interesting_user(self) -> str | None:
        """A user whose story shows much: several verdicts, and answers to what was sent."""
        return max(
            self._verdicts,
            key=lambda user: (len(self._verdicts[user]), self._outcomes[user], user),
            default=None,
        )

    def _turn(self) -> None:
        self._note(self._follower.poll(_POLL_S))
        for seen in self._decisions.poll(_POLL_S):
            try:
                decision = self._decoder.decode(seen.value)
            except msgspec.DecodeError as error:
                raise BrokerError(f"{seen.topic}: found no decision ({error})") from None
            if decision.user_id not in self._known or decision.decision_id in self._answered:
                continue
            self._answered.add(decision.decision_id)
            self.decisions[decision.channel] += 1
            for due in self._crowd.answers(decision):
                heapq.heappush(self._answers, (due.at_ms, due.record.id, due.record))
        now = now_ms()
        while self._answers and self._answers[0][0] <= now:
            answer = heapq.heappop(self._answers)[2]
            self._outcomes[answer.user_id] += isinstance(answer, Feedback)
            self._send(answer)

    def _note(self, entries: Iterable[LedgerEntry]) -> None:
        for entry in entries:
            self.unanswered.discard(entry.request_id)
            if entry.user_id in self._known:
                self._verdicts[entry.user_id].add(entry.verdict)

    def _watch_decisions(self) -> None:
        start = topics.name_of(topics.DECISIONS, self._settings.topic_prefix) + "."
        places = [
            (topic, number)
            for topic, count in self._decisions.partitions().items()
            if topic.startswith(start)
            for number in range(count)
        ]
        self._decisions.assign_end(places)

    def _send(self, record: Event | Request | Feedback | ProfileUpdate) -> None:
        kind = _KINDS[type(record)]
        self.sent[kind] += 1
        self._writer.write(self._topic(kind), record.user_id, encode(record))

    def _topic(self, kind: RecordKind) -> str:
        return topics.name_of(kind.value, self._settings.topic_prefix)

    def _poison(
        self, start_ms: int, seconds: float
    ) -> list[tuple[int, RecordKind, str | None, bytes]]:
        """Four records that can't be accepted: the demo shows what becomes of them."""
        user = self._crowd.user_ids[0]
        good = Event(id=f"poison-{start_ms}", user_id=user, name="app_open", at_ms=start_ms)
        broken = (
            (RecordKind.EVENT, user, b"this is not JSON"),
            (RecordKind.REQUEST, user, b'{"id":"poison","user_id":"' + user.encode() + b'"}'),
            (RecordKind.EVENT, None, msgspec.json.encode(good)),
            (RecordKind.EVENT, "somebody-else", msgspec.json.encode(good)),
        )
        return [
            (start_ms + round(seconds * 1000 * number / (len(broken) + 1)), kind, key, value)
            for number, (kind, key, value) in enumerate(broken, 1)
        ]
