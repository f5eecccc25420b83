"""That nothing acknowledged was lost: every good answer is looked for where it must be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from confluent_kafka import Message

from bench.cluster import Run
from bench.faults_load import Noted
from connectors.cassandra.profiles import Profiles
from tactful import topics
from tactful.records import RecordKind, Verdict

GATEWAY_TIMEOUT = 504
"""Of a decision: Kafka has the request, and the verdict comes later."""


_FIGURES = {"acknowledged", "written_twice"}
"""What is written twice (a broker killed before it could confirm) has one id, and counts once."""


class _Id(msgspec.Struct):
    id: str


class _Pause(msgspec.Struct):
    pause_until_ms: int | None = None


class _Update(msgspec.Struct):
    id: str
    user_id: str
    at_ms: int
    preferences: _Pause | None = None


class _Entry(msgspec.Struct):
    request_id: str
    decision_id: str
    verdict: Verdict
    reason: str
    attempt: int = 1


def proven(run: Run, noted: Sequence[Noted], profiles: Profiles) -> dict[str, Any]:
    """What was acknowledged, and what of it is missing or too often there."""
    accepted = {
        kind: {n.mark for n in noted if n.kind == kind and n.status in statuses}
        for kind, statuses in (
            ("event", {202}),
            ("preference", {202}),
            ("decision", {200, GATEWAY_TIMEOUT}),
        )
    }
    events = Counter(_values(run.messages(RecordKind.EVENT), _Id, "id"))
    requests = Counter(_values(run.messages(RecordKind.REQUEST), _Id, "id"))
    newest, written = _preferences(run.messages(RecordKind.PROFILE_UPDATE))
    finals = _finals(run.messages(topics.LEDGER))
    rows = profiles.get_many(list(newest))
    kept = {
        user: msgspec.json.decode(row.preferences, type=_Pause).pause_until_ms
        for user, row in rows.items()
    }
    return {
        "acknowledged": {kind: len(marks) for kind, marks in accepted.items()},
        "written_twice": {
            kind: sum(found[mark] > 1 for mark in accepted[kind])
            for kind, found in (("event", events), ("preference", written), ("decision", requests))
        },
        "events_missing": _missing(accepted["event"], events),
        "requests_missing": _missing(accepted["decision"], requests),
        "requests_without_one_final_verdict": sorted(
            mark for mark in accepted["decision"] if len(finals.get(mark, ())) != 1
        ),
        "preferences_missing": _missing(accepted["preference"], written),
        "users_whose_preference_is_not_the_last_one_in_cassandra": sorted(
            user for user, (_, _, pause) in newest.items() if kept.get(user) != pause
        ),
    }


def losses(proof: dict[str, Any]) -> list[str]:
    """What is wrong, in words; empty if nothing acknowledged was lost."""
    return [
        f"{name}: {len(found)}, as {', '.join(found[:5])}"
        for name, found in proof.items()
        if name not in _FIGURES and found
    ]


def _values(messages: Iterable[Message], type_: type[Any], name: str) -> Iterable[Any]:
    decode = msgspec.json.Decoder(type_).decode
    return (getattr(decode(message.value() or b"{}"), name) for message in messages)


def _missing(marks: Iterable[str], found: Counter[str]) -> list[str]:
    return sorted(mark for mark in marks if not found[mark])


def _preferences(
    messages: Iterable[Message],
) -> tuple[dict[str, tuple[int, str, int]], Counter[str]]:
    """Each user's last one by the core's own order (`at_ms`, `id`), and how often each is there."""
    newest: dict[str, tuple[int, str, int]] = {}
    written: Counter[str] = Counter()
    decode = msgspec.json.Decoder(_Update).decode
    for message in messages:
        update = decode(message.value() or b"")
        if update.preferences is None or update.preferences.pause_until_ms is None:
            continue
        pause = update.preferences.pause_until_ms
        written[str(pause)] += 1
        found = (update.at_ms, update.id, pause)
        newest[update.user_id] = max(found, newest.get(update.user_id, found))
    return newest, written


def _finals(messages: Iterable[Message]) -> dict[str, set[tuple[str, str, str]]]:
    """The final verdicts of each request; a replay repeats one, and that is the same one."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    decode = msgspec.json.Decoder(_Entry).decode
    for message in messages:
        entry = decode(message.value() or b"")
        # an escalation is another attempt, with a decision and a verdict of its own
        if entry.verdict.final and entry.attempt == 1:
            told = (entry.decision_id, entry.verdict.value, entry.reason)
            found.setdefault(entry.request_id, set()).add(told)
    return found
