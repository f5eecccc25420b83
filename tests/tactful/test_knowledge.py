import msgspec
import pytest
from builders import DAY_MS, PLAIN, a_cap, a_request, a_user, knowledge

from tactful.knowledge import FEEDBACK_MEMORY_MS, POLICY_KEY, InvalidKnowledgeError, Knowledge
from tactful.policy import DEFAULT_POLICY


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


@pytest.mark.parametrize("key", ["model/engagement", "policy/other", "segment/new", "", "policy"])
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
    caps = (a_cap("user"), a_cap("type", types=("receipt",)))
    kinds = knowledge(caps=caps).kinds
    assert {name: [limit.name for limit in kind.limits] for name, kind in kinds.items()} == {
        "promotion": ["user"],
        "newsletter": ["user"],
        "receipt": ["type"],
    }


def test_every_example_channel_of_a_type_is_one_of_the_policys() -> None:
    known = Knowledge()
    for kind in known.kinds.values():
        for channel in kind.channels:
            assert known.channels[channel.name] is channel
