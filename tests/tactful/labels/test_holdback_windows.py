import msgspec
from builders import DAY_MS, NOW, PLAIN, USER, User, an_event, knowledge

from state.codec import pack, unpack
from tactful.engine.context import Context
from tactful.engine.state import UserState
from tactful.features import user_features
from tactful.ids import decision_id
from tactful.labels.part import LATE_MS, next_wakeup_ms, open_holdback
from tactful.policy.model import Holdback
from tactful.records import Example, ExampleKind, Wakeup

HELD = knowledge(
    types=PLAIN.types
    | {
        "promotion": msgspec.structs.replace(
            PLAIN.types["promotion"], holdback=Holdback(0.5, 2 * DAY_MS, "purchase")
        )
    }
)
END = NOW + 2 * DAY_MS


def opened(group: str = "control", name: str = "r1", user: User | None = None) -> User:
    user = User(HELD, NOW) if user is None else user
    context = Context(user.state, user.now_ms, HELD)
    open_holdback(
        context,
        decision_id=decision_id(USER, name),
        kind=HELD.kinds["promotion"],
        group=group,
        segment=user_features(context.sections, context.now_ms, HELD).segment,
        features={"rate_log_odds": -1.5, "type:promotion": 1.0, "of its own": 0.25},
        propensity=0.5,
    )
    sections = context.sections
    state = UserState(USER, sections, next_wakeup_ms(sections))
    user.state = unpack(pack(state), USER)
    return user


def holdbacks(user: User) -> list[Example]:
    return [
        each
        for each in user.outputs
        if isinstance(each, Example) and each.kind is ExampleKind.HOLDBACK
    ]


def bought(user: User, name: str, at_ms: int, now_ms: int) -> None:
    user.take(an_event(name, at_ms, name="purchase"), now_ms)


def test_nothing_happened_by_the_end_of_the_window() -> None:
    user = opened()
    user.take(an_event("other", NOW + 1), NOW + 1)
    user.take(Wakeup(), END)
    [example] = holdbacks(user)
    assert example.id == f"{decision_id(USER, 'r1')}:holdback:0"
    assert (example.labels, example.group) == ({"outcome": 0}, "control")
    assert (example.type, example.channel, example.propensity) == ("promotion", None, 0.5)
    assert example.features == {"rate_log_odds": -1.5, "type:promotion": 1.0, "of its own": 0.25}


def test_the_event_is_told_at_once_and_once() -> None:
    user = opened("treated")
    bought(user, "one", NOW + 5, NOW + 10)
    bought(user, "two", NOW + 20, NOW + 20)
    user.take(Wakeup(), END)
    [example] = holdbacks(user)
    assert (example.labels, example.group, example.labelled_at_ms) == (
        {"outcome": 1},
        "treated",
        NOW + 10,
    )


def test_an_event_of_before_or_after_the_window_does_not_count() -> None:
    user = opened()
    bought(user, "before", NOW - 1, NOW + 1)
    user.take(Wakeup(), END)
    bought(user, "after", END + 1, END + 1)
    assert [each.labels["outcome"] for each in holdbacks(user)] == [0]


def test_an_event_that_arrives_late_corrects_the_example() -> None:
    user = opened()
    user.take(Wakeup(), END)
    bought(user, "late", END, END + LATE_MS)
    [_, corrected] = holdbacks(user)
    assert (corrected.labels, corrected.corrects) == ({"outcome": 1}, {"outcome": 0})
    assert corrected.id.endswith(":holdback:1")


def test_what_comes_even_later_changes_nothing() -> None:
    user = opened()
    user.take(Wakeup(), END)
    bought(user, "late", END, END + LATE_MS + 1)
    assert len(holdbacks(user)) == 1


def test_one_event_answers_all_that_wait_for_it() -> None:
    user = opened(name="r2", user=opened(name="r1"))
    bought(user, "one", NOW, NOW)
    assert [each.decision_id for each in holdbacks(user)] == [
        decision_id(USER, "r1"),
        decision_id(USER, "r2"),
    ]


def test_a_type_without_a_holdback_opens_nothing() -> None:
    user = User(knowledge(), NOW)
    context = Context(user.state, NOW, user.knowledge)
    open_holdback(
        context,
        decision_id=decision_id(USER, "r1"),
        kind=user.knowledge.kinds["promotion"],
        group="control",
        segment="new",
        features={},
    )
    assert context.changed == 0
