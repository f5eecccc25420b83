"""Rule 1: every accepted request gets exactly one final verdict, and a hold ends by its expiry.

A request that is tried again has one final verdict for each of its attempts.
"""

from collections import Counter, defaultdict

from histories import USER, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment, Step, accepted
from lively import any_knowledge, changing
from recount import failover_of, fails

from tactful.composer import held
from tactful.composer import part as composer
from tactful.engine.state import Section
from tactful.ids import decision_id
from tactful.knowledge import Knowledge
from tactful.policy.model import EmergencyChannels
from tactful.records import Feedback, LedgerEntry, Outcome, Priority, Reason, Verdict

_ANSWERS = set(Outcome) - {Outcome.DELIVERED, Outcome.BOUNCED, Outcome.FAILED}


def _lived(knowledge: Knowledge, moments: list[Moment], *, punctual: bool) -> Life:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    return life.wake_until(end_of(moments))


def _attempts(life: Life) -> dict[str, dict[int, list[tuple[Step, LedgerEntry]]]]:
    """All verdicts by request and attempt, in order."""
    found: dict[str, dict[int, list[tuple[Step, LedgerEntry]]]] = defaultdict(dict)
    for step in life.steps:
        for entry in step.ledger:
            found[entry.request_id].setdefault(entry.attempt, []).append((step, entry))
    return found


def _is_emergency(step: Step, entry: LedgerEntry) -> bool:
    everywhere = step.knowledge.policy.emergency.channels is EmergencyChannels.ALL
    return entry.priority is Priority.CRITICAL and everywhere and entry.reason is Reason.CRITICAL


