"""Rule 6: each verdict names its reason, and without the named constraint it would be another.

Every composition of a history is recorded and composed again with the named constraints left out.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import msgspec
import pytest
from histories import USER, busy_histories, end_of
from hypothesis import given
from interpreter import Life, Moment, Step
from lively import any_knowledge, changing, steady

from tactful.composer import held
from tactful.composer import view as composer_view
from tactful.composer.compose import Composer
from tactful.composer.plan import Option, Plan, Slot
from tactful.constraints import CONSTRAINTS, Ask, Constraint, of
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    Event,
    Feedback,
    Input,
    LedgerEntry,
    Priority,
    ProfileUpdate,
    Reason,
    Verdict,
)

_NO_CONSTRAINT = {
    Reason.ALLOWED,
    Reason.BEST_TIME,
    Reason.CRITICAL,
    Reason.FAILOVER,
    Reason.ESCALATION,
    Reason.EXPLORED,
    Reason.UNKNOWN_TYPE,
    Reason.UNKNOWN_CHANNEL,
    Reason.NO_CHANNEL_LEFT,
    Reason.CANCELLED_BY_EVENT,
    Reason.ANSWERED,
    Reason.EXPIRED,
    Reason.OVERFLOW,
    Reason.HOLDBACK,
    Reason.ERASED,
}


class Composed:
    """One composition: what it was given, and the plan it made."""

    def __init__(self, *given: Any) -> None:
        self.given = given
        self.ask: Ask = given[0]
        self.composer = Composer(*given)

    @cached_property
    def plan(self) -> Plan:
        return self.composer.plan()

    @property
    def drawn(self) -> bool:
        """Whether it keeps to what was drawn."""
        return len(self.given) > 5 and self.given[5] is not None

    @property
    def outcome(self) -> tuple[object, ...]:
        return _outcome(self.plan)

    @property
    def named(self) -> tuple[Constraint, ...]:
        """The constraints that bind."""
        return () if self.plan.because is None else (self.plan.because, *self.plan.also)

    def planned_without(self, *left_out: Constraint) -> Plan:
        return Composer(*self.given).plan(without=left_out)

    def without(self, *left_out: Constraint) -> tuple[object, ...]:
        """The outcome with some constraints left out."""
        return _outcome(self.planned_without(*left_out))


def _outcome(plan: Plan) -> tuple[object, ...]:
    """Verdict, channel and moment."""
    if plan.verdict is Verdict.SUPPRESS:
        return (plan.verdict,)
    return plan.verdict, plan.option.channel.name, plan.at_ms


@contextmanager
def _recorded() -> Iterator[list[Composed]]:
    made: list[Composed] = []

    class Recording:
        def __init__(self, *given: Any) -> None:
            self._composed = Composed(*given)

        def slots(self, most: int) -> list[tuple[float, Slot]]:
            return self._composed.composer.slots(most)

        @property
        def feasible(self) -> list[Option]:
            return self._composed.composer.feasible

        def keeping(self, slot: Slot | None) -> "Recording":
            other = Recording(*self._composed.given[:5], slot)
            # What is worked out once must serve it as well as a composition from the beginning.
            other._composed.composer = self._composed.composer.keeping(slot)
            return other

        @property
        def open(self) -> bool:
            return self._composed.composer.open

        def plan(self) -> Plan:
            made.append(self._composed)
            return self._composed.plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composer_view, "Composer", Recording)
        yield made


def _composed(knowledge: Knowledge, moments: list[Moment]) -> list[Composed]:
    with _recorded() as made:
        Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    return made


_any_history = steady | changing | busy_histories()


@given(any_knowledge, _any_history)
def test_without_the_named_constraint_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and not plan.also:
            assert each.without(plan.because) != each.outcome, plan


@given(any_knowledge, _any_history)
def test_without_all_named_constraints_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and plan.also:
            assert each.without(plan.because, *plan.also) != each.outcome, plan


@given(any_knowledge, _any_history)
def test_further_constraints_are_named_only_where_the_first_alone_changes_nothing(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is not None and plan.also:
            assert plan.because not in plan.also
            assert each.without(plan.because) == each.outcome, plan


@given(any_knowledge, _any_history)
def test_without_waiting_for_a_better_hour_the_outcome_would_be_another(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    """Or constraints end at the very hour that is the best: then without both it would be."""
    for each in _composed(knowledge, moments):
        if each.plan.reason is Reason.BEST_TIME:
            # The wait counts from when the request was first seen: long ago here.
            ask = copy.copy(each.ask)
            ask.first_ms = -(10**15)
            composer = Composer(ask, *each.given[1:])
            timed = [constraint for constraint in CONSTRAINTS if constraint.timed]
            found = {_outcome(composer.plan()), _outcome(composer.plan(without=timed))}
            assert found != {each.outcome}, each.plan


@given(any_knowledge, _any_history)
def test_reason_and_constraint_agree(knowledge: Knowledge, moments: list[Moment]) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is None:
            assert plan.reason in _NO_CONSTRAINT
            assert plan.also == ()
        else:
            assert plan.reason is plan.because.reason
            assert plan.because.binds_critical or not each.ask.critical
        allowed = {Reason.ALLOWED, Reason.CRITICAL}
        if each.drawn:
            assert plan.reason is Reason.EXPLORED or plan.because is not None
        else:
            assert (plan.verdict is Verdict.SEND) == (plan.reason in allowed)


def _in_the_way(plan: Plan) -> set[Reason]:
    """What moved the channel that is waited for, or shut any."""
    if plan.verdict is Verdict.HOLD:
        return {each.reason for each in plan.option.moment.movers}
    return {reason for each in plan.considered for reason in each.blocked_by}


@given(any_knowledge, _any_history)
def test_of_those_that_bind_alike_the_first_in_the_policy_s_precedence_is_named(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for each in _composed(knowledge, moments):
        plan = each.plan
        if plan.because is None or plan.also:
            continue
        assert plan.reason in _in_the_way(plan)
        for earlier in of(each.ask.knowledge, each.ask.kind, critical=each.ask.critical).all:
            if earlier is plan.because:
                break
            if earlier.reason in _in_the_way(plan):
                assert each.without(earlier) == each.outcome, (earlier.reason, plan)


def test_a_policy_s_precedence_names_its_own_first() -> None:
    first = (Reason.QUIET_HOURS, Reason.GAP)
    policy = msgspec.structs.replace(DEFAULT_POLICY, precedence=first)
    known = Knowledge(policy)
    order = [each.reason for each in of(known, known.kinds["tip"], critical=False).all]
    usual = Knowledge()
    plain = [each.reason for each in of(usual, usual.kinds["tip"], critical=False).all]
    assert order == [*first, *(reason for reason in plain if reason not in first)]


@given(any_knowledge, _any_history)
def test_the_ledger_says_what_would_have_been_without_the_named_constraints(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    with _recorded() as made:
        life = Life(USER, knowledge)
        taken: list[tuple[LedgerEntry, Composed]] = []
        take = life.take

        def recording_take(record: Input, now_ms: int) -> Step:
            made.clear()
            step = take(record, now_ms)
            for entry in step.ledger:
                # One composition a request and step, but an attempt may follow another one.
                mine = [
                    each
                    for each in made
                    if each.ask.request.id == entry.request_id and each.ask.attempt == entry.attempt
                ]
                assert entry.counterfactual is None or mine or entry.reason is Reason.HOLDBACK
                # What is drawn is composed once more, and that is told.
                taken.extend(
                    (entry, each) for each in mine[-1:] if entry.verdict is each.plan.verdict
                )
            return step

        life.take = recording_take  # type: ignore[method-assign]
        life.live(moments).wake_until(end_of(moments))
    for entry, each in taken:
        if not each.named:
            assert entry.counterfactual is None
            continue
        if entry.reason is Reason.OVERFLOW:
            continue
        assert entry.counterfactual is not None
        plan = each.planned_without(*each.named)
        found = entry.counterfactual
        assert found.without is entry.reason
        assert (entry.reason, *entry.also) == tuple(named.reason for named in each.named)
        assert found.verdict is plan.verdict
        if plan.verdict is not Verdict.SUPPRESS:
            assert found.channel == plan.option.channel.name
            assert found.at_ms == plan.at_ms


@given(any_knowledge, changing)
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
                new = [each for each in step.ledger if each.verdict is Verdict.HOLD]
                waiting = held.size(step.before.sections[Section.HELD]) + len(new)
                assert waiting > policy.limits.held
            if entry.reason is Reason.CANCELLED_BY_EVENT:
                assert entry.verdict is Verdict.CANCEL
                assert isinstance(step.record, Event)
                named = [each.event for each in policy.types[entry.type].cancelled_by]
                assert step.record.name in named
                assert entry.requested_at_ms <= step.record.at_ms
            if entry.reason is Reason.ANSWERED:
                assert isinstance(step.record, Feedback)
            if entry.reason is Reason.NO_CHANNEL_LEFT:
                assert entry.attempt > 1
                assert entry.verdict is Verdict.SUPPRESS
            if entry.reason in {Reason.FAILOVER, Reason.ESCALATION}:
                assert entry.attempt > 1
                assert entry.verdict is Verdict.SEND
            if entry.verdict is Verdict.DIGEST:
                assert entry.reason in {Reason.BATCH, Reason.DIGEST_HOUR, Reason.CONFLICT}
            if entry.reason is Reason.CRITICAL:
                assert entry.priority is Priority.CRITICAL
            if entry.reason is Reason.EXPLORED:
                assert policy.exploration is not None or step.knowledge is not knowledge
                assert entry.verdict in {Verdict.SEND, Verdict.HOLD}
            if entry.reason is Reason.HOLDBACK:
                assert entry.verdict is Verdict.SUPPRESS
                assert policy.types[entry.type].holdback is not None
                assert entry.counterfactual is not None
                assert entry.counterfactual.verdict is Verdict.SEND


@given(any_knowledge, changing)
def test_a_verdict_says_its_reason_as_a_sentence(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for entry in Life(USER, knowledge).live(moments).ledger:
        assert len(entry.explanation) > 10
        assert entry.policy_version


@given(any_knowledge, _any_history)
def test_what_was_considered_agrees_with_the_verdict(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    for entry in life.ledger:
        by_name = {each.channel: each for each in entry.considered}
        assert len(by_name) == len(entry.considered)
        for each in entry.considered:
            assert each.score >= 0.0
            assert each.earliest_ms is not None or each.blocked_by
            if each.earliest_ms is not None:
                assert entry.decided_at_ms <= each.earliest_ms <= entry.expires_at_ms
        if entry.verdict in (Verdict.SEND, Verdict.HOLD):
            assert entry.channel is not None
            moment_ms = entry.reconsider_at_ms or entry.decided_at_ms
            chosen = by_name[entry.channel]
            assert chosen.earliest_ms is not None
            assert chosen.earliest_ms <= moment_ms
            assert chosen.score == entry.score
        elif entry.verdict is Verdict.SUPPRESS and entry.reason is not Reason.HOLDBACK:
            assert all(each.earliest_ms is None for each in entry.considered)


def test_every_constraint_has_a_reason_of_its_own() -> None:
    reasons = [each.reason for each in CONSTRAINTS]
    assert len(set(reasons)) == len(reasons)
    assert set(reasons) | _NO_CONSTRAINT == set(Reason)
    assert msgspec.json.encode(reasons)
