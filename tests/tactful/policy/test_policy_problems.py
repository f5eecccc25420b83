"""What a shape can't say: names that nothing bears, contradictions, and what is hardly meant."""

import subprocess
import sys

import msgspec
import pytest
from tactful_policies import SMALL, policy_of, refusals, warnings

from tactful import constraints
from tactful.policy import DEFAULT_POLICY
from tactful.policy.check import problems_of, warnings_of
from tactful.policy.problems import CONSTRAINTS
from tactful.records import Priority


def with_promotion(keys: str) -> str:
    """The small policy with more keys in its promotion; the keys begin at 4:60."""
    return SMALL.replace("channels: [email, push]}", f"channels: [email, push], {keys}}}")


def test_precedence_may_name_what_constraints_there_are() -> None:
    assert constraints.REASONS == CONSTRAINTS


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("caps: [{name: c, max: 1}]", "caps[0]: found neither window nor calendar, allowed: one"),
        (
            "caps: [{name: c, max: 1, window: 1d, calendar: day}]",
            "caps[0].calendar: found both window and calendar, allowed: one of them",
        ),
        ("caps: [{name: c, max: 257, window: 1d}]", "caps[0].max: found 257, allowed: 0 to 256"),
        (
            "caps: [{name: c, max: 1, window: 1d, types: [promotion, recipt]}]",
            "caps[0].types[1]: found 'recipt', allowed: promotion, receipt (did you mean receipt?)",
        ),
        (
            "caps: [{name: c, max: 1, window: 1d, types: []}]",
            "caps[0].types: found none, at least one is needed",
        ),
        (
            "caps: [{name: c, max: 1, window: 1d, channels: [emial]}]",
            "caps[0].channels[0]: found 'emial', allowed: email, push (did you mean email?)",
        ),
        (
            "caps: [{name: c, max: 1, window: 1d, categories: [sales]}]",
            "caps[0].categories[0]: found 'sales', allowed: none, as there are none",
        ),
        (
            "caps: [{name: c, max: 1, window: 1d, campaigns: [a, a]}]",
            "caps[0].campaigns: found 'a' 2 times, allowed: once",
        ),
        (
            "caps: [{name: c, max: 1, window: 1d, purposes: []}]",
            "caps[0].purposes: found none, at least one is needed",
        ),
        (
            "gaps: [{name: g, min: 1h}, {name: g, min: 2h}]",
            "gaps: name: found 'g' 2 times, allowed: once",
        ),
        (
            "gaps: [{name: g, min: 1h, channels: [sms]}]",
            "gaps[0].channels[0]: found 'sms', allowed: email, push",
        ),
        (
            "cool_downs: [{name: b, sends: 2, within: 1h, rest: 1h, purposes: []}]",
            "cool_downs[0].purposes: found none, at least one is needed",
        ),
        (
            "rules: [{name: r, only_if: 'country ='}]",
            "rules[0].only_if: found 'country =', allowed: a condition that compiles: ",
        ),
        (
            "rules: [{name: r, only_if: 'name =~ \"a+\"'}]",
            "regular expressions",
        ),
        (
            "rules: [{name: r, only_if: 'true', types: [tip], channels: [fax]}]",
            "rules[0].types[0]: found 'tip', allowed: promotion, receipt",
        ),
        (
            "holidays: {default_country: XX}",
            "holidays.default_country: found 'XX', allowed: an ISO 3166 code",
        ),
        (
            "precedence: [expired]",
            "precedence[0]: found 'expired', which no constraint gives, allowed: consent, ",
        ),
        ("precedence: [gap, gap]", "precedence: found 'gap' 2 times, allowed: once"),
        ("time_zone: Mars/Olympus", "time_zone: found 'Mars/Olympus', allowed: a zone of the IANA"),
        (
            "limits: {max_ttl: 4000d}",
            "limits.max_ttl: found 4000d, allowed: up to 3660d",
        ),
        (
            "timing: {best_time_within: {low: 9000d}}",
            "timing.best_time_within.low: found 9000d, allowed: up to 3660d",
        ),
        (
            "fatigue: {min_per_week: 7, max_per_week: 2}",
            "fatigue.min_per_week: found 7, allowed: at most max_per_week, which is 2",
        ),
        (
            "exploration: {min_prob: 0.1, max_options: 20}",
            "exploration.min_prob: found 0.1, allowed: at most 0.05, as each of max_options, ",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(more: str, problem: str) -> None:
    found = refusals(SMALL + more)
    assert problem in found[0]
    assert found[0].startswith("p.yaml:8:")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "conflict_group: offers",
            "types.promotion.conflict_group: found 'offers', allowed: none, as there are none",
        ),
        (
            "cancelled_by: [{event: buy, when: '1 +'}]",
            "types.promotion.cancelled_by[0].when: found '1 +', allowed: a condition that compiles",
        ),
        (
            "priority: critical, max_priority: high",
            "types.promotion.priority: found critical, allowed: at most max_priority, which",
        ),
        (
            "ttl: 1h, batch: {window: 60m}",
            "types.promotion.batch.window: found 1h, allowed: less than the type's ttl, 1h",
        ),
        (
            "failover: {'on': []}",
            "types.promotion.failover.on: found none, at least one is needed where there is no",
        ),
        (
            "failover: {unopened_after: 2d}",
            "types.promotion.failover.unopened_after: found 2d, allowed: less than within, 1d",
        ),
    ],
)
def test_a_type_that_contradicts_itself_is_refused(keys: str, problem: str) -> None:
    (found,) = refusals(with_promotion(keys))
    assert problem in found
    assert found.startswith("p.yaml:3:")


