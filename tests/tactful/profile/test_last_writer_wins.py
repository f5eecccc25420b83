from itertools import permutations
from typing import Any

import msgspec
import pytest
from builders import NOW, User, a_user, an_event, an_update, knowledge

from tactful.engine.state import Section
from tactful.profile.fields import MAX_FIELDS
from tactful.profile.section import settings, shown, unpack
from tactful.records import ProfileUpdate


def after(*updates: ProfileUpdate) -> User:
    user = User(knowledge(), NOW)
    for update in updates:
        user.take(update)
    return user


def group(user: User, name: str) -> dict[str, Any]:
    piece = getattr(shown(user.state.sections[Section.PROFILE]), name)
    value = msgspec.json.decode(piece)
    assert isinstance(value, dict)
    return value


def test_fields_are_merged_name_by_name() -> None:
    user = after(
        an_update("a", attributes={"city": "Bern", "age": 30}),
        an_update("b", attributes={"age": 31}),
    )
    assert group(user, "attributes") == {"city": "Bern", "age": 31}


def test_an_older_write_that_comes_late_is_without_effect() -> None:
    user = after(
        an_update("a", NOW, attributes={"city": "Bern"}),
        an_update("b", NOW - 1, attributes={"city": "Basel", "age": 30}),
    )
    assert group(user, "attributes") == {"city": "Bern", "age": 30}


def test_a_tie_in_time_goes_to_the_greater_id_in_any_order() -> None:
    one = an_update("a", attributes={"city": "Bern"})
    two = an_update("b", attributes={"city": "Basel"})
    assert group(after(one, two), "attributes") == {"city": "Basel"}
    assert group(after(two, one), "attributes") == {"city": "Basel"}


@pytest.mark.parametrize("name", ["attributes", "identifiers", "consent"])
def test_null_takes_a_field_back(name: str) -> None:
    value = {"attributes": 1, "identifiers": "x", "consent": True}[name]
    user = after(
        an_update("a", NOW, **{name: {"field": value, "other": value}}),
        an_update("b", NOW + 1, **{name: {"field": None}}),
    )
    assert group(user, name) == {"other": value}


def test_what_was_taken_back_does_not_come_back_with_an_older_write() -> None:
    user = after(
        an_update("b", NOW + 1, attributes={"city": None}),
        an_update("a", NOW, attributes={"city": "Bern"}),
    )
    assert group(user, "attributes") == {}


def test_preferences_are_merged_channel_by_channel() -> None:
    user = after(
        an_update("a", NOW, preferences={"channels": {"email": False, "sms": False}}),
        an_update("b", NOW + 1, preferences={"channels": {"sms": True}}),
        an_update("c", NOW + 2, preferences={"channels": {"email": None}}),
    )
    assert group(user, "preferences") == {"channels": {"sms": True}}


def test_an_object_emptied_name_by_name_leaves_nothing() -> None:
    user = after(
        an_update("a", NOW, preferences={"types": {"promotion": {"email": False}}}),
        an_update("b", NOW + 1, preferences={"types": {"promotion": {"email": None}}}),
    )
    assert group(user, "preferences") == {}


WHOLE_AND_PART: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # the earlier write, the later write, what both leave
    ({"channels": {"sms": False}}, {"channels": None}, {}),
    ({"channels": None}, {"channels": {"sms": False}}, {"channels": {"sms": False}}),
    (
        {"types": {"promotion": {"email": False}}},
        {"types": {"promotion": False}},
        {"types": {"promotion": False}},
    ),
    (
        {"types": {"promotion": False}},
        {"types": {"promotion": {"email": True}}},
        {"types": {"promotion": {"*": False, "email": True}}},
    ),
    (
        {"types": {"promotion": False}},
        {"types": {"promotion": {"email": None}}},
        {"types": {"promotion": False}},
    ),
    ({"types": {"promotion": {"email": False}}}, {"types": {"promotion": None}}, {}),
    ({"types": {"promotion": {"email": False}}}, {"types": None}, {}),
    (
        {"types": {"promotion": {"email": False, "push": False}}},
        {"types": {"promotion": {"email": True}}},
        {"types": {"promotion": {"email": True, "push": False}}},
    ),
    (
        {"quiet_hours": {"start": "20:00", "end": "21:00"}},
        {"quiet_hours": {"start": "10:00", "end": "11:00"}},
        {"quiet_hours": {"start": "10:00", "end": "11:00"}},
    ),
    ({"quiet_hours": {"start": "20:00", "end": "21:00"}}, {"quiet_hours": None}, {}),
]


