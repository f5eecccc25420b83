"""What differs between two policies, in words."""

import msgspec
import pytest
from hypothesis import given
from strategies import policies
from tactful_policies import SMALL, policy_of

from tactful.policy import DEFAULT_POLICY, Policy
from tactful.policy.diff import Turn, changes


def said(old: str, new: str) -> list[str]:
    return [str(each) for each in changes(policy_of(old), policy_of(new))]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", []),
        ("", "limits: {held: 32}", []),
        ("engagement: {half_life: 24h}", "engagement: {half_life: 1d}", []),
        (
            "caps: [{name: c, max: 3, window: 1d}]",
            "caps: [{name: c, max: 2, window: 7d}]",
            ["caps.c.max: 3 -> 2", "caps.c.window: 1d -> 7d"],
        ),
        (
            "caps: [{name: c, max: 3, window: 1d}]",
            "caps: [{name: d, max: 3, calendar: week, types: [promotion]}]",
            ["caps.c: removed", "caps.d: added (max 3, calendar week, types [promotion])"],
        ),
        (
            "gaps: [{name: a, min: 1h}, {name: b, min: 1h}]",
            "gaps: [{name: b, min: 1h}, {name: c, min: 1h}, {name: a, min: 1h}]",
            ["gaps.c: added (min 1h)", "gaps (order): a, b -> b, a"],
        ),
        ("", "gaps: [{name: a, min: 1h}]", ["gaps.a: added (min 1h)"]),
        ("", "quiet_hours: null", ["quiet_hours: removed"]),
        ("quiet_hours: null", "", ["quiet_hours: added (all defaults)"]),
        (
            "",
            "quiet_hours: {start: 21:00, weekdays: {sunday: null}}",
            ["quiet_hours.start: 22:00 -> 21:00", "quiet_hours.weekdays: none -> sunday none"],
        ),
        ("", "consent: {marketing: opt_in}", ["consent.transactional: removed"]),
        (
            "",
            "timing: {best_time_within: {normal: 1h, high: 0s}}",
            [
                "timing.best_time_within.normal: 12h -> 1h",
                "timing.best_time_within.low: removed",
                "timing.best_time_within.high: added (0s)",
            ],
        ),
        ("precedence: [gap]", "precedence: [gap, price]", ["precedence: [gap] -> [gap, price]"]),
        ("", "holidays: {default_country: DE}", ["holidays: added (default_country DE)"]),
    ],
)
def test_what_changed_is_said_key_by_key(old: str, new: str, words: list[str]) -> None:
    assert said(old, new) == words


def test_types_and_channels_are_added_and_removed_and_changed() -> None:
    old = policy_of()
    new = policy_of(
        base=SMALL.replace("receipt: {", "tip: {ttl: 2d, ")
        .replace("[email, push]", "[push, email]")
        .replace("  push: {", "  push: {cost: 0.5, ")
    )
    assert [(each.turn, str(each)) for each in changes(old, new)] == [
        (
            Turn.CHANGED,
            "types.promotion.channels: [email, push] -> [push, email]",
        ),
        (Turn.REMOVED, "types.receipt: removed"),
        (Turn.ADDED, "types.tip: added (purpose transactional, channels [email], ttl 2d)"),
        (Turn.CHANGED, "channels.push.cost: 0.0 -> 0.5"),
    ]


@given(policies, policies)
def test_two_policies_differ_exactly_if_something_is_said(old: Policy, new: Policy) -> None:
    assert changes(old, old) == []
    told = changes(old, new)
    assert {(each.key, each.old, each.new) for each in told if each.turn is Turn.CHANGED} == {
        (each.key, each.new, each.old) for each in changes(new, old) if each.turn is Turn.CHANGED
    }
    # The order of types and of channels means nothing.
    if old != new and not told:
        assert old.types == new.types
        assert old.channels == new.channels


def test_a_change_of_the_version_alone_is_one() -> None:
    new = msgspec.structs.replace(DEFAULT_POLICY, version="mine-1")
    assert [str(each) for each in changes(DEFAULT_POLICY, new)] == ["version: default-2 -> mine-1"]
