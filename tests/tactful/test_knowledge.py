from typing import Any

import msgspec
import pytest
from builders import DAY_MS, PLAIN, a_cap, a_request, a_user, knowledge

from tactful.ids import tag
from tactful.knowledge import FEEDBACK_MEMORY_MS, POLICY_KEY, InvalidKnowledgeError, Knowledge
from tactful.local_time import Calendar
from tactful.policy import DEFAULT_POLICY, Cap, NotificationType, Purpose
from tactful.policy.model import ConflictGroup, CoolDown, Gap, Per
from tactful.records import Reason


def test_the_built_in_policy_holds_until_another_one_comes() -> None:
    assert Knowledge().policy == DEFAULT_POLICY


def test_a_policy_that_comes_is_in_force() -> None:
    before = Knowledge()
    after = before.with_update(POLICY_KEY, msgspec.json.encode(PLAIN))
    assert after.policy == PLAIN
    assert before.policy == DEFAULT_POLICY
    assert a_user(after).asked(a_request()).policy_version == "plain-1"


def test_an_empty_value_takes_the_built_in_policy_back() -> None:
    known = knowledge()
    assert known.with_update(POLICY_KEY, b"").policy == DEFAULT_POLICY
    assert known.with_update(POLICY_KEY, b"").model_versions == known.model_versions


@pytest.mark.parametrize(
    "key",
    ["model/other", "model-history/engagement/1", "policy/other", "segment/new", "", "policy"],
)
@pytest.mark.parametrize("value", [b"{}", b"", b"\xff"])
def test_kinds_that_this_version_does_not_know_are_left_alone(key: str, value: bytes) -> None:
    known = knowledge()
    assert known.with_update(key, value) is known


@pytest.mark.parametrize("value", [b"{", b"{}", b"\xff", b'{"version":"1","types":{},"x":{}}'])
def test_an_invalid_policy_is_refused_by_its_key_and_the_last_good_one_stays(value: bytes) -> None:
    known = knowledge()
    with pytest.raises(InvalidKnowledgeError, match=r"^policy/default: policy: "):
        known.with_update(POLICY_KEY, value)
    assert known.policy == PLAIN


def test_sends_are_remembered_as_long_as_the_longest_cap_and_a_week_at_least() -> None:
    assert knowledge().send_memory_ms == FEEDBACK_MEMORY_MS == 7 * DAY_MS
    caps = (a_cap(window_ms=30 * DAY_MS), a_cap(window_ms=DAY_MS))
    assert knowledge(caps=caps).send_memory_ms == 30 * DAY_MS


def test_a_cap_binds_the_types_of_its_purpose_or_those_it_names() -> None:
    caps = (
        a_cap("marketing"),
        a_cap("named", types=("receipt", "promotion"), purposes=tuple(Purpose)),
        a_cap("both", types=("receipt",)),  # a receipt is no marketing: nothing is left
    )
    assert _limits(caps=caps) == {
        "promotion": {"cap_user": ["marketing", "named"]},
        "newsletter": {"cap_user": ["marketing"]},
        "receipt": {"cap_user": ["named"]},
    }


def test_a_cap_stands_under_the_reason_of_what_it_counts() -> None:
    every = tuple(Purpose)
    caps = tuple(a_cap(per.value, per=per, purposes=every) for per in Per)
    types = {
        "promotion": NotificationType(Purpose.MARKETING, ("email",), category="sales"),
        "receipt": NotificationType(Purpose.TRANSACTIONAL, ("email",)),
    }
    found = _limits(caps=caps, types=types)
    assert found["promotion"] == {f"cap_{per}": [per.value] for per in Per}
    # What has no category is counted by no cap of categories.
    assert found["receipt"] == {f"cap_{per}": [per.value] for per in Per if per is not Per.CATEGORY}


def test_a_cap_per_type_or_category_counts_each_on_its_own() -> None:
    types = {
        name: NotificationType(Purpose.MARKETING, ("email",), category=category)
        for name, category in (("a", "x"), ("b", "x"), ("c", "y"))
    }
    caps = (a_cap("t", per=Per.TYPE), a_cap("c", per=Per.CATEGORY), a_cap("u", types=("a", "c")))
    limits = knowledge(types=types, caps=caps).kinds["a"].limits
    counted = {reason: limit.type_tags for reason, (limit,) in limits.items()}
    assert counted == {
        Reason.CAP_TYPE: {tag("a")},
        Reason.CAP_CATEGORY: {tag("a"), tag("b")},
        Reason.CAP_USER: {tag("a"), tag("c")},
    }


def _limits(**changes: Any) -> dict[str, dict[str, list[str]]]:
    """By type and reason the names of the caps that bind it."""
    return {
        name: {reason.value: [each.name for each in limits] for reason, limits in of.limits.items()}
        for name, of in knowledge(**changes).kinds.items()
    }


def test_sends_are_remembered_as_long_as_anything_counts_them() -> None:
    assert knowledge(gaps=(Gap("gap", 8 * DAY_MS),)).send_memory_ms == 8 * DAY_MS
    rest = CoolDown("rest", sends=2, within_ms=DAY_MS, rest_ms=8 * DAY_MS)
    assert knowledge(cool_downs=(rest,)).send_memory_ms == 9 * DAY_MS
    groups = {"offers": ConflictGroup(10 * DAY_MS)}
    assert knowledge(conflict_groups=groups).send_memory_ms == 10 * DAY_MS
    month = Cap(name="month", max=1, calendar=Calendar.MONTH)
    # A month of 31 days, in a zone that another may be two days away from.
    assert knowledge(caps=(month,)).send_memory_ms == 33 * DAY_MS


def test_a_price_changes_nothing_that_was_worked_out_of_the_policy() -> None:
    before = knowledge()
    mark, kinds = before.policy_mark, before.kinds
    after = before.with_update("price/push", b'{"steps": [[0, 0.5]]}')
    assert after.kinds is kinds
    assert after.policy_mark == mark
    assert (list(after.prices), list(before.prices)) == (["push"], [])
    assert after.with_update("price/push", b"").prices == {}
    assert after.with_update(POLICY_KEY, b"").prices == after.prices


@pytest.mark.parametrize("value", [b"{", b"{}", b'{"steps": []}', b'{"steps": [[5, 1], [5, 0]]}'])
def test_an_invalid_price_is_refused_by_its_key(value: bytes) -> None:
    with pytest.raises(InvalidKnowledgeError, match=r"^price/push: price: "):
        knowledge().with_update("price/push", value)


def test_every_example_channel_of_a_type_is_one_of_the_policys() -> None:
    known = Knowledge()
    for kind in known.kinds.values():
        for channel in kind.channels:
            assert known.channels[channel.name] is channel