@pytest.mark.parametrize(("earlier", "later", "left"), WHOLE_AND_PART)
def test_a_whole_and_its_parts_give_the_same_in_any_order_of_arrival(
    earlier: dict[str, Any], later: dict[str, Any], left: dict[str, Any]
) -> None:
    updates = (
        an_update("z", NOW, preferences=earlier),
        an_update("a", NOW + 1, preferences=later),
    )
    for order in permutations(updates):
        assert group(after(*order), "preferences") == left


def test_a_copy_with_another_id_changes_nothing_that_shows() -> None:
    user = after(an_update("a", attributes={"city": "Bern"}))
    before = shown(user.state.sections[Section.PROFILE])
    user.take(an_update("b", attributes={"city": "Bern"}))
    assert shown(user.state.sections[Section.PROFILE]) == before


def test_the_zone_follows_the_latest_record_that_named_one() -> None:
    user = after(an_update("a", NOW, time_zone="Europe/Berlin"))
    user.take(an_event("e1", NOW + 2, time_zone="Asia/Tokyo"))
    user.take(an_event("e2", NOW + 1, time_zone="Europe/Rome"))
    user.take(an_event("e3", NOW + 3))
    assert settings(user.state.sections[Section.PROFILE]).zone == "Asia/Tokyo"
    user.take(an_update("b", NOW + 1, time_zone="Europe/Rome"))
    assert settings(user.state.sections[Section.PROFILE]).zone == "Asia/Tokyo"


@pytest.mark.parametrize("size", [2, 3])
def test_naming_the_same_zone_again_notes_who_said_it_last(size: int) -> None:
    # An id of the same length is written in place, another one is not; both must count.
    user = after()
    user.take(an_event("e1", NOW, time_zone="Asia/Tokyo"))
    user.take(an_event("e" * size, NOW + 5, time_zone="Asia/Tokyo"))
    user.take(an_event("e0", NOW - 1, time_zone="Asia/Tokyo"))
    zone = unpack(user.state.sections[Section.PROFILE]).zone
    assert zone == ("Asia/Tokyo", NOW + 5, "e" * size)
    user.take(an_event("e9", NOW + 4, time_zone="Europe/Rome"))
    assert unpack(user.state.sections[Section.PROFILE]).zone == zone


def test_beyond_256_fields_of_a_group_the_one_written_longest_ago_is_forgotten() -> None:
    user = after(an_update("other group", NOW - 1, identifiers={"crm": "7"}))
    for number in range(MAX_FIELDS + 2):
        user.take(an_update(f"u{number}", NOW + number, attributes={f"f{number:03}": number}))
    found = group(user, "attributes")
    assert len(found) == MAX_FIELDS
    assert min(found) == "f002"
    assert group(user, "identifiers") == {"crm": "7"}


def test_one_update_with_too_many_fields_keeps_256() -> None:
    user = after(an_update("a", attributes={f"f{number:03}": 0 for number in range(300)}))
    assert len(group(user, "attributes")) == MAX_FIELDS


@pytest.mark.parametrize("name", ["\x1f", "a\x1fb", "", "[", '["a"]', "ü", "a.b"])
def test_odd_names_are_fields_like_others(name: str) -> None:
    user = after(an_update("a", NOW, attributes={name: 1, "a": 2, "b": 3}))
    user.take(an_update("b", NOW + 1, attributes={name: None}))
    assert group(user, "attributes") == {"a": 2, "b": 3}
    user.take(an_update("c", NOW + 2, attributes={name: 4}))
    user.take(an_update("d", NOW + 3, erase=True))
    assert group(user, "attributes") == {}


def test_any_json_value_is_kept_as_it_came() -> None:
    value = {"list": [1, 2.5, None, {"deep": [True]}], "text": "Grüße ☃", "big": 2**62}
    user = after(an_update("a", attributes={"any": value}))
    user.take(an_update("b", NOW + 1, attributes={"more": 1}))
    assert group(user, "attributes") == {"any": value, "more": 1}


def test_an_update_that_says_nothing_writes_nothing() -> None:
    user = a_user()
    before = user.state.sections[Section.PROFILE]
    user.told()
    assert user.state.sections[Section.PROFILE] == before
