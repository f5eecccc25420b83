"""Rule 6: each verdict names its reason, and without the named constraint it would be another.

Every composition of a history is recorded and composed again with the named constraints left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from histories import USER, busy_histories, changing_histories, end_of, histories
from hypothesis import given
from interpreter import Life, Moment
from strategies import knowledges

from tactful.composer import held
from tactful.composer import part as composer_part
from tactful.composer.compose import Composer, Plan
from tactful.constraints import CONSTRAINTS, Constraint
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.records import Priority, ProfileUpdate, Reason, Verdict

_NO_CONSTRAINT = {
    Reason.ALLOWED,
    Reason.BEST_TIME,
    Reason.CRITICAL,
    Reason.UNKNOWN_TYPE,
    Reason.UNKNOWN_CHANNEL,
    Reason.EXPIRED,
    Reason.OVERFLOW,
    Reason.ERASED,
}


class Composed:
    """One composition: what it was given, and the plan it made."""

    def __init__(self, *given: Any) -> None:
        self.given = given
        self.plan = Composer(*given).plan()

    @property
    def outcome(self) -> tuple[object, ...]:
        return _outcome(self.plan)

    def without(self, *left_out: Constraint) -> tuple[object, ...]:
        """The outcome with some constraints left out."""
        rest = [each for each in CONSTRAINTS if each not in left_out]
        return _outcome(Composer(*self.given).plan(rest))


def _outcome(plan: Plan) -> tuple[object, ...]:
    """Verdict, channel and moment."""
    if plan.verdict is Verdict.SUPPRESS:
        return (plan.verdict,)
    assert plan.option is not None
    return plan.verdict, plan.option.channel.name, plan.at_ms


@contextmanager
def _recorded() -> Iterator[list[Composed]]:
    made: list[Composed] = []

    class Recording:
        def __init__(self, *given: Any) -> None:
            made.append(Composed(*given))

        def plan(self) -> Plan:
            return made[-1].plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composer_part, "Composer", Recording)
        yield made


def _composed(knowledge: Knowledge, moments: list[Moment]) -> list[Composed]:
    with _recorded() as made:
        Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    return made


_any_history = histories() | changing_histories() | busy_histories()


@given(knowledges, _any_history)
def test_without_the_named_constraint_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and not plan.also:
            assert each.without(plan.because) != each.outcome, plan


@given(knowledges, _any_history)
def test_without_all_named_constraints_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and plan.also:
            assert each.without(plan.because, *plan.also) != each.outcome, plan


@given(knowledges, _any_history)
def test_further_constraints_are_named_only_where_the_first_alone_changes_nothing(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and plan.also:
            assert plan.because not in plan.also
            assert each.without(plan.because) == each.outcome, plan


@given(knowledges, _any_history)
def test_without_waiting_for_a_better_hour_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    """Or constraints end at the very hour that is the best: then without both it would be."""
    for each in _composed(knowledge, moments):
        if each.plan.reason is Reason.BEST_TIME:
            ask, channels, engagement, rhythm, _ = each.given
            # The wait counts from when the request was first seen: long ago here.
            composer = Composer(ask, channels, engagement, rhythm, -(10**15))
            untimed = [constraint for constraint in CONSTRAINTS if not constraint.timed]
            found = {_outcome(composer.plan()), _outcome(composer.plan(untimed))}
            assert found != {each.outcome}, each.plan


@given(knowledges, _any_history)
def test_reason_and_constraint_agree(knowledge: Knowledge, moments: list[Moment]) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is None:
            assert plan.reason in _NO_CONSTRAINT
            assert plan.also == ()
        else:
            assert plan.reason is plan.because.reason
            critical = each.given[0].critical
            assert plan.because.binds_critical or not critical
        allowed = {Reason.ALLOWED, Reason.CRITICAL}
        assert (plan.verdict is Verdict.SEND) == (plan.reason in allowed)


@given(knowledges, changing_histories())
def test_a_verdict_without_a_composition_names_a_fact(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    for step in life.steps:
        policy = step.knowledge.policy
        for entry in step.ledger:
            if entry.reason is Reason.UNKNOWN_TYPE:
                assert entry.type not in policy.types
            if entry.reason is Reason.ERASED:
                assert entry.verdict is Verdict.CANCEL
                assert isinstance(step.record, ProfileUpdate)
                assert step.record.erase
            if entry.reason is Reason.EXPIRED:
                assert entry.verdict is Verdict.EXPIRE
            if entry.reason is Reason.OVERFLOW:
                assert held.size(step.before.sections[Section.HELD]) >= policy.limits.held
            if entry.reason is Reason.CRITICAL:
                assert entry.priority is Priority.CRITICAL


@given(knowledges, changing_histories())
def test_a_verdict_says_its_reason_as_a_sentence(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for entry in Life(USER, knowledge).live(moments).ledger:
        assert len(entry.explanation) > 10
        assert entry.policy_version


@given(knowledges, _any_history)
def test_what_was_considered_agrees_with_the_verdict(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    for entry in life.ledger:
        by_name = {each.channel: each for each in entry.considered}
        assert len(by_name) == len(entry.considered)
        for each in entry.considered:
            assert 0.0 <= each.score <= 1.0
            assert each.earliest_ms is not None or each.blocked_by
            if each.earliest_ms is not None:
                assert entry.decided_at_ms <= each.earliest_ms <= entry.expires_at_ms
        if entry.channel is not None:
            moment_ms = entry.reconsider_at_ms or entry.decided_at_ms
            chosen = by_name[entry.channel]
            assert chosen.earliest_ms is not None
            assert chosen.earliest_ms <= moment_ms
            assert chosen.score == entry.score
        elif entry.verdict is Verdict.SUPPRESS:
            assert all(each.earliest_ms is None for each in entry.considered)


def test_every_constraint_has_a_reason_of_its_own() -> None:
    reasons = [each.reason for each in CONSTRAINTS]
    assert len(set(reasons)) == len(reasons)
    assert set(reasons) | _NO_CONSTRAINT == set(Reason)
    assert msgspec.json.encode(reasons)
