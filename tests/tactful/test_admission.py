import msgspec
import pytest
from builders import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    a_feedback,
    a_request,
    an_event,
    an_update,
    knowledge,
)

from tactful.admission import admit
from tactful.policy import Admission
from tactful.records import Event, Feedback, Outcome, ProfileUpdate, Request

Record = Event | Request | Feedback | ProfileUpdate

EACH: list[tuple[Record, str, int]] = [
    (an_event("x"), "event", 7 * DAY_MS),
    (a_request("x"), "request", 7 * DAY_MS),
    (a_feedback("d", Outcome.OPENED, id="x"), "feedback", 30 * DAY_MS),
    (an_update("x"), "profile update", 7 * DAY_MS),
]
KINDS = [name for _, name, _ in EACH]


@pytest.mark.parametrize(("record", "name", "max_age_ms"), EACH, ids=KINDS)
def test_a_record_is_taken_up_to_its_age_and_no_further(
    record: Record, name: str, max_age_ms: int
) -> None:
    assert admit(record, NOW + max_age_ms, knowledge()) is None
    rejection = admit(record, NOW + max_age_ms + 1, knowledge())
    assert rejection is not None
    assert (rejection.reason, rejection.field) == ("too_late", "at_ms")
    assert rejection.detail == (
        f"{name} 'x': field \"at_ms\": found {NOW}, {max_age_ms + 1} ms behind the clock, "
        f"allowed: at most {max_age_ms} ms behind"
    )


@pytest.mark.parametrize(("record", "name", "_"), EACH, ids=KINDS)
def test_a_record_from_the_far_future_is_refused(record: Record, name: str, _: int) -> None:
    assert admit(record, NOW - 10 * MINUTE_MS, knowledge()) is None
    rejection = admit(record, NOW - 10 * MINUTE_MS - 1, knowledge())
    assert rejection is not None
    assert (rejection.reason, rejection.field) == ("far_future", "at_ms")
    assert rejection.detail == (
        f"{name} 'x': field \"at_ms\": found {NOW}, 600001 ms ahead of the clock, "
        "allowed: at most 600000 ms ahead"
    )


def test_the_policy_sets_the_limits() -> None:
    rules = Admission(max_future_ms=0, max_age_ms=5, feedback_max_age_ms=9)
    known = knowledge(admission=rules)
    opened = a_feedback("d", Outcome.OPENED)
    assert [admit(an_event(), NOW + age, known) is None for age in (-1, 0, 5, 6)] == [
        False,
        True,
        True,
        False,
    ]
    assert [admit(opened, NOW + age, known) is None for age in (9, 10)] == [True, False]


def test_every_kind_of_record_with_a_time_is_judged() -> None:
    assert {type(record) for record, _, _ in EACH} == set(Record.__args__)
    assert all("at_ms" in msgspec.structs.asdict(record) for record, _, _ in EACH)