def test_failover_needs_a_second_channel() -> None:
    text = SMALL.replace("channels: [email]}", "channels: [email], failover: {}}")
    assert refusals(text) == [
        (
            "p.yaml:4:66: types.receipt.failover: found with channels ['email'], "
            "allowed: with two or more"
        )
    ]


@pytest.mark.parametrize(
    "more",
    [
        "caps: [{name: c, max: 1, calendar: week, per: campaign, campaigns: [spring]}]",
        "caps: [{name: c, max: 0, window: 1d}]",
        "caps: [{name: c, max: 256, window: 1d, types: [promotion], channels: [push]}]",
        "quiet_hours: {start: 22:00, end: 22:00}",
        "holidays: {default_country: DE}",
        "holidays: {}",
        "precedence: [quiet_hours, gap]",
        "rules: [{name: r, only_if: 'country == \"DE\" and order.total > 50'}]",
        "emergency: {channels: all, counts_for_caps: true}",
    ],
)
def test_what_is_unusual_and_right_is_taken(more: str) -> None:
    assert problems_of(policy_of(more)) == []


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            SMALL + "caps: [{name: c, max: 0, window: 1d}]",
            "caps[0].max: is 0: c lets nothing go",
        ),
        (
            SMALL + "caps: [{name: c, max: 1, window: 1d, types: [receipt]}]",
            "caps[0]: c binds no type of the policy",
        ),
        (
            SMALL + "quiet_hours: {start: 10:00, end: 10:00}",
            "quiet_hours: never end: users without quiet hours of their own get nothing but",
        ),
        (SMALL + "consent: {marketing: opt_out}", "consent: says nothing of transactional"),
        (
            SMALL + "conflict_groups: {g: {window: 1h}}",
            "conflict_groups.g: is the group of no",
        ),
        (SMALL + "  sms: {address_ttl: 1d}", "channels.sms: is a channel of no type"),
        (SMALL + "  sms: {address_ttl: 1d}", "channels.sms.address_ttl: has no effect"),
        (with_promotion("ttl: 31d"), "types.promotion.ttl: is longer than limits.max_ttl"),
        (with_promotion("max_priority: critical"), "types.promotion.max_priority: is critical"),
        (with_promotion("batch: {}"), "types.promotion.batch: has neither window nor hour"),
        (with_promotion("batch: {hour: 9}, ttl: 6h"), "types.promotion.batch.hour: may be up to"),
        (
            with_promotion("batch: {window: 1h}, digestible: false"),
            "types.promotion.batch: has no effect on a type that is not digestible",
        ),
        (
            with_promotion("holdback: {share: 0.1}").replace("marketing", "transactional"),
            "types.promotion.holdback: keeps what users need to know from some of them",
        ),
        (with_promotion("failover: {}"), "types.promotion.failover.max_attempts: is 3, but each"),
    ],
)
def test_what_is_hardly_meant_is_warned_of(text: str, warning: str) -> None:
    assert any(warning in line for line in warnings(text)), warnings(text)


def test_a_plain_policy_gives_no_warning_but_that_marketing_may_be_critical() -> None:
    (only,) = warnings(SMALL)
    assert "types.promotion.max_priority" in only
    assert warnings(with_promotion("max_priority: high")) == []


def test_quiet_hours_that_end_on_one_weekday_are_no_silence() -> None:
    more = "quiet_hours: {start: 10:00, end: 10:00, weekdays: {monday: null}}"
    assert warnings(with_promotion("max_priority: high") + more) == []


def test_the_default_policy_is_a_good_example() -> None:
    assert problems_of(DEFAULT_POLICY) == []
    assert warnings_of(DEFAULT_POLICY) == []
    assert all(channel.rate_per_s is None for channel in DEFAULT_POLICY.channels.values())
    for name, kind in DEFAULT_POLICY.types.items():
        assert (kind.max_priority is Priority.HIGH) is (kind.purpose.value == "marketing"), name


def test_a_policy_of_the_wrong_fields_in_python_has_its_problems_too() -> None:
    broken = msgspec.structs.replace(DEFAULT_POLICY, conflict_groups={})
    assert [str(each) for each in problems_of(broken)] == [
        f"types.{name}.conflict_group: found 'offers', allowed: none, as there are none"
        for name in ("cart_reminder", "promotion", "recommendation")
    ]


@pytest.mark.parametrize("first", ["tactful.holidays", "tactful.constraints", "tactful.policy"])
def test_the_modules_can_be_imported_in_any_order(first: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import {first}"], check=False)
    assert done.returncode == 0
