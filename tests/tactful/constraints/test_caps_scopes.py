"""What each cap counts and binds: scopes, filters, and what does not count."""

from typing import Any

import msgspec
import pytest
from asking import an_ask, channel_of, earliest, sent, why
from builders import DAY_MS, HOUR_MS, NOW, PLAIN, a_cap, a_request, a_user, knowledge

from tactful.constraints import CONSTRAINTS, Constraint, caps
from tactful.knowledge import CAP_REASONS, Knowledge
from tactful.policy import Purpose
from tactful.policy.model import Emergency, Per
from tactful.records import Priority, Reason

TYPES = {
    name: msgspec.structs.replace(
        kind, category={"promotion": "sales", "newsletter": "news"}.get(name)
    )
    for name, kind in PLAIN.types.items()
} | {"offer": msgspec.structs.replace(PLAIN.types["promotion"], category="sales")}


def capped(per: Per = Per.USER, **more: Any) -> Knowledge:
    return knowledge(types=TYPES, caps=(a_cap(per=per, **more),))


def constraint_of(per: Per) -> Constraint:
    return next(each for each in CONSTRAINTS if each.reason is CAP_REASONS[per])


def full(known: Knowledge, per: Per, *sends: Any, on: str = "email", **asked: Any) -> bool:
    """Whether sends an hour ago leave no slot for one now."""
    found = earliest(constraint_of(per), an_ask(known, sends=sends, **asked), channel=on)
    assert found in (NOW, NOW + DAY_MS - HOUR_MS)
    return found > NOW


AGO = NOW - HOUR_MS


@pytest.mark.parametrize(
    ("per", "same", "other"),
    [
        (Per.USER, sent(AGO, "newsletter", "push"), None),
        (Per.TYPE, sent(AGO, "promotion", "push"), sent(AGO, "offer")),
        (Per.CHANNEL, sent(AGO, "newsletter", "email"), sent(AGO, channel="push")),
        (Per.CATEGORY, sent(AGO, "offer", "push"), sent(AGO, "newsletter")),
        (
            Per.CAMPAIGN,
            sent(AGO, "newsletter", "push", campaign="spring"),
            sent(AGO, campaign="summer"),
        ),
    ],
)
def test_each_scope_counts_its_own(per: Per, same: Any, other: Any) -> None:
    known = capped(per)
    assert full(known, per, same, campaign="spring")
    assert not full(known, per, campaign="spring")
    if other is not None:
        assert not full(known, per, other, campaign="spring")


def test_what_has_no_campaign_or_category_is_not_counted_there() -> None:
    known = capped(Per.CAMPAIGN)
    assert not full(known, Per.CAMPAIGN, sent(AGO))
    assert not full(known, Per.CAMPAIGN, sent(AGO), campaign="spring")
    assert not full(known, Per.CAMPAIGN, sent(AGO, campaign="spring"))
    by_category = capped(Per.CATEGORY, purposes=tuple(Purpose))
    receipt = sent(AGO, "receipt", purpose=Purpose.TRANSACTIONAL)
    assert not constraint_of(Per.CATEGORY).applies(by_category.kinds["receipt"])
    assert not full(by_category, Per.CATEGORY, receipt)


@pytest.mark.parametrize(
    ("filters", "counted", "not_counted"),
    [
        ({"types": ("promotion", "offer")}, sent(AGO, "offer"), sent(AGO, "newsletter")),
        ({"categories": ("sales",)}, sent(AGO, "offer"), sent(AGO, "newsletter")),
        ({"channels": ("email", "push")}, sent(AGO, channel="push"), sent(AGO, channel="in_app")),
        ({"campaigns": ("spring",)}, sent(AGO, campaign="spring"), sent(AGO, campaign="summer")),
        (
            {"purposes": tuple(Purpose)},
            sent(AGO, "receipt", purpose=Purpose.TRANSACTIONAL),
            sent(AGO, counted=False),
        ),
        ({}, sent(AGO, "gone since"), sent(AGO, "receipt", purpose=Purpose.TRANSACTIONAL)),
    ],
)
def test_filters_say_what_a_cap_counts(
    filters: dict[str, Any], counted: Any, not_counted: Any
) -> None:
    known = capped(**filters)
    assert full(known, Per.USER, counted, campaign="spring")
    assert not full(known, Per.USER, not_counted, campaign="spring")


def test_filters_say_what_a_cap_binds() -> None:
    took = sent(AGO, campaign="spring")
    for filters in ({"types": ("offer",)}, {"categories": ("news",)}):
        assert not caps.PER_USER.applies(capped(**filters).kinds["promotion"])
    by_campaign = capped(campaigns=("spring",))
    assert full(by_campaign, Per.USER, took, campaign="spring")
    assert not full(by_campaign, Per.USER, took, campaign="summer")
    assert not full(by_campaign, Per.USER, took)
    by_channel = capped(channels=("push", "email"))
    assert full(by_channel, Per.USER, took, on="push")
    assert not full(by_channel, Per.USER, took, on="in_app")


