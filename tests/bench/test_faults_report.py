"""The report of a run with faults finds what was not kept, and the proof what was lost."""

import dataclasses
from collections.abc import Iterable
from typing import Any, cast

import msgspec
import pytest

from bench.cluster import Run
from bench.faults_load import Noted
from bench.faults_proof import losses, proven
from bench.faults_report import KINDS, PROMISED, Away, report, table
from connectors.cassandra.profiles import Profiles
from tactful import topics
from tactful.records import RecordKind

GOOD = {"event": 202, "preference": 202}
AWAYS = [
    Away("redis", 20.0, 50.0, 55.0, 200),
    Away("cassandra", 80.0, 110.0, 120.0, 200),
    Away("kafka", 150.0, 180.0, 190.0, 503),
]


def as_promised() -> list[Noted]:
    """Each kind once a second for 220 s, answered as docs/api.md says."""
    noted = []
    for second in range(220):
        away = next((a.part for a in AWAYS if a.from_s <= second < a.back_s), None)
        for kind in KINDS:
            status = GOOD.get(kind, 200)
            if away is not None and PROMISED[away][kind] == {503}:
                status = 503
            noted.append(Noted(kind, float(second), status, 12.0, f"{kind}-{second}"))
    return noted


def test_a_run_in_which_all_is_as_promised_has_nothing_broken() -> None:
    result = report(as_promised(), AWAYS)
    assert result["broken_promises"] == []
    assert len(result["seconds"]) == 220
    assert result["phases"]["kafka"]["event"]["statuses"] == {"503": 24}
    assert table(result).count("\n") == len(KINDS) + 2


@pytest.mark.parametrize(
    ("second", "kind", "status", "told"),
    [
        (10, "event", 503, "before: event got {'503': 1}"),
        (30, "read cached", 503, "without redis: read cached got {'503': 1}"),
        (90, "decision", 504, "without cassandra: decision got {'504': 1}"),
        (160, "read stored", 0, "without kafka: read stored got {'0': 1}"),
        (148, "event", 503, "after cassandra: errors to the end"),
    ],
)
def test_each_broken_promise_is_told(second: int, kind: str, status: int, told: str) -> None:
    noted = as_promised()
    at = next(i for i, n in enumerate(noted) if (n.due_s, n.kind) == (second, kind))
    noted[at].status = status
    found = report(noted, AWAYS)["broken_promises"]
    assert [each for each in found if told in each], found


def test_what_was_under_way_when_the_next_part_went_is_of_that_one() -> None:
    noted = as_promised()
    at = next(i for i, n in enumerate(noted) if (n.due_s, n.kind) == (78, "history"))
    noted[at].status, noted[at].took_ms = 503, 3_000.0
    assert report(noted, AWAYS)["broken_promises"] == []


def test_a_health_that_hides_an_outage_is_told() -> None:
    aways = [*AWAYS[:2], AWAYS[2]._replace(health=200)]
    assert report(as_promised(), aways)["broken_promises"] == ["without kafka: /healthz was 200"]


@dataclasses.dataclass
class Message:
    record: dict[str, Any]

    def value(self) -> bytes:
        return msgspec.json.encode(self.record)


@dataclasses.dataclass
class Row:
    preferences: str


class World:
    """Topics and a table in which all that was acknowledged stands."""

    def __init__(self) -> None:
        self.topics: dict[str, list[dict[str, Any]]] = {
            RecordKind.EVENT: [{"id": "e1"}],
            RecordKind.REQUEST: [{"id": "d1"}, {"id": "d2"}],
            RecordKind.PROFILE_UPDATE: [self.update("u2", 6, 8), self.update("u1", 5, 7)],
            topics.LEDGER: [
                {"request_id": "d1", "decision_id": "x", "verdict": "hold", "reason": "cap"},
                {"request_id": "d1", "decision_id": "x", "verdict": "send", "reason": "allowed"},
                {"request_id": "d1", "decision_id": "x", "verdict": "send", "reason": "allowed"},
                {"request_id": "d2", "decision_id": "y", "verdict": "expire", "reason": "expiry"},
            ],
        }
        self.kept = 8

    @staticmethod
    def update(name: str, at_ms: int, pause: int) -> dict[str, Any]:
        wanted = {"pause_until_ms": pause}
        return {"id": name, "user_id": "ada", "at_ms": at_ms, "preferences": wanted}

    def messages(self, word: str) -> Iterable[Message]:
        return map(Message, self.topics[word])

    def get_many(self, users: list[str]) -> dict[str, Row]:
        return dict.fromkeys(users, Row(f'{{"pause_until_ms": {self.kept}}}'))

    def losses(self) -> list[str]:
        noted = [
            Noted("event", 1.0, 202, 1.0, "e1"),
            Noted("event", 1.0, 503, 1.0, "unknown"),
            Noted("preference", 1.0, 202, 1.0, "7"),
            Noted("preference", 2.0, 202, 1.0, "8"),
            Noted("decision", 1.0, 200, 1.0, "d1"),
            Noted("decision", 1.0, 504, 1.0, "d2"),
        ]
        return losses(proven(cast("Run", self), noted, cast("Profiles", self)))


def test_what_stands_everywhere_is_no_loss_and_a_repeated_verdict_is_the_same_one() -> None:
    assert World().losses() == []


@pytest.mark.parametrize(
    ("word", "records", "told"),
    [
        (RecordKind.EVENT, [], "events_missing: 1, as e1"),
        (RecordKind.REQUEST, [{"id": "d1"}], "requests_missing: 1, as d2"),
        (topics.LEDGER, [], "requests_without_one_final_verdict: 2, as d1, d2"),
        (
            RecordKind.PROFILE_UPDATE,
            [World.update("u2", 6, 8)],
            "preferences_missing: 1, as 7",
        ),
    ],
)
def test_what_is_missing_is_named(word: str, records: list[dict[str, Any]], told: str) -> None:
    world = World()
    world.topics[word] = records
    assert told in world.losses()


def test_what_is_written_twice_is_counted_and_an_escalation_is_another_decision() -> None:
    world = World()
    world.topics[RecordKind.EVENT] *= 2
    again = {"request_id": "d1", "decision_id": "z", "verdict": "send", "reason": "escalation"}
    world.topics[topics.LEDGER].append({**again, "attempt": 2})
    assert world.losses() == []


def test_a_preference_that_cassandra_does_not_have_is_named() -> None:
    world = World()
    world.kept = 7
    assert world.losses() == ["users_whose_preference_is_not_the_last_one_in_cassandra: 1, as ada"]
