"""What a condition says of a request, a profile and an event."""

from typing import Any

import pytest
from builders import a_request, an_event

from tactful.conditions import cancels, check, holds
from tactful.records import Priority

DATA: dict[str, Any] = {
    "order": {"total": 60, "items": [1, "a", None, {"price": 2.5}], "length": 9, "keys": "k"},
    "name": "Ada",
    "vip": False,
    "two words": 1,
    "0": "zero",
}
ATTRIBUTES = {"country": "DE", "name": "Grace", "age": 36, "vip": True, "tags": ["new", "shop"]}


def says(condition: str) -> bool:
    check(condition)
    request = a_request(data=DATA, campaign="spring", batch_key="b", priority=Priority.LOW)
    return holds(condition, request, ATTRIBUTES)


@pytest.mark.parametrize(
    "condition",
    [
        'country == "DE" and order.total > 50',
        'country in ["AT", "DE"]',
        'country in {"AT", "DE"}',
        'country not in ["AT", "CH"]',
        "order.total >= 60 and order.total <= 60 and not (order.total < 60)",
        "order.total * 2 - 20 == 100",
        "order.total / 7 * 7 == order.total",
        "order.total // 7 == 8 and order.total % 7 == 4",
        "-order.total < 0",
        "order.items[3].price == 2.5",
        "order.items[3].price + 0.1 == 2.6",
        '"a" in order.items',
        '"total" in order',
        'data["two words"] == 1',
        'data["0"] == "zero"',
        '"shop" in tags and tags.length == 2',
        'country.starts_with("D") and country.ends_with("E")',
        'country.as_lower == "de"',
        'request.type == "promotion" and request.priority == "low"',
        'request.campaign == "spring" and request.batch_key == "b"',
        'country == "DE" ? order.total > 50 : false',
        "(discount ?? 0) == 0",
        "profile.age == 36 # a comment",
        "age",
        'country != "FR"',
    ],
)
def test_a_condition_holds(condition: str) -> None:
    assert says(condition)
    assert not says(f"not ({condition.partition('#')[0]})")


def test_a_name_is_that_of_the_data_before_that_of_the_profile() -> None:
    assert says('name == "Ada" and data.name == "Ada" and profile.name == "Grace"')
    assert says("vip == false and profile.vip == true")


@pytest.mark.parametrize("name", ["data", "profile", "request"])
def test_the_spaces_win_over_data_of_their_name(name: str) -> None:
    request = a_request(data={name: "mine"})
    assert not holds(f'{name} == "mine"', request, {name: "mine"})
    assert holds(f'data.{name} == "mine"', request, {name: "mine"})


@pytest.mark.parametrize(
    "missing",
    [
        "discount",
        "order.discount",
        "data.discount",
        "profile.discount",
        "discount.of.what",
        "country.discount",
        "age.discount",
        'order["discount"]',
        "order.items[9]",
        "discount[0]",
        'discount["x"]',
        "tags.keys",
        "request.at_ms",
    ],
)
def test_what_is_missing_is_null(missing: str) -> None:
    assert says(f"{missing} == null")
    assert not says(f"{missing} != null")
    assert not says(missing)
    assert says(f"({missing} ?? 7) == 7")


@pytest.mark.parametrize(
    "senseless",
    [
        "discount > 50",
        "50 < discount",
        "discount + 1 > 0",
        "-discount < 1",
        "country > 50",
        "country + 1 == 2",
        "age + country == 2",
        "vip > 0",
        "order > 0",
        "tags > 0",
        "order.total / (age - 36) > 1",
        "order.total % (age - 36) == 1",
        "1 in discount",
        "1 in country",
        "1 in age",
        'discount.starts_with("x")',
        "country.starts_with(5)",
        'age.starts_with("3")',
        'order.starts_with("3")',
        "country[discount]",
        "tags[0.5] == 1",
        "order[tags] > 1",
        "{order} == 1",
    ],
)
def test_a_comparison_that_makes_no_sense_holds_neither_way(senseless: str) -> None:
    assert not says(senseless)
    assert not says(f"not ({senseless})")


@pytest.mark.parametrize("senseless", ["discount > 50", 'age.starts_with("3")', "1 in age"])
def test_and_and_or_know_what_one_side_is_enough_for(senseless: str) -> None:
    """Whichever side comes first, as in SQL."""
    for condition in (f"{senseless} or age > 1", f"age > 1 or {senseless}"):
        assert says(condition)
        assert not says(f"not ({condition})")
    for condition in (f"{senseless} and age < 1", f"age < 1 and {senseless}"):
        assert not says(condition)
        assert says(f"not ({condition})")
    for condition in (
        f"{senseless} or age < 1",
        f"age < 1 or {senseless}",
        f"{senseless} and age > 1",
        f"age > 1 and {senseless}",
        f"{senseless} or {senseless}",
        f"{senseless} and {senseless}",
    ):
        assert not says(condition)
        assert not says(f"not ({condition})")


@pytest.mark.parametrize(
    ("left", "right"), [("null", "0"), ('"5"', "5"), ("true", "1"), ("0", "false")]
)
def test_things_of_two_kinds_are_not_equal(left: str, right: str) -> None:
    assert says(f"{left} != {right}")
    assert not says(f"{left} == {right}")


def test_names_of_the_data_are_what_the_data_says_even_where_the_library_has_one() -> None:
    assert says('order.length == 9 and order.keys == "k"')
    assert says("order.values == null and data.is_empty == null")


@pytest.mark.parametrize(
    "inner",
    ["__class__", "__dict__", "__init__.__globals__", "_layers", "get", "items", "resolve", "keys"],
)
@pytest.mark.parametrize(
    "outer", ["data", "order", "profile", "country", "age", "tags", "discount"]
)
def test_nothing_of_python_can_be_reached(outer: str, inner: str) -> None:
    known = outer == "order" and inner in ("items", "keys")
    assert says(f"{outer}.{inner} == null") is not known
    assert says(f'{outer}["{inner}"] == null') is not known or outer in ("country", "age", "tags")


def test_without_data_or_attributes_all_names_are_missing() -> None:
    assert holds("data.x == null and profile.x == null and x == null", a_request(), {})
    assert not holds("data or profile", a_request(), {})


def test_a_condition_that_is_none_never_holds() -> None:
    assert not holds("country == ", a_request(), ATTRIBUTES)
    assert not cancels("1 << 999999999999", an_event(), a_request())


def test_an_event_cancels_by_what_it_and_the_request_say() -> None:
    event = an_event(attributes={"sku": "s1", "total": 70})
    request = a_request(data={"sku": "s1", "total": 1})
    assert cancels(None, event, request)
    assert cancels("event.sku == sku and event.total > 50", event, request)
    assert cancels("event.sku == data.sku and total == 1", event, request)
    assert not cancels("event.sku == sku", event, a_request(data={"sku": "s2"}))
    assert not cancels("event.total > 50", an_event(), request)
    assert cancels('request.type == "promotion"', event, request)
