from typing import Any

import pytest
from asking import an_ask, earliest, why
from builders import NOW, a_request, a_user

from tactful.constraints.preference_type import CONSTRAINT
from tactful.records import Priority


def test_a_type_switched_off_leaves_the_other_types() -> None:
    user = a_user(preferences={"types": {"promotion": False}})
    verdict = user.asked(a_request())
    assert verdict.reason == "preference_type"
    assert verdict.explanation.startswith("not sent: the user switched promotion off on email")
    assert user.asked(a_request("r2", "newsletter")).verdict == "send"


def test_a_type_switched_off_on_a_channel_goes_to_another() -> None:
    user = a_user(preferences={"types": {"promotion": {"email": False, "push": True}}})
    assert user.asked(a_request()).channel == "push"
    assert user.asked(a_request("r2", "newsletter")).channel == "email"


def test_a_type_switched_off_and_then_on_by_one_channel_stays_off_on_the_others() -> None:
    user = a_user(preferences={"types": {"promotion": False}})
    user.told(preferences={"types": {"promotion": {"email": True}}})
    assert user.asked(a_request("r1", channels=["email"])).verdict == "send"
    refused = user.asked(a_request("r2", channels=["push"]))
    assert (refused.verdict, refused.reason) == ("suppress", "preference_type")
    user.told(preferences={"types": {"promotion": {"email": None}}})
    assert user.asked(a_request("r3", channels=["email"])).reason == "preference_type"


@pytest.mark.parametrize(
    "setting", [False, {"email": False, "push": False, "in_app": False}], ids=["whole", "each"]
)
def test_critical_passes_a_type_switched_off(setting: Any) -> None:
    user = a_user(preferences={"types": {"promotion": setting}})
    assert user.asked(a_request("r1")).reason == "preference_type"
    assert user.asked(a_request("r2", priority=Priority.CRITICAL)).verdict == "send"


@pytest.mark.parametrize(
    ("types", "email", "push"),
    [
        ({"promotion": False}, None, None),
        ({"promotion": True}, NOW, NOW),
        ({"promotion": {"email": False}}, None, NOW),
        ({"promotion": {"email": True}}, NOW, NOW),
        ({"newsletter": False, "receipt": {"email": False}}, NOW, NOW),
        ({"nobody knows it": False}, NOW, NOW),
    ],
)
def test_a_type_is_switched_as_a_whole_or_by_channel(
    types: dict[str, Any], email: int | None, push: int | None
) -> None:
    ask = an_ask(profile={"preferences": {"types": types}})
    assert earliest(CONSTRAINT, ask, channel="email") == email
    assert earliest(CONSTRAINT, ask, channel="push") == push
    if email is None:
        assert why(CONSTRAINT, ask) == "the user switched promotion off on email"