def test_scope_and_filters_join() -> None:
    known = capped(Per.CHANNEL, categories=("sales",), campaigns=("spring", "summer"))
    asked = {"campaign": "summer"}
    assert full(known, Per.CHANNEL, sent(AGO, "offer", campaign="spring"), **asked)
    assert not full(known, Per.CHANNEL, sent(AGO, "offer", "push", campaign="spring"), **asked)
    assert not full(known, Per.CHANNEL, sent(AGO, "newsletter", campaign="spring"), **asked)
    assert not full(known, Per.CHANNEL, sent(AGO, "offer"), **asked)


@pytest.mark.parametrize(
    ("cap", "differs"),
    [
        (a_cap(per=Per.CHANNEL), True),
        (a_cap(channels=("email",)), True),
        (a_cap(per=Per.CAMPAIGN), False),
        (a_cap(types=("promotion",)), False),
        (a_cap(), False),
    ],
)
def test_only_a_cap_that_tells_channels_apart_differs_by_channel(cap: Any, differs: bool) -> None:
    known = knowledge(caps=(cap,))
    found = any(
        each.applies(known.kinds["promotion"]) and each.by_channel(known.kinds["promotion"])
        for each in (caps.PER_USER, caps.PER_CHANNEL, caps.PER_CAMPAIGN)
    )
    assert found is differs


def test_a_cap_of_zero_shuts_for_good_and_is_never_idle() -> None:
    for per in Per:
        known = capped(per, max=0)
        ask = an_ask(known, campaign="spring")
        assert earliest(constraint_of(per), ask) is None
        assert why(constraint_of(per), ask) == "cap daily is full (0 of 0)"


def test_a_cap_of_zero_on_one_channel_leaves_the_others() -> None:
    user = a_user(capped(max=0, channels=("email",)))
    assert user.asked(a_request()).channel == "push"
    refused = user.asked(a_request("r2", channels=["email"]))
    assert (refused.verdict, refused.reason) == ("suppress", "cap_user")


def test_of_several_caps_the_one_that_frees_last_is_named() -> None:
    known = knowledge(
        caps=(
            a_cap("hourly", 2, HOUR_MS),
            a_cap("daily", 3, DAY_MS),
            a_cap("roomy", 9, 9 * DAY_MS),
        )
    )
    two = an_ask(known, sends=[sent(NOW - 2), sent(NOW - 1)])
    assert earliest(caps.PER_USER, two) == NOW - 2 + HOUR_MS
    assert why(caps.PER_USER, two) == "cap hourly is full (2 of 2)"
    three = an_ask(known, sends=[sent(NOW - 2 * HOUR_MS), sent(NOW - 2), sent(NOW - 1)])
    assert earliest(caps.PER_USER, three) == NOW + 22 * HOUR_MS
    assert why(caps.PER_USER, three) == "cap daily is full (3 of 3)"


def test_with_more_sends_than_a_cap_now_allows_the_slot_comes_when_enough_have_left() -> None:
    known = knowledge(caps=(a_cap(max=2, window_ms=100),))
    sends = [sent(NOW - ago) for ago in (10, 40, 20, 30)]
    assert earliest(caps.PER_USER, an_ask(known, sends=sends)) == NOW + 80
    assert earliest(caps.PER_USER, an_ask(known, sends=sends), NOW + 80) == NOW + 80
    assert earliest(caps.PER_USER, an_ask(known, sends=sends[:1])) == NOW


def test_two_caps_that_fill_by_turns_are_both_free_at_the_answer() -> None:
    """Sends ahead of a clock that stepped back fill one cap where the other frees."""
    known = knowledge(caps=(a_cap("one", 1, 100), a_cap("two", 2, 300)))
    sends = [sent(NOW - 90), sent(NOW + 5)]
    ask = an_ask(known, sends=sends)
    found = earliest(caps.PER_USER, ask)
    assert found == NOW + 210
    on = channel_of(ask, "email")
    assert all(
        caps.free_at_ms(limit, ask, on, found) == found
        for limit in ask.kind.limits[Reason.CAP_USER]
    )


def test_critical_counts_where_the_policy_says_so() -> None:
    for counts in (False, True):
        known = knowledge(caps=(a_cap(),), emergency=Emergency(counts_for_caps=counts))
        user = a_user(known)
        user.asked(a_request("c", priority=Priority.CRITICAL))
        assert (user.asked(a_request("r")).reason == "cap_user") is counts
