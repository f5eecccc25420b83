"""After an erasure nothing of the user is at hand any more, whoever wrote it, in whatever order."""

import msgspec
import pytest
from api_world import NOW_MS, World

from api.kafka.erasures import SLACK_MS, Erasures, erased_in
from api.kafka.ledger import LedgerTail
from api.kafka.letters import LetterTail
from api.kafka.outcomes import OutcomeTail
from schemas.codec import encode
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Feedback,
    LedgerEntry,
    Outcome,
    ProfileUpdate,
    Reason,
    RecordKind,
    Verdict,
)


def _world_with_a_verdict(world: World) -> LedgerEntry:
    """The tail alone has it: the history is not written."""
    world.introduce()
    world.sink_away = True
    request = {"id": "r-1", "user_id": "ada", "type": "security_alert"}
    assert world.call("POST", "/v1/requests", role="producer", json=request).status_code == 202
    return world.ledger.of_user("ada")[-1]


def _erased_elsewhere(world: World, **more: object) -> None:
    """An erasure that this process did not write."""
    update = {"id": "x-1", "user_id": "ada", "at_ms": world.now_ms, "erase": True, **more}
    world.runner.run(
        world.services.writer.write(RecordKind.PROFILE_UPDATE, "ada", msgspec.json.encode(update))
    )
    world.call("GET", "/healthz")


@pytest.mark.parametrize("by", ["here", "elsewhere"])
def test_an_erased_verdict_is_not_told_again(world: World, by: str) -> None:
    entry = _world_with_a_verdict(world)
    paths = {
        "/v1/users/ada/explanations/r-1": "analyst",
        f"/v1/decisions/{entry.decision_id}": "analyst",
    }
    for path, role in paths.items():
        assert world.call("GET", path, role=role).status_code == 200, path
    if by == "here":
        confirm = {"confirm": "ada"}
        world.call("POST", "/v1/users/ada/erasure", role="user:ada", json=confirm)
    else:
        _erased_elsewhere(world)
    for path, role in paths.items():
        assert world.call("GET", path, role=role).status_code == 404, path
    assert world.ledger.newest(10) == []


def test_what_waited_is_neither_held_nor_told_as_cancelled(world: World) -> None:
    world.introduce(quiet_hours={"start": "00:00", "end": "23:59"})
    world.sink_away = True
    request = {"id": "r-1", "user_id": "ada", "type": "promotion"}
    world.call("POST", "/v1/requests", role="producer", json=request)
    assert world.call("GET", "/v1/users/ada/held", role="analyst").json()["entries"]
    _erased_elsewhere(world)
    assert world.call("GET", "/v1/users/ada/held", role="analyst").json()["entries"] == []
    assert world.ledger.of_user("ada") == []


def test_who_comes_back_is_at_hand_again(world: World) -> None:
    _world_with_a_verdict(world)
    _erased_elsewhere(world)
    world.now_ms += SLACK_MS + 1_000
    world.introduce()
    request = {"id": "r-2", "user_id": "ada", "type": "security_alert"}
    world.call("POST", "/v1/requests", role="producer", json=request)
    assert [each.request_id for each in world.ledger.of_user("ada")] == ["r-2"]


def test_the_others_stay(world: World) -> None:
    _world_with_a_verdict(world)
    world.introduce("bo")
    request = {"id": "r-2", "user_id": "bo", "type": "security_alert"}
    world.call("POST", "/v1/requests", role="producer", json=request)
    _erased_elsewhere(world)
    assert [each.user_id for each in world.ledger.newest(10)] == ["bo"]


def _opened(user: str) -> Feedback:
    return Feedback(
        id="f-1",
        user_id=user,
        decision_id="d-1",
        channel="email",
        outcome=Outcome.OPENED,
        at_ms=NOW_MS,
    )


def _tails(erasures: Erasures) -> tuple[LedgerTail, OutcomeTail, LetterTail]:
    return (
        LedgerTail(erasures=erasures),
        OutcomeTail(erasures=erasures),
        LetterTail(erasures=erasures),
    )


@pytest.mark.parametrize("first", ["the records", "the erasure"])
def test_topics_that_are_read_again_may_come_in_any_order(world: World, first: str) -> None:
    entry = _world_with_a_verdict(world)
    erasures = Erasures()
    ledger, outcomes, letters = _tails(erasures)

    def read_records() -> None:
        for user in ("ada", "bo"):
            ledger.take([msgspec.structs.replace(entry, user_id=user, decision_id=user)])
            outcomes.take([_opened(user)])
            letters.take(
                [
                    DeadLetter(
                        DeadLetterReason.TOO_LATE, "", "events", 0, len(user), b"", user, NOW_MS
                    )
                ]
            )

    if first == "the records":
        read_records()
    erasures.take("ada", world.now_ms)
    if first == "the erasure":
        read_records()
    assert ledger.of_user("ada") == outcomes.of_user("ada") == []
    assert ledger.decision("ada") is None
    assert [each.user_id for each in ledger.newest(9)] == ["bo"]
    assert [each.key for each in letters.newest(9)] == ["bo"]
    assert len(outcomes.of_user("bo")) == 1


def test_a_cancelled_for_the_erasure_says_it_too(world: World) -> None:
    entry = _world_with_a_verdict(world)
    cancelled = msgspec.structs.replace(entry, verdict=Verdict.CANCEL, reason=Reason.ERASED)
    ledger = LedgerTail()
    ledger.take([entry])
    assert ledger.of_user("ada") == [entry]
    ledger.take([cancelled])
    assert ledger.of_user("ada") == []


def test_who_waits_for_a_verdict_hears_of_it_though_it_is_not_kept(world: World) -> None:
    entry = _world_with_a_verdict(world)
    erasures = Erasures()
    ledger = LedgerTail(erasures=erasures)
    erasures.take("ada", world.now_ms)

    async def waited() -> LedgerEntry:
        with ledger.expecting("ada", "r-1") as answer:
            ledger.take([entry])
            return await answer

    assert world.runner.run(waited()) == entry
    assert ledger.of_user("ada") == []


@pytest.mark.parametrize(
    ("value", "erases"),
    [
        (b'{"id": "u", "user_id": "ada", "at_ms": 1795000000000, "erase": true}', True),
        (b'{"id": "u", "user_id": "ada", "at_ms": 1795000000000, "\\u0065rase": true}', True),
        (b'{"id": "u", "user_id": "ada", "at_ms": 1795000000000, "erase": false}', False),
        (b'{"id": "u", "user_id": "bo", "at_ms": 1795000000000, "erase": true}', False),
        (b'{"id": "u", "user_id": "ada", "at_ms": 1795000000000}', False),
        (b'{"erase": true', False),
        (b"", False),
    ],
)
def test_an_update_is_read_as_the_job_reads_it(value: bytes, erases: bool) -> None:
    assert erased_in("ada", value, NOW_MS) == (("ada", NOW_MS) if erases else None)


def test_without_the_time_of_kafka_that_of_the_update_counts() -> None:
    update = encode(ProfileUpdate("u", "ada", NOW_MS - 7, erase=True))
    assert erased_in("ada", update, -1) == ("ada", NOW_MS - 7)


def test_the_erased_are_remembered_by_a_hash_and_in_bounds() -> None:
    erasures = Erasures(2)
    for n in range(3):
        erasures.take(f"user-{n}", NOW_MS)
    assert [erasures.cover(f"user-{n}", NOW_MS) for n in range(3)] == [False, True, True]
    assert "user-2" not in repr(vars(erasures))
