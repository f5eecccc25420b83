"""Explorations keep their budget and their bounds, holdbacks their groups, on random lives."""

from collections import Counter

import pytest
from dice import Dice
from histories import USER, end_of
from hypothesis import given
from interpreter import Life, Moment, Step
from lively import any_knowledge, changing, make_lively_history, make_lively_knowledge, steady

from tactful.composer import held
from tactful.engine.state import Section
from tactful.holdback import CONTROL, group_of
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS
from tactful.policy import Purpose
from tactful.records import (
    Example,
    ExampleKind,
    LedgerEntry,
    Priority,
    ProfileUpdate,
    Reason,
    Verdict,
)

WEEK_MS = 7 * DAY_MS


def _lived(knowledge: Knowledge, moments: list[Moment], *, punctual: bool = True) -> Life:
    life = Life(USER, knowledge, punctual=punctual)
    return life.live(moments).wake_until(end_of(moments))


def _erases(step: Step) -> bool:
    return isinstance(step.record, ProfileUpdate) and step.record.erase and not step.duplicate


def _explored(step: Step) -> list[LedgerEntry]:
    return [
        each
        for each in step.ledger
        if each.reason is Reason.EXPLORED and each.verdict is Verdict.SEND
    ]


@given(any_knowledge, steady)
def test_no_week_has_more_explorations_than_the_budget(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    rules = knowledge.policy.exploration
    for punctual in (True, False):
        sent: list[int] = []
        for step in _lived(knowledge, moments, punctual=punctual).steps:
            if _erases(step):
                sent.clear()
            for _ in _explored(step):
                assert rules is not None
                sent.append(step.now_ms)
                within = [at for at in sent if step.now_ms - WEEK_MS < at <= step.now_ms]
                assert len(within) <= rules.budget_per_week


@given(any_knowledge, steady)
def test_what_waits_as_drawn_never_outruns_the_budget(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    rules = knowledge.policy.exploration
    budget = 0 if rules is None else rules.budget_per_week
    for step in _lived(knowledge, moments).steps:
        waiting = held.unpack(step.after.sections[Section.HELD], USER)
        assert sum(each.drawn_channel is not None for each in waiting) <= budget


@given(any_knowledge, steady)
def test_a_propensity_is_that_of_a_draw_or_one(knowledge: Knowledge, moments: list[Moment]) -> None:
    rules = knowledge.policy.exploration
    for step in _lived(knowledge, moments).steps:
        for entry in step.ledger:
            if entry.verdict is not Verdict.SEND:
                assert entry.propensity is None
                continue
            assert entry.propensity is not None
            if rules is None or entry.attempt > 1:
                assert entry.propensity == 1.0
            else:
                assert min(rules.min_prob, 1.0 / rules.max_options) <= entry.propensity <= 1.0
            if entry.reason is Reason.EXPLORED:
                assert 0.0 < entry.propensity < 1.0
        told = [e.propensity for e in step.ledger if e.verdict is Verdict.SEND]
        assert told == [each.propensity for each in step.decisions]


@given(any_knowledge, changing)
def test_only_marketing_in_no_hurry_is_explored(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for step in _lived(knowledge, moments).steps:
        for entry in step.ledger:
            if entry.reason is Reason.EXPLORED:
                assert entry.priority in {Priority.NORMAL, Priority.LOW}
                kind = step.knowledge.policy.types[entry.type]
                assert kind.purpose is Purpose.MARKETING
                assert entry.attempt == 1


@given(any_knowledge, steady)
def test_who_is_held_back_gets_none_and_all_others_may(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    types = knowledge.policy.types
    for entry in _lived(knowledge, moments).ledger:
        kind = types.get(entry.type)
        rules = None if kind is None else kind.holdback
        mine = rules and group_of(USER, entry.type, rules.salt, rules.share)
        if mine == CONTROL and entry.priority is not Priority.CRITICAL:
            assert entry.verdict not in {Verdict.SEND, Verdict.DIGEST}
        if entry.reason is Reason.HOLDBACK:
            assert mine == CONTROL
            assert entry.verdict is Verdict.SUPPRESS
            assert entry.priority is not Priority.CRITICAL


@given(any_knowledge, steady)
def test_a_user_counts_once_in_each_holdback(knowledge: Knowledge, moments: list[Moment]) -> None:
    begun: Counter[str | None] = Counter()
    for step in _lived(knowledge, moments).steps:
        if _erases(step):
            begun.clear()
        for output in step.outputs:
            if isinstance(output, Example) and output.kind is ExampleKind.HOLDBACK:
                assert output.group in {"control", "treated"}
                begun[output.type] += output.revision == 0
        assert all(count <= 1 for count in begun.values())


@pytest.mark.parametrize("reason", [Reason.EXPLORED, Reason.HOLDBACK, Reason.FATIGUE])
def test_the_lives_do_explore_hold_back_and_tire(reason: Reason) -> None:
    found = 0
    for seed in range(100):
        dice = Dice(seed, "lively")
        known = make_lively_knowledge(dice)
        moments = make_lively_history(dice, 30, changing=False)
        found += sum(each.reason is reason for each in _lived(known, moments).ledger)
    assert found > 20
