"""Replayed history on the real stack: each request ends, and a second run says the same bytes."""

import random
from collections import defaultdict
from collections.abc import Iterator

import pytest
from decide_kit import DAY_MS, DecideRig, Sent, introduction, policy, request, rig_on

from deploy.local.stack import Stack
from tactful import topics
from tactful.records import DeadLetterReason, Event, RecordKind, Verdict

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

START_MS = 1_700_000_000_000
USERS = 40
RECORDS = 3_000


def history() -> list[Sent]:
    """Ten days of the past, in the order of time; the last requests are still held at the end."""
    draw = random.Random(11)
    log: list[Sent] = [introduction(f"u{number}", START_MS) for number in range(USERS)]
    at_ms = START_MS
    for number in range(RECORDS):
        at_ms += draw.randrange(10 * DAY_MS // RECORDS * 2)
        user = f"u{draw.randrange(USERS)}"
        if draw.random() < 0.5:
            log.append(Event(id=f"e{number}", user_id=user, name="app_open", at_ms=at_ms))
        else:
            type_ = draw.choice(["promotion", "receipt"])
            log.append(request(user, f"r{number}", type_, at_ms))
    return log


@pytest.fixture
def rig(stack: Stack) -> Iterator[DecideRig]:
    with rig_on(stack) as made:
        yield made


def lives(rig: DecideRig) -> dict[bytes | None, list[bytes | None]]:
    """The ledger's bytes for each user, in order."""
    found = defaultdict(list)
    for message in rig.messages(topics.LEDGER):
        found[message.key()].append(message.value())
    return found


def test_history_ends_every_request_and_says_the_same_bytes_twice(rig: DecideRig) -> None:
    rig.send_policy(policy("history-1"))
    log = history()
    rig.send(log, stamped=True)
    rig.send_raw(RecordKind.EVENT, b"u1", b"garbage")

    rig.submit("--mode=history")
    assert rig.flink.wait_final(rig.job_id) == "FINISHED", rig.flink.root_cause(rig.job_id)
    first = lives(rig)
    entries = [entry for found in rig.ledger().values() for entry in found]
    asked = [record.id for record in log if not isinstance(record, Event) and record.id[0] == "r"]
    final = [entry.request_id for entry in entries if entry.verdict.final]
    assert sorted(final) == sorted(asked), "each request has one final verdict"
    assert {entry.policy_version for entry in entries} == {"history-1"}
    assert {entry.verdict for entry in entries} >= {Verdict.SEND, Verdict.HOLD}
    assert all(START_MS <= entry.decided_at_ms < START_MS + 30 * DAY_MS for entry in entries)
    (letter,) = rig.dead_letters()
    assert letter.reason is DeadLetterReason.UNDECODABLE

    rig.submit("--mode=history", "--state-backend=rocksdb")
    assert rig.flink.wait_final(rig.job_id) == "FINISHED", rig.flink.root_cause(rig.job_id)
    both = lives(rig)
    assert {user: found[len(first[user]) :] for user, found in both.items()} == first