@given(any_knowledge, changing, st.booleans())
def test_each_accepted_request_ends_with_one_final_verdict(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = _lived(knowledge, moments, punctual=punctual)
    finals = Counter(
        entry.request_id for entry in life.ledger if entry.verdict.final and entry.attempt == 1
    )
    assert finals == Counter(request.id for request in accepted(life))
    assert held.size(life.state.sections[Section.HELD]) == 0
    # Label windows may go on.
    assert composer.next_wakeup_ms(life.state.sections) is None


@given(any_knowledge, changing, st.booleans())
def test_each_attempt_ends_with_one_final_verdict_and_nothing_follows_it(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for attempts in _attempts(_lived(knowledge, moments, punctual=punctual)).values():
        for verdicts in attempts.values():
            finals = [entry.verdict.final for _, entry in verdicts]
            assert finals == [False] * (len(finals) - 1) + [True]


@given(any_knowledge, changing, st.booleans())
def test_attempts_are_numbered_in_order_and_bounded(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for attempts in _attempts(_lived(knowledge, moments, punctual=punctual)).values():
        assert list(attempts) == list(range(1, len(attempts) + 1))
        for number in range(2, len(attempts) + 1):
            step, first = attempts[number][0]
            policy = step.knowledge.policy
            if _is_emergency(step, first):
                assert number <= len(policy.types[first.type].channels)
            else:
                rule = failover_of(policy, first.type)
                assert rule is not None
                assert number <= rule.max_attempts


@given(any_knowledge, changing, st.booleans())
def test_a_further_attempt_follows_a_send_that_failed_or_stayed_unopened(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for attempts in _attempts(_lived(knowledge, moments, punctual=punctual)).values():
        for number in range(2, len(attempts) + 1):
            step, first = attempts[number][0]
            sent_in, sent = attempts[number - 1][-1]
            assert sent.verdict is Verdict.SEND
            if _is_emergency(step, first):
                assert step is sent_in
            elif not fails(step, first):
                rule = failover_of(sent_in.knowledge.policy, first.type)
                assert rule is not None
                assert rule.unopened_after_ms is not None
                assert step.now_ms >= sent_in.now_ms + rule.unopened_after_ms
                assert first.reason is not Reason.FAILOVER
            else:
                assert first.reason is not Reason.ESCALATION


@given(any_knowledge, changing, st.booleans())
def test_a_further_attempt_is_sent_in_time_on_a_channel_not_tried(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for attempts in _attempts(_lived(knowledge, moments, punctual=punctual)).values():
        tried: list[str | None] = []
        begun, _ = attempts[1][-1]
        for number, verdicts in attempts.items():
            step, last = verdicts[-1]
            if last.verdict is Verdict.SEND and number > 1 and not _is_emergency(step, last):
                assert last.reason in {Reason.FAILOVER, Reason.ESCALATION}
                rule = failover_of(begun.knowledge.policy, last.type)
                assert rule is not None
                assert last.decided_at_ms <= begun.now_ms + rule.within_ms
            if last.verdict is Verdict.SEND:
                assert last.channel not in tried
            tried.append(last.channel)


@given(any_knowledge, changing, st.booleans())
def test_an_answer_ends_the_attempts(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    answered: set[str] = set()
    sent: dict[str, LedgerEntry] = {}
    for step in _lived(knowledge, moments, punctual=punctual).steps:
        record = step.record
        if isinstance(record, Feedback) and not step.duplicate and record.decision_id in sent:
            request = sent[record.decision_id]
            rule = failover_of(step.knowledge.policy, request.type)
            ended = rule is None or rule.unopened_after_ms is None
            if record.outcome in _ANSWERS or (record.outcome is Outcome.DELIVERED and ended):
                answered.add(request.request_id)
        for entry in step.ledger:
            if entry.reason is Reason.ANSWERED:
                assert entry.verdict is Verdict.CANCEL
                assert entry.attempt > 1
            elif entry.attempt > 1:
                assert entry.request_id not in answered
            if entry.verdict is Verdict.SEND:
                sent[entry.decision_id] = entry


@given(any_knowledge, changing, st.booleans())
def test_a_digest_verdict_names_what_took_it_along_in_the_same_step(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = _lived(knowledge, moments, punctual=punctual)
    carried: dict[str, list[str]] = {}
    for step in life.steps:
        merged: dict[str, list[str]] = defaultdict(list)
        for entry in step.ledger:
            if entry.verdict is Verdict.DIGEST:
                assert entry.merged_into is not None
                merged[entry.merged_into].append(entry.request_id)
            else:
                assert entry.merged_into is None
        assert set(merged) <= {each.request_id for each in step.decisions if each.attempt == 1}
        for decision in step.decisions:
            members = merged[decision.request_id]
            if decision.attempt == 1:
                carried[decision.request_id] = members
            if carried[decision.request_id]:
                assert decision.digest is not None
                ids = [item.request_id for item in decision.digest.items]
                assert ids == [decision.request_id, *carried[decision.request_id]]
                assert decision.digest.count == len(ids)
            else:
                assert decision.digest is None


@given(any_knowledge, changing, st.booleans())
def test_what_goes_into_a_digest_belongs_there(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    for step in _lived(knowledge, moments, punctual=punctual).steps:
        leads = {entry.request_id: entry for entry in step.ledger if entry.verdict is Verdict.SEND}
        for entry in step.ledger:
            if entry.verdict is not Verdict.DIGEST:
                continue
            lead = leads[entry.merged_into or ""]
            types = step.knowledge.policy.types
            own, its = types[entry.type], types[lead.type]
            assert entry.channel == lead.channel
            assert lead.channel in own.channels
            if entry.reason is Reason.CONFLICT:
                assert own.conflict_group == its.conflict_group is not None
            else:
                assert own.digestible
                assert its.digestible
            if entry.reason is Reason.BATCH:
                assert (entry.type, entry.batch_key) == (lead.type, lead.batch_key)


@given(any_knowledge, changing)
def test_a_hold_ends_by_the_expiry_that_it_names(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = _lived(knowledge, moments, punctual=True)
    for entry in life.ledger:
        if entry.verdict is Verdict.HOLD:
            assert entry.reconsider_at_ms is not None
            assert entry.decided_at_ms < entry.reconsider_at_ms <= entry.expires_at_ms


@given(any_knowledge, changing)
def test_a_request_is_sent_by_its_expiry_or_never(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for punctual in (True, False):
        life = _lived(knowledge, moments, punctual=punctual)
        asked = {request.id: request for request in accepted(life)}
        for step in life.steps:
            policy = step.knowledge.policy
            for entry in step.ledger:
                if entry.verdict in (Verdict.SEND, Verdict.HOLD, Verdict.DIGEST):
                    ttl_ms = min(policy.types[entry.type].ttl_ms, policy.limits.max_ttl_ms)
                    request = asked[entry.request_id]
                    ends_ms = min(entry.expires_at_ms, request.at_ms + ttl_ms)
                    if request.expires_at_ms is not None:
                        ends_ms = min(ends_ms, request.expires_at_ms)
                    assert entry.decided_at_ms <= ends_ms == entry.expires_at_ms
                if entry.verdict is Verdict.EXPIRE:
                    assert entry.decided_at_ms > entry.expires_at_ms


@given(any_knowledge, changing, st.booleans())
def test_a_decision_goes_out_with_each_send_and_with_nothing_else(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = _lived(knowledge, moments, punctual=punctual)
    for step in life.steps:
        sends = [
            (entry.decision_id, entry.request_id, entry.channel, entry.decided_at_ms)
            for entry in step.ledger
            if entry.verdict is Verdict.SEND
        ]
        assert sends == [
            (each.decision_id, each.request_id, each.channel, each.decided_at_ms)
            for each in step.decisions
        ]
        for decision in step.decisions:
            known = decision_id(USER, decision.request_id, decision.attempt)
            assert decision.decision_id == known
    ids = [decision.decision_id for decision in life.decisions]
    assert len(ids) == len(set(ids))
