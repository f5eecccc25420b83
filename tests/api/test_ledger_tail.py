"""The ledger's tail: found by user, request and decision, and only as much as it may keep."""

from api.kafka.ledger import LedgerTail
from tactful.records import LedgerEntry, Priority, Reason, Verdict


def entry(number: int, user: str = "ada", request: str = "r", **more: object) -> LedgerEntry:
    return LedgerEntry(
        decision_id=f"d-{number}",
        request_id=request,
        user_id=user,
        type="cart_reminder",
        verdict=Verdict.HOLD,
        reason=Reason.QUIET_HOURS,
        priority=Priority.NORMAL,
        requested_at_ms=number,
        decided_at_ms=number,
        expires_at_ms=number + 1,
        explanation="held",
        policy_version="p",
        model_versions={"engagement": "7"},
        **more,  # type: ignore[arg-type]
    )


def test_an_entry_comes_back_as_it_was_taken() -> None:
    tail = LedgerTail()
    taken = entry(1, score=0.1, also=[Reason.FATIGUE])
    tail.take([taken])
    assert tail.of_user("ada") == tail.of_request("ada", "r") == tail.newest(9) == [taken]
    assert tail.decision("d-1") == taken


def test_a_requests_entries_are_its_users_alone_oldest_first() -> None:
    tail = LedgerTail()
    tail.take([entry(1), entry(2, "bo"), entry(3, request="other"), entry(4)])
    assert [each.decision_id for each in tail.of_request("ada", "r")] == ["d-1", "d-4"]
    assert [each.decision_id for each in tail.of_request("bo", "r")] == ["d-2"]
    assert tail.of_request("bo", "other") == []


def test_the_oldest_give_way_in_every_index() -> None:
    tail = LedgerTail(size=2)
    tail.take([entry(1, "bo"), entry(2), entry(3), entry(4)])
    assert tail.of_user("bo") == tail.of_request("bo", "r") == []
    assert tail.decision("d-1") is None
    assert [each.decision_id for each in tail.of_request("ada", "r")] == ["d-3", "d-4"]
    assert [each.decision_id for each in tail.newest(9)] == ["d-4", "d-3"]
