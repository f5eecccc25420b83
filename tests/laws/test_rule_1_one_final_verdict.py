"""Rule 1: every accepted request gets exactly one final verdict, and a hold ends by its expiry."""

from collections import Counter, defaultdict

from histories import USER, changing_histories, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment, accepted
from strategies import knowledges

from tactful.composer import held
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.records import LedgerEntry, Verdict


def _lived(knowledge: Knowledge, moments: list[Moment], *, punctual: bool) -> Life:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    return life.wake_until(end_of(moments))


@given(knowledges, changing_histories(), st.booleans())
def test_each_accepted_request_ends_with_one_final_verdict(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = _lived(knowledge, moments, punctual=punctual)
    finals = Counter(entry.request_id for entry in life.ledger if entry.verdict.final)
    assert finals == Counter(request.id for request in accepted(life))
    assert held.size(life.state.sections[Section.HELD]) == 0
    assert life.state.wakeup_ms is None


@given(knowledges, changing_histories(), st.booleans())
def test_nothing_follows_a_final_verdict(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    seen: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in _lived(knowledge, moments, punctual=punctual).ledger:
        seen[entry.request_id].append(entry)
    for entries in seen.values():
        assert [entry.verdict.final for entry in entries] == [False] * (len(entries) - 1) + [True]


@given(knowledges, changing_histories())
def test_a_hold_ends_by_the_expiry_that_it_names(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = _lived(knowledge, moments, punctual=True)
    for entry in life.ledger:
        if entry.verdict is Verdict.HOLD:
            assert entry.reconsider_at_ms is not None
            assert entry.decided_at_ms < entry.reconsider_at_ms <= entry.expires_at_ms


@given(knowledges, changing_histories())
def test_a_request_is_sent_by_its_expiry_or_never(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    for punctual in (True, False):
        life = _lived(knowledge, moments, punctual=punctual)
        for entry in life.ledger:
            if entry.verdict in (Verdict.SEND, Verdict.HOLD):
                assert entry.decided_at_ms <= entry.expires_at_ms
            if entry.verdict is Verdict.EXPIRE:
                assert entry.decided_at_ms > entry.expires_at_ms


@given(knowledges, changing_histories(), st.booleans())
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
    ids = [decision.decision_id for decision in life.decisions]
    assert len(ids) == len(set(ids))
