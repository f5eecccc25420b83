"""Rule 3: only `critical` passes quiet hours, nothing passes consent, and `critical` never waits.

All of it is worked out again from the accepted records, without asking a constraint.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

from histories import USER, busy_histories, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment, Step
from lively import any_knowledge, changing, steady
from msgspec import structs
from profile_model import ProfileModel

from tactful.conditions import holds
from tactful.knowledge import Knowledge
from tactful.policy import Policy, Purpose
from tactful.policy.model import EmergencyChannels
from tactful.records import (
    Decision,
    FrequencyMode,
    LedgerEntry,
    Priority,
    ProfileUpdate,
    Request,
    Verdict,
)

_URGENT = (Priority.CRITICAL, Priority.HIGH)
_DIGEST_MODES = (FrequencyMode.DAILY_DIGEST, FrequencyMode.WEEKLY_DIGEST)


def _lived(knowledge: Knowledge, moments: list[Moment], *, punctual: bool = True) -> Life:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    return life.wake_until(end_of(moments))


def _sent(life: Life) -> Iterator[tuple[Decision, ProfileModel, Step]]:
    """Each decision with the profile as it was."""
    model = ProfileModel()
    for step in life.steps:
        if not step.duplicate:
            model.apply(step.record)
        for decision in step.decisions:
            yield decision, model, step


_any_history = steady | changing


@given(any_knowledge, _any_history, st.booleans())
def test_nothing_but_critical_is_sent_in_quiet_hours(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        if decision.priority is not Priority.CRITICAL:
            policy = step.knowledge.policy
            assert not model.quiet(policy, step.now_ms), model.local(policy, step.now_ms)


@given(any_knowledge, _any_history, st.booleans())
def test_nothing_is_sent_without_consent(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        assert model.consents(step.knowledge.policy, decision.type, decision.channel)


@given(any_knowledge, steady, st.booleans())
def test_nothing_is_sent_without_a_reachable_address(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    """Under one policy: which address heals which channel is what a policy says at the time."""
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        assert model.reachable(step.knowledge.policy, decision.channel, step.now_ms)


@given(any_knowledge, _any_history)
def test_only_channels_of_the_type_and_the_request_are_used(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = _lived(knowledge, moments)
    asked = {step.record.id: step.record for step in life.steps if isinstance(step.record, Request)}
    for decision, _, step in _sent(life):
        assert decision.channel in step.knowledge.policy.types[decision.type].channels
        wanted = asked[decision.request_id].channels
        assert wanted is None or decision.channel in wanted


def _settled(policy: Policy, request: Request) -> Priority:
    """The priority a request has under a policy."""
    kind = policy.types.get(request.type)
    if kind is None:
        return request.priority or Priority.NORMAL
    wanted = request.priority or kind.priority
    ranks = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)
    return min(wanted, kind.max_priority, key=ranks.index)


@given(any_knowledge, _any_history)
def test_a_priority_is_the_request_s_own_else_its_type_s_and_never_above_what_the_type_may_have(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    asked: dict[str, Request] = {}
    for step in _lived(knowledge, moments).steps:
        if isinstance(step.record, Request) and not step.duplicate:
            asked[step.record.id] = step.record
        decided = [each for each in step.ledger if each.verdict in (Verdict.SEND, Verdict.HOLD)]
        for each in (*decided, *step.decisions):
            # What waits is settled anew under a new policy.
            assert each.priority is _settled(step.knowledge.policy, asked[each.request_id])


@given(any_knowledge, _any_history)
def test_critical_has_its_final_verdict_in_the_same_step(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for step in _lived(knowledge, moments).steps:
        if (
            isinstance(step.record, Request)
            and not step.duplicate
            and _settled(step.knowledge.policy, step.record) is Priority.CRITICAL
        ):
            mine = [entry for entry in step.ledger if entry.request_id == step.record.id]
            assert [entry.attempt for entry in mine] == list(range(1, len(mine) + 1))
            assert mine
            assert all(entry.verdict.final for entry in mine)


@given(any_knowledge, _any_history, st.booleans())
def test_critical_never_waits_in_no_attempt(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for entry in _lived(knowledge, moments, punctual=punctual).ledger:
        assert entry.priority is not Priority.CRITICAL or entry.verdict.final


def _open_channels(
    model: ProfileModel, policy: Policy, request: Request, tried: Collection[str], now_ms: int
) -> set[str]:
    """Where nothing that binds `critical` stands in the way."""
    kind = policy.types.get(request.type)
    wanted = None if request.channels is None else set(request.channels)
    return {
        channel
        for channel in (kind.channels if kind else ())
        if (wanted is None or channel in wanted)
        and channel not in tried
        and model.consents(policy, request.type, channel)
        and model.reachable(policy, channel, now_ms)
    }


@given(any_knowledge, steady | busy_histories(), st.booleans())
def test_critical_goes_to_the_best_channel_or_all_open_to_it_and_is_refused_without_any(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    model = ProfileModel()
    asked: dict[str, Request] = {}
    tried: dict[str, set[str]] = defaultdict(set)
    everywhere = knowledge.policy.emergency.channels is EmergencyChannels.ALL
    for step in _lived(knowledge, moments, punctual=punctual).steps:
        if not step.duplicate:
            model.apply(step.record)
            if isinstance(step.record, Request):
                asked[step.record.id] = step.record
        by_request: dict[str, list[LedgerEntry]] = defaultdict(list)
        for entry in step.ledger:
            if entry.priority is Priority.CRITICAL and entry.verdict is not Verdict.EXPIRE:
                by_request[entry.request_id].append(entry)
        for request_id, entries in by_request.items():
            request, before = asked[request_id], tried[request_id]
            found = _open_channels(model, knowledge.policy, request, before, step.now_ms)
            sent = {entry.channel for entry in entries if entry.verdict is Verdict.SEND}
            assert sent <= found
            if everywhere and entries[0].attempt == 1:
                assert sent == found
            else:
                assert len(entries) == 1
                assert bool(sent) == bool(found)
            before.update(channel for channel in sent if channel)


@given(any_knowledge, _any_history, st.booleans())
def test_nothing_but_critical_is_sent_on_a_holiday(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        policy = step.knowledge.policy
        purpose = policy.types[decision.type].purpose
        if decision.priority is Priority.CRITICAL or policy.holidays is None:
            continue
        if purpose in policy.holidays.purposes:
            assert not model.holiday(policy, step.now_ms), model.local(policy, step.now_ms)


@given(any_knowledge, _any_history, st.booleans())
def test_nothing_but_critical_is_sent_against_a_rule(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = _lived(knowledge, moments, punctual=punctual)
    asked = {step.record.id: step.record for step in life.steps if isinstance(step.record, Request)}
    for decision, model, step in _sent(life):
        policy = step.knowledge.policy
        if decision.priority is Priority.CRITICAL:
            continue
        request = structs.replace(asked[decision.request_id], priority=decision.priority)
        for rule in policy.rules:
            if (
                (rule.types is None or decision.type in rule.types)
                and (rule.purposes is None or policy.types[decision.type].purpose in rule.purposes)
                and (rule.channels is None or decision.channel in rule.channels)
            ):
                assert holds(rule.only_if, request, model.attributes), rule


@given(any_knowledge, _any_history, st.booleans())
def test_marketing_keeps_to_the_hours_and_the_frequency_the_user_chose(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        policy = step.knowledge.policy
        if decision.priority is Priority.CRITICAL:
            continue
        assert step.now_ms >= (model.value("pause_until_ms") or 0)
        if policy.types[decision.type].purpose is not Purpose.MARKETING:
            continue
        local = model.local(policy, step.now_ms)
        preferred = model.value("preferred_hours")
        assert not preferred or local.hour in preferred
        mode = model.value("frequency")
        if decision.priority in _URGENT:
            continue
        assert mode is not FrequencyMode.ONLY_HIGH_PRIORITY
        if mode in _DIGEST_MODES:
            assert local.hour == policy.timing.digest_hour
        if mode is FrequencyMode.WEEKLY_DIGEST:
            assert local.weekday() == 0


@given(any_knowledge, _any_history, st.booleans())
def test_a_user_in_a_digest_mode_gets_one_digest_a_day(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    model = ProfileModel()
    digests: list[int] = []
    for step in _lived(knowledge, moments, punctual=punctual).steps:
        if not step.duplicate:
            model.apply(step.record)
            if isinstance(step.record, ProfileUpdate) and step.record.erase:
                digests.clear()
        policy = step.knowledge.policy
        for decision in step.decisions:
            marketing = policy.types[decision.type].purpose is Purpose.MARKETING
            if (
                marketing
                and decision.priority not in _URGENT
                and model.value("frequency") in _DIGEST_MODES
            ):
                days = [model.local(policy, at_ms).date() for at_ms in digests]
                assert model.local(policy, step.now_ms).date() not in days
                digests.append(step.now_ms)
