from typing import Any

import pytest
from asking import an_ask, earliest, why
from builders import NOW, a_request, a_user, knowledge

from tactful.constraints import condition
from tactful.constraints.condition import CONSTRAINT
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import Rule
from tactful.records import Priority


def rules(*found: Rule) -> Knowledge:
    return knowledge(rules=found)


GERMANS = Rule("germans", 'country == "DE" and order.total > 50')


@pytest.mark.parametrize(
    ("country", "data", "free"),
    [
        ("DE", {"order": {"total": 51}}, NOW),
        ("DE", {"order": {"total": 50}}, None),
        ("AT", {"order": {"total": 51}}, None),
        (None, {"order": {"total": 51}}, None),
        ("DE", {"order": "none"}, None),
        ("DE", None, None),
    ],
)
def test_a_rule_asks_the_profile_and_the_data(country: Any, data: Any, free: int | None) -> None:
    ask = an_ask(rules(GERMANS), data=data, profile={"attributes": {"country": country}})
    assert earliest(CONSTRAINT, ask) == free
    if free is None:
        assert why(CONSTRAINT, ask) == (
            'rule germans does not hold: country == "DE" and order.total > 50'
        )


def test_a_user_without_attributes_is_asked_all_the_same() -> None:
    assert earliest(CONSTRAINT, an_ask(rules(Rule("r", "country == null")))) == NOW


@pytest.mark.parametrize(
    ("rule", "binds"),
    [
        (Rule("r", "false"), {"promotion": {"email", "push"}, "receipt": {"email", "push"}}),
        (Rule("r", "false", types=("receipt",)), {"receipt": {"email", "push"}}),
        (Rule("r", "false", purposes=(Purpose.MARKETING,)), {"promotion": {"email", "push"}}),
        (Rule("r", "false", channels=("push",)), {"promotion": {"push"}, "receipt": {"push"}}),
        (Rule("r", "false", ("receipt",), (Purpose.MARKETING,)), {}),
    ],
)
def test_a_rule_binds_the_types_purposes_and_channels_it_names(
    rule: Rule, binds: dict[str, set[str]]
) -> None:
    known = rules(rule)
    for name in ("promotion", "receipt"):
        ask = an_ask(known, name)
        shut = {
            each for each in ("email", "push") if earliest(CONSTRAINT, ask, channel=each) is None
        }
        assert shut == binds.get(name, set())
        assert CONSTRAINT.applies(ask.kind) is (name in binds)


def test_the_first_rule_that_does_not_hold_is_named() -> None:
    known = rules(
        Rule("fine", "true"),
        Rule("push only", "false", channels=("push",)),
        Rule("one", "false"),
        Rule("two", "1 > 2"),
    )
    ask = an_ask(known)
    assert why(CONSTRAINT, ask, "email") == "rule one does not hold: false"
    assert why(CONSTRAINT, ask, "push") == "rule push only does not hold: false"


def test_a_condition_is_asked_once_for_all_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def holds(text: str, *_: Any) -> bool:
        asked.append(text)
        return text == "true"

    monkeypatch.setattr(condition, "holds", holds)
    ask = an_ask(rules(Rule("a", "true"), Rule("b", "false"), Rule("c", "true")))
    for channel in ("email", "push", "in_app"):
        assert earliest(CONSTRAINT, ask, channel=channel) is None
    assert asked == ["true", "false"]


def test_what_a_rule_shuts_goes_when_the_profile_changes_and_critical_at_once() -> None:
    user = a_user(rules(Rule("adults", "age >= 18")))
    silent = user.asked(a_request("r1"))
    assert (silent.verdict, silent.reason) == ("suppress", "condition")
    assert user.asked(a_request("c", priority=Priority.CRITICAL)).verdict == "send"
    user.told(attributes={"age": 18})
    assert user.asked(a_request("r2")).verdict == "send"
