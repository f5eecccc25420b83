import pytest
from asking import an_ask, earliest, why
from builders import NOW, a_request, a_user

from tactful.constraints.preference_channel import CONSTRAINT
from tactful.records import Priority


def test_a_channel_switched_off_is_not_used() -> None:
    user = a_user(preferences={"channels": {"email": False}})
    assert user.asked(a_request()).channel == "push"
    verdict = user.asked(a_request("r2", channels=["email"]))
    assert verdict.reason == "preference_channel"
    assert verdict.explanation.startswith("not sent: the user switched email off")


def test_a_channel_switched_off_is_off_for_receipts_too() -> None:
    user = a_user(preferences={"channels": {"email": False}})
    assert user.asked(a_request(type="receipt")).channel == "push"


def test_critical_passes_a_channel_switched_off() -> None:
    user = a_user(preferences={"channels": {"email": False, "push": False, "in_app": False}})
    assert user.asked(a_request("r1")).reason == "preference_channel"
    assert user.asked(a_request("r2", priority=Priority.CRITICAL)).verdict == "send"


@pytest.mark.parametrize(
    ("channels", "email", "push"),
    [
        ({"email": False}, None, NOW),
        ({"email": False, "push": True}, None, NOW),
        ({"push": False, "email": True}, NOW, None),
        ({"pigeon": False}, NOW, NOW),
        ({}, NOW, NOW),
    ],
)
def test_each_channel_has_a_switch_of_its_own(
    channels: dict[str, bool], email: int | None, push: int | None
) -> None:
    ask = an_ask(profile={"preferences": {"channels": channels}})
    assert earliest(CONSTRAINT, ask, channel="email") == email
    assert earliest(CONSTRAINT, ask, channel="push") == push
    if email is None:
        assert why(CONSTRAINT, ask) == "the user switched email off"
