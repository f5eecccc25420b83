"""Rule 3: only `critical` passes quiet hours, nothing passes consent, and `critical` never waits.

All of it is worked out again from the accepted records, without asking a constraint.
"""

from collections.abc import Iterator

from histories import USER, changing_histories, end_of, histories
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment, Step
from profile_model import ProfileModel
from strategies import knowledges

from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.records import Decision, FrequencyMode, Priority, Request, Verdict

_URGENT = (Priority.CRITICAL, Priority.HIGH)


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


_any_history = histories() | changing_histories()


@given(knowledges, _any_history, st.booleans())
def test_nothing_but_critical_is_sent_in_quiet_hours(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        if decision.priority is not Priority.CRITICAL:
            policy = step.knowledge.policy
            assert not model.quiet(policy, step.now_ms), model.local(policy, step.now_ms)


@given(knowledges, _any_history, st.booleans())
def test_nothing_is_sent_without_consent(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        assert model.consents(step.knowledge.policy, decision.type, decision.channel)


@given(knowledges, histories(), st.booleans())
def test_nothing_is_sent_without_a_reachable_address(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    """Under one policy: which address heals which channel is what a policy says at the time."""
    for decision, model, step in _sent(_lived(knowledge, moments, punctual=punctual)):
        assert model.reachable(step.knowledge.policy, decision.channel)


@given(knowledges, _any_history)
def test_only_channels_of_the_type_and_the_request_are_used(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = _lived(knowledge, moments)
    asked = {step.record.id: step.record for step in life.steps if isinstance(step.record, Request)}
    for decision, _, step in _sent(life):
        assert decision.channel in step.knowledge.policy.types[decision.type].channels
        wanted = asked[decision.request_id].channels
        assert wanted is None or decision.channel in wanted


@given(knowledges, _any_history)
def test_critical_has_its_final_verdict_in_the_same_step(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for step in _lived(knowledge, moments).steps:
        if (
            isinstance(step.record, Request)
            and step.record.priority is Priority.CRITICAL
            and not step.duplicate
        ):
            mine = [entry for entry in step.ledger if entry.request_id == step.record.id]
            assert [entry.verdict.final for entry in mine] == [True]


@given(knowledges, _any_history)
def test_critical_is_refused_only_for_what_binds_it(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    model = ProfileModel()
    for step in _lived(knowledge, moments).steps:
        if not step.duplicate:
            model.apply(step.record)
        policy = step.knowledge.policy
        for entry in step.ledger:
            if entry.priority is Priority.CRITICAL and entry.verdict is Verdict.SUPPRESS:
                assert isinstance(step.record, Request)
                kind = policy.types.get(entry.type)
                channels = set(kind.channels if kind else ()) & set(
                    step.record.channels or policy.channels
                )
                assert not any(
                    model.consents(policy, entry.type, channel) and model.reachable(policy, channel)
                    for channel in channels
                )


@given(knowledges, _any_history, st.booleans())
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
        if mode in (FrequencyMode.DAILY_DIGEST, FrequencyMode.WEEKLY_DIGEST):
            assert local.hour == policy.timing.digest_hour
        if mode is FrequencyMode.WEEKLY_DIGEST:
            assert local.weekday() == 0
