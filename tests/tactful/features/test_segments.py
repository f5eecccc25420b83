from typing import Any

import pytest
from builders import DAY_MS, NOW, User, a_feedback, a_request, a_user, an_event, knowledge

from tactful.features import user_features
from tactful.features.segments import MAX_SEGMENT_CHARS
from tactful.policy.model import Engagement
from tactful.records import Outcome

BY_PLAN = knowledge(engagement=Engagement(segment_attribute="plan"))


def segment(user: User, now_ms: int = NOW) -> str:
    return user_features(user.state.sections, now_ms, user.knowledge).segment


@pytest.mark.parametrize(
    ("first_days", "last_days", "expected"),
    [
        (0, 0, "new"),
        (13.9, 13.9, "new"),
        (14, 6.9, "active"),
        (14, 7, "lapsing"),
        (40, 29.9, "lapsing"),
        (40, 30, "dormant"),
    ],
)
def test_the_stage_of_life_goes_by_the_first_and_the_last_event(
    first_days: float, last_days: float, expected: str
) -> None:
    user = User(knowledge(), NOW)
    for days in (first_days, last_days):
        user.take(an_event(f"e{days}", round(NOW - days * DAY_MS)))
    assert segment(user) == expected


def test_who_answers_without_visiting_is_active_too() -> None:
    user = a_user()
    sent = user.asked(a_request("r", "receipt"))
    later_ms = NOW + 20 * DAY_MS
    assert segment(user, later_ms) == "dormant"
    user.take(a_feedback(sent.decision_id, Outcome.OPENED, later_ms), later_ms)
    assert segment(user, later_ms) == "active"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("pro", "pro"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        ("", "new"),
        (None, "new"),
        (["pro"], "new"),
        ("x" * 100, "x" * MAX_SEGMENT_CHARS),
    ],
)
def test_an_attribute_that_the_policy_names_comes_first(value: Any, expected: str) -> None:
    user = a_user(BY_PLAN)
    user.told(attributes={"plan": value, "other": 1})
    assert segment(user) == expected


def test_without_a_profile_the_stage_holds() -> None:
    assert segment(User(BY_PLAN, NOW)) == "new"
