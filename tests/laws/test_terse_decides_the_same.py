"""Verdicts without their why are the same verdicts, on random lives."""

from dataclasses import replace

import msgspec
from histories import USER, end_of
from hypothesis import given
from interpreter import Life, Moment
from lively import any_knowledge, steady

from tactful.knowledge import Knowledge
from tactful.records import Decision, Example, LedgerEntry, Output, Verdict

FINAL = {Verdict.SEND, Verdict.SUPPRESS, Verdict.EXPIRE, Verdict.CANCEL, Verdict.DIGEST}


def _lived(knowledge: Knowledge, moments: list[Moment]) -> list[Output]:
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    return [output for step in life.steps for output in step.outputs]


def _decided(outputs: list[Output]) -> list[object]:
    """All that is acted on or learned from, without words and reasons."""
    found: list[object] = []
    for output in outputs:
        if isinstance(output, Decision):
            found.append(msgspec.structs.replace(output, explanation=""))
        elif isinstance(output, Example):
            found.append(output)
        elif isinstance(output, LedgerEntry) and output.verdict in FINAL:
            found.append((output.request_id, output.attempt, output.verdict, output.channel))
    return found


@given(any_knowledge, steady)
def test_what_is_decided_is_the_same_without_its_why(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    told, terse = _lived(knowledge, moments), _lived(replace(knowledge, terse=True), moments)
    assert _decided(terse) == _decided(told)
    assert not any(each.explanation for each in terse if isinstance(each, Decision))
