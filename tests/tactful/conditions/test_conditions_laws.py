"""Laws of conditions: asking one never raises, gives the same each time, and changes nothing."""

import copy
from typing import Any

from builders import a_request, an_event
from hypothesis import example, given
from hypothesis import strategies as st

from tactful.conditions import ConditionError, cancels, check, holds
from tactful.conditions.language import MAX_CHARS, compiled

names = st.sampled_from(["a", "b", "a.b", "data.a", "profile.b", "event.a", 'a["b"]', "a[0]", "c"])
literals = st.sampled_from(
    ["null", "true", "false", "0", "1", "-1", "2.5", "1e300", '"x"', '"xyz"', "[1, 2]", '["x", a]']
)
operators = st.sampled_from(
    [*("==", "!=", "<", "<=", ">", ">=", "in", "not in"), *("+", "-", "*", "/", "//", "%", "??")]
)
conditions = st.recursive(
    names | literals,
    lambda inner: (
        st.builds("({} {} {})".format, inner, operators | st.sampled_from(["and", "or"]), inner)
        | st.builds("(not {})".format, inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
        | st.builds("(-{})".format, inner)
        | st.builds("{}.length".format, names)
        | st.builds("{}.starts_with({})".format, names, inner)
    ),
    max_leaves=8,
).filter(lambda text: len(text) <= MAX_CHARS)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "length"]), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)


def _compiles(condition: str) -> bool:
    """Whether it is free of what makes no sense whatever the names stand for, like `1 in null`."""
    try:
        check(condition)
    except ConditionError:
        return False
    return True


@given(conditions, objects, objects)
def test_a_condition_is_asked_without_error_and_says_the_same_each_time(
    condition: str, data: dict[str, Any], attributes: dict[str, Any]
) -> None:
    before = copy.deepcopy((data, attributes))
    request = a_request(data=data)
    event = an_event(attributes=attributes)
    first = holds(condition, request, attributes), cancels(condition, event, request)
    again = holds(condition, request, attributes), cancels(condition, event, request)
    compiled.cache_clear()
    fresh = holds(condition, request, attributes), cancels(condition, event, request)
    assert first == again == fresh
    assert (data, attributes) == before


@given(conditions, objects, objects)
def test_a_condition_and_its_opposite_never_both_hold(
    condition: str, data: dict[str, Any], attributes: dict[str, Any]
) -> None:
    request = a_request(data=data)
    assert not (
        holds(condition, request, attributes) and holds(f"not {condition}", request, attributes)
    )


@given(conditions, conditions, objects, objects)
def test_and_and_or_do_not_mind_the_order_of_their_sides(
    one: str, other: str, data: dict[str, Any], attributes: dict[str, Any]
) -> None:
    request = a_request(data=data)
    for operator in ("and", "or"):
        there = holds(f"({one}) {operator} ({other})", request, attributes)
        assert holds(f"({other}) {operator} ({one})", request, attributes) == there
    either = holds(one, request, attributes) or holds(other, request, attributes)
    if either and _compiles(one) and _compiles(other):
        assert holds(f"({one}) or ({other})", request, attributes)


@given(st.text(max_size=60) | st.text("ab.=<>!&|^*/+-()[]{}?:,#$\"'0e9 ~", max_size=60))
@example("a[0")
@example("0x")
@example("1e")
@example(".5")
@example("d''")
@example("r'\\'")
def test_any_text_is_a_condition_or_is_refused_in_words(text: str) -> None:
    said = "fine"
    try:
        check(text)
    except ConditionError as error:
        said = str(error)
    assert said
    assert holds(text, a_request(), {}) is False or said == "fine"
