"""Laws of the examples: one for each answered send, true to what was known and to what came."""

from collections import defaultdict
from itertools import pairwise

import msgspec
from example_recount import Recount, differences
from histories import USER, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment
from lively import LivelyWriter, any_knowledge, changing, make_lively_knowledge
from strategies import STARTS_MS, Dice, seeds

from tactful.engine.state import Section
from tactful.ids import decision_id
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy.model import Fatigue
from tactful.records import (
    Event,
    Example,
    ExampleKind,
    Feedback,
    Outcome,
    Priority,
    ProfileUpdate,
    Request,
)

LONG_MS = 200 * DAY_MS
"""By then each window is told, and nobody is waited for any more."""


_STRIDES_MS = (
    *(0, 1, MINUTE_MS, HOUR_MS, HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS, DAY_MS, DAY_MS),
    *(2 * DAY_MS, 5 * DAY_MS, 28 * DAY_MS, -1, -MINUTE_MS),
)
_ANSWERS = (
    *(Outcome.OPENED,) * 4,
    *(Outcome.CLICKED, Outcome.CONVERTED, Outcome.DISMISSED),
    *Outcome,
)
_USUAL = (*("request",) * 4, *("feedback",) * 5, "event", "event", "update", "policy")


class AnsweringWriter(LivelyWriter):
    """Writes of a user who answers, late now and then, and does something between."""

    def request(self, now_ms: int) -> Request:
        """One that goes out soon."""
        request = super().request(now_ms)
        return msgspec.structs.replace(request, priority=Priority.HIGH, batch_key=None)

    def feedback(self, now_ms: int) -> Feedback:
        """An answer to one of the last requests."""
        feedback = super().feedback(now_ms)
        late_ms = self._dice.one_of(0, 0, 0, MINUTE_MS, HOUR_MS, DAY_MS, 3 * DAY_MS)
        return msgspec.structs.replace(
            feedback,
            decision_id=decision_id(USER, self._dice.one_of("none", *self._names[-3:])),
            outcome=self._dice.one_of(*_ANSWERS),
            at_ms=now_ms - late_ms,
        )

    def event(self, now_ms: int) -> Event:
        """Something the user did, perhaps a while ago."""
        late_ms = self._dice.one_of(0, 0, 0, 1, HOUR_MS, 3 * DAY_MS)
        return msgspec.structs.replace(super().event(now_ms), at_ms=now_ms - late_ms)


def make_answering_history(dice: Dice, size: int) -> list[Moment]:
    """Moments of a user who answers, over weeks."""
    writer = AnsweringWriter(dice)
    now_ms = dice.one_of(*STARTS_MS)
    moments = [Moment(now_ms, writer.welcome(now_ms))]
    while len(moments) < size:
        now_ms += dice.one_of(*_STRIDES_MS)
        moments.append(Moment(now_ms, getattr(writer, dice.one_of(*_USUAL))(now_ms)))
    return moments


answering = st.builds(
    lambda seed, size: make_answering_history(Dice(seed, "answering"), size),
    seeds,
    st.integers(0, 60).map(lambda drawn: 60 - drawn),
)


def examples_of(life: Life) -> list[Example]:
    return [each for step in life.steps for each in step.outputs if isinstance(each, Example)]


def lived(knowledge: Knowledge, moments: list[Moment], *, punctual: bool = True) -> Life:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    return life.wake_until(end_of(moments) + LONG_MS)


def countable(knowledge: Knowledge) -> Knowledge:
    """The same without what the recount does not count.

    It knows nothing of segments' rates and of holdbacks, and one half-life of the dosage for all
    of a life.
    """
    policy = msgspec.structs.replace(
        knowledge.policy,
        fatigue=Fatigue(),
        types={
            name: msgspec.structs.replace(kind, holdback=None)
            for name, kind in knowledge.policy.types.items()
        },
    )
    models = {task: model for task, model in knowledge.models.items() if task != "rates"}
    versions = {task: knowledge.model_versions[task] for task in models}
    return Knowledge(policy, versions, knowledge.prices, models)


def countably(moments: list[Moment]) -> list[Moment]:
    """A history whose changes of knowledge are countable."""
    return [
        each._replace(what=countable(each.what)) if isinstance(each.what, Knowledge) else each
        for each in moments
    ]


@given(any_knowledge.map(countable), changing | answering | answering, st.booleans())
def test_examples_are_those_of_a_slow_recount(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = lived(knowledge, countably(moments), punctual=punctual)
    assert list(differences(examples_of(life), Recount().live(life.steps))) == []


def test_the_recount_sees_much() -> None:
    """Or the law above says too little."""
    kinds: dict[str, int] = defaultdict(int)
    for seed in range(60):
        dice = Dice(seed, "examples")
        knowledge = countable(make_lively_knowledge(dice))
        life = lived(knowledge, countably(make_answering_history(dice, 60)))
        found = examples_of(life)
        assert list(differences(found, Recount().live(life.steps))) == [], seed
        for each in found:
            kinds[each.kind] += 1
            kinds["corrected"] += each.revision > 0
            kinds["corrected twice"] += each.revision > 1
            kinds["returned"] += each.kind == "churn" and each.labels["churned"] == 0
            for name, label in each.labels.items():
                kinds[name] += label
    least = {"send": 500, "churn": 150, "engaged": 40, "corrected": 30, "corrected twice": 1}
    least |= {"unsubscribed": 10, "complained": 8, "dismissed": 15, "churned": 90, "returned": 90}
    assert {name: kinds[name] for name in least if kinds[name] < least[name]} == {}


@given(any_knowledge, changing | answering)
def test_each_send_that_arrived_gives_one_example_and_then_corrections_in_order(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = lived(knowledge, moments)
    found = examples_of(life)
    assert len({each.id for each in found}) == len(found)
    by_name: dict[str, list[Example]] = defaultdict(list)
    for each in found:
        by_name[each.id.rpartition(":")[0]].append(each)
    for revisions in by_name.values():
        assert [each.revision for each in revisions] == list(range(len(revisions)))
        assert revisions[0].corrects is None
        for before, after in pairwise(revisions):
            assert after.corrects == before.labels != after.labels
            assert after.labelled_at_ms >= before.labelled_at_ms - 10 * 60_000
            same = {"labels", "labelled_at_ms", "revision", "corrects", "id"}
            assert _without(before, same) == _without(after, same)
    sent = {decision.decision_id for decision in life.decisions}
    told = {each.decision_id for each in found if each.kind is ExampleKind.SEND}
    failed = {
        step.record.decision_id
        for step in life.steps
        if isinstance(step.record, Feedback)
        and step.record.outcome in {Outcome.BOUNCED, Outcome.FAILED}
    }
    updates = [step.record for step in life.steps if isinstance(step.record, ProfileUpdate)]
    erased = any(update.erase for update in updates)
    assert told <= sent
    assert erased or sent - failed <= told
    assert not life.state.wakeup_ms


def _without(example: Example, names: set[str]) -> dict[str, object]:
    return {
        name: value for name, value in msgspec.to_builtins(example).items() if name not in names
    }


@given(any_knowledge, changing)
def test_nothing_of_before_an_erasure_is_told_after_it(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = Life(USER, knowledge).live(moments)
    end_ms = max((moment.now_ms for moment in moments), default=0) + DAY_MS
    erasing = life.take(ProfileUpdate("forget", USER, end_ms, erase=True), end_ms)
    assert not erasing.after.sections[Section.FEATURES]
    assert not erasing.after.sections[Section.LABELS]
    life.steps.clear()
    life.wake_until(end_ms + LONG_MS)
    assert examples_of(life) == []
