from builders import DAY_MS, NOW, USER, User, a_request, a_user, an_event, knowledge

from tactful.engine.state import Section
from tactful.labels.part import CHURN_MS, LATE_MS
from tactful.records import Example, ExampleKind, Wakeup


def churn(user: User) -> list[Example]:
    return [
        each
        for each in user.outputs
        if isinstance(each, Example) and each.kind is ExampleKind.CHURN
    ]


def a_visitor() -> User:
    user = User(knowledge(), NOW)
    user.take(an_event())
    return user


def slept(user: User) -> None:
    """All wake-ups until none is left."""
    while user.state.wakeup_ms is not None:
        user.take(Wakeup(), max(user.now_ms, user.state.wakeup_ms))


def test_a_user_who_comes_back_has_not_churned_and_the_next_window_begins() -> None:
    user = a_visitor()
    user.take(an_event("back", NOW + DAY_MS), NOW + DAY_MS)
    user.take(Wakeup(), NOW + CHURN_MS)
    [example] = churn(user)
    assert example.id == f"churn-{USER}-{NOW}:0"
    assert example.labels == {"churned": 0}
    assert (example.at_ms, example.labelled_at_ms) == (NOW, NOW + CHURN_MS)
    assert (example.decision_id, example.channel, example.type) == (None, None, None)
    assert example.features["seen_log"] == 0.0
    assert "dosage" in example.features
    assert not any(":" in name for name in example.features)
    assert user.state.wakeup_ms == NOW + 2 * CHURN_MS


def test_after_two_windows_without_an_event_the_user_sleeps_until_the_next() -> None:
    user = a_visitor()
    slept(user)
    assert [each.labels["churned"] for each in churn(user)] == [1, 1]
    assert [each.segment for each in churn(user)] == ["new", "dormant"]
    again_ms = user.now_ms + 100 * DAY_MS
    user.take(an_event("again", again_ms), again_ms)
    slept(user)
    assert [each.at_ms for each in churn(user)[2:]] == [again_ms, again_ms + CHURN_MS]


def test_an_event_that_ends_one_empty_window_begins_the_count_anew() -> None:
    user = a_visitor()
    user.take(Wakeup(), NOW + CHURN_MS)
    back_ms = NOW + CHURN_MS + 1
    user.take(an_event("back", back_ms), back_ms)
    slept(user)
    assert [each.labels["churned"] for each in churn(user)] == [1, 0, 1, 1]


def test_an_event_of_before_the_window_is_no_return() -> None:
    user = a_visitor()
    user.take(an_event("old", NOW - DAY_MS), NOW + 1)
    user.take(Wakeup(), NOW + CHURN_MS)
    assert [each.labels["churned"] for each in churn(user)] == [1]


def test_an_event_that_arrives_late_corrects_the_example_once() -> None:
    user = a_visitor()
    user.take(Wakeup(), NOW + CHURN_MS)
    for name in ("late", "later"):
        user.take(an_event(name, NOW + CHURN_MS - 1), NOW + CHURN_MS + LATE_MS)
    [told, corrected] = churn(user)
    assert (told.labels, corrected.labels) == ({"churned": 1}, {"churned": 0})
    assert corrected.id == f"churn-{USER}-{NOW}:1"
    assert corrected.corrects == told.labels


def test_the_event_that_comes_after_the_end_does_not_count_for_the_window_before_it() -> None:
    user = a_visitor()
    user.take(an_event("after", NOW + CHURN_MS + 5), NOW + CHURN_MS + 5)
    [example] = churn(user)
    assert example.labels == {"churned": 1}
    user.take(Wakeup(), NOW + 2 * CHURN_MS + 5)
    assert len(churn(user)) == 2


def test_a_user_who_did_nothing_is_not_waited_for() -> None:
    user = a_user()
    user.asked(a_request())
    slept(user)
    assert churn(user) == []


def test_a_user_of_an_older_version_is_waited_for_from_the_next_event_on() -> None:
    user = a_visitor()
    user.state.sections[Section.LABELS] = b""
    user.take(an_event("next", NOW + DAY_MS), NOW + DAY_MS)
    user.take(Wakeup(), NOW + DAY_MS + CHURN_MS)
    assert [each.at_ms for each in churn(user)] == [NOW + DAY_MS]
    assert churn(user)[0].features["tenure_log"] > 0
