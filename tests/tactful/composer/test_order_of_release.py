from builders import HOUR_MS, NOW, a_cap, a_request, a_user, knowledge, names

from tactful.policy import NotificationType, Purpose
from tactful.records import Priority

VALUES = {"cheap": 1.0, "dear": 3.0, "fair": 2.0}
TYPES = {
    name: NotificationType(Purpose.MARKETING, ("email",), value=value, value_half_life_ms=10**15)
    for name, value in VALUES.items()
}
ONE_AN_HOUR = knowledge(types=TYPES, caps=(a_cap(max=1, window_ms=HOUR_MS),))


def test_the_one_slot_that_a_cap_frees_goes_to_the_most_valuable() -> None:
    user = a_user(ONE_AN_HOUR)
    user.asked(a_request("first", "cheap"))
    for name in VALUES:
        assert user.asked(a_request(name, name)).reason == "cap_user"
    order = []
    for hour in (1, 2, 3):
        order.append(user.woken()[0].request_id)
        assert user.now_ms == NOW + hour * HOUR_MS
    assert order == ["dear", "fair", "cheap"]


def test_those_that_do_not_get_the_slot_wait_for_the_next() -> None:
    user = a_user(ONE_AN_HOUR)
    user.asked(a_request("first", "cheap"))
    for name in VALUES:
        user.asked(a_request(name, name))
    assert names(user.woken()) == ["dear send allowed", "fair hold cap_user", "cheap hold cap_user"]
    assert {entry.reconsider_at_ms for entry in user.ledger[-2:]} == {NOW + 2 * HOUR_MS}


def test_priority_counts_before_value() -> None:
    user = a_user(ONE_AN_HOUR)
    user.asked(a_request("first", "cheap"))
    user.asked(a_request("dear", "dear"))
    user.asked(a_request("urgent", "cheap", Priority.HIGH))
    assert user.woken()[0].request_id == "urgent"


def test_of_equals_the_one_asked_for_first_gets_it_and_then_the_one_first_by_name() -> None:
    user = a_user(ONE_AN_HOUR)
    user.asked(a_request("first", "cheap"))
    for name, late_ms in (("c", 2), ("b", 2), ("z", 0)):
        user.asked(a_request(name, "cheap", at_ms=NOW - late_ms), NOW)
    assert [user.woken()[0].request_id for _ in range(3)] == ["b", "c", "z"]


def test_what_is_asked_for_when_the_slot_is_free_comes_after_those_that_wait() -> None:
    user = a_user(ONE_AN_HOUR)
    user.asked(a_request("first", "cheap"))
    user.asked(a_request("waits", "cheap"))
    late = user.asked(a_request("late", "dear", at_ms=NOW + HOUR_MS))
    assert user.verdicts("waits") == ["hold cap_user", "send allowed"]
    assert late.reason == "cap_user"
