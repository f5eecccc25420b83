"""Holdbacks: the same users never get a type, and both groups are looked at where a send is due."""

from typing import Any

import pytest
from builders import DAY_MS, HOUR_MS, NOW, PLAIN, User, a_cap, a_request, an_update, knowledge
from msgspec.structs import replace

from tactful.engine.state import Section
from tactful.holdback import CONTROL, TREATED, group_of
from tactful.knowledge import Knowledge
from tactful.policy.model import Batch, Failover, Holdback
from tactful.records import (
    Event,
    Example,
    ExampleKind,
    Feedback,
    LedgerEntry,
    Outcome,
    Priority,
    Reason,
    Verdict,
    Wakeup,
)

RULES = Holdback(share=0.5, event="purchase")
CONTROLS = [f"u{i}" for i in range(40) if group_of(f"u{i}", "promotion", "", 0.5) == CONTROL]
TREATEDS = [f"u{i}" for i in range(40) if group_of(f"u{i}", "promotion", "", 0.5) == TREATED]


def _known(rules: Holdback = RULES, type: str = "promotion", **more: Any) -> Knowledge:  # noqa: A002
    kind = replace(PLAIN.types[type], holdback=rules, **more.pop("kind", {}))
    return knowledge(types=PLAIN.types | {type: kind}, **more)


class Somebody(User):
    """A user of any name, who gave consent and can be reached."""

    def __init__(self, name: str, known: Knowledge) -> None:
        super().__init__(known, NOW)
        self.name = name
        self.state.user_id = name
        self.tell()

    def tell(self) -> None:
        self.take_as(
            an_update(
                consent={"marketing": True},
                identifiers={"email": "a@example.org", "push_token": "t"},
            )
        )

    def take_as(self, record: Any, now_ms: int | None = None) -> list[LedgerEntry]:
        from state.codec import pack, unpack
        from tactful.engine.step import step

        self.now_ms = self.now_ms if now_ms is None else now_ms
        if record.__class__ is not Wakeup:
            record = replace(record, user_id=self.name)
        effects = step(self.state, record, self.now_ms, self.knowledge)
        self.state = unpack(pack(effects.state), self.name)
        self.outputs += effects.outputs
        return [each for each in effects.outputs if isinstance(each, LedgerEntry)]

    @property
    def examples(self) -> list[Example]:
        return [
            each
            for each in self.outputs
            if isinstance(each, Example) and each.kind is ExampleKind.HOLDBACK
        ]

    def later(self, now_ms: int) -> None:
        while self.state.wakeup_ms is not None and self.state.wakeup_ms <= now_ms:
            self.take_as(Wakeup(), max(self.now_ms, self.state.wakeup_ms))


def test_who_is_held_back_gets_nothing_of_the_type_and_is_told_why() -> None:
    user = Somebody(CONTROLS[0], _known())
    (entry,) = user.take_as(a_request())
    assert (entry.verdict, entry.reason) == (Verdict.SUPPRESS, Reason.HOLDBACK)
    assert entry.explanation == (
        "not sent: the user is among the 50.0% who never get promotion, so that its effect is "
        "known; without that it would go now on email"
    )
    assert entry.counterfactual is not None
    assert entry.counterfactual.without is Reason.HOLDBACK
    assert entry.counterfactual.verdict is Verdict.SEND
    assert user.decisions == []
    assert user.take_as(a_request("r2", "newsletter"))[0].verdict is Verdict.SEND


def test_the_others_get_it_as_ever() -> None:
    (entry,) = Somebody(TREATEDS[0], _known()).take_as(a_request())
    assert (entry.verdict, entry.reason) == (Verdict.SEND, Reason.ALLOWED)


def test_the_share_is_held_back() -> None:
    known = _known(Holdback(share=0.2))
    held = [
        Somebody(f"v{i}", known).take_as(a_request())[0].reason is Reason.HOLDBACK
        for i in range(500)
    ]
    assert 70 < sum(held) < 130


def test_it_is_decided_where_the_send_is_due_not_before() -> None:
    """A cap holds both groups alike; only then do they part."""
    known = _known(caps=(a_cap(window_ms=6 * HOUR_MS),))
    for name, verdict in ((CONTROLS[0], Verdict.SUPPRESS), (TREATEDS[0], Verdict.SEND)):
        user = Somebody(name, known)
        user.take_as(a_request("r0", "newsletter"))
        (entry,) = user.take_as(a_request())
        assert (entry.verdict, entry.reason) == (Verdict.HOLD, Reason.CAP_USER)
        assert user.examples == []
        user.later(NOW + 6 * HOUR_MS)
        assert user.ledger[-1].verdict is verdict
        assert user.ledger[-1].decided_at_ms == NOW + 6 * HOUR_MS


def test_who_would_not_have_got_it_anyway_is_in_neither_group() -> None:
    for name in (CONTROLS[0], TREATEDS[0]):
        user = Somebody(name, _known())
        user.take_as(an_update("p2", consent={"marketing": False}, at_ms=NOW + 1))
        (entry,) = user.take_as(a_request())
        assert entry.reason is Reason.CONSENT
        user.later(NOW + 60 * DAY_MS)
        assert user.examples == []


def test_both_groups_give_one_example_each_whatever_is_asked_for_later() -> None:
    for name, group in ((CONTROLS[0], "control"), (TREATEDS[0], "treated")):
        user = Somebody(name, _known())
        for i in range(5):
            user.take_as(a_request(f"r{i}", at_ms=NOW + i * DAY_MS), NOW + i * DAY_MS)
        bought = Event("e1", name, "purchase", NOW + 5 * DAY_MS)
        user.take_as(bought, NOW + 5 * DAY_MS)
        user.later(NOW + 30 * DAY_MS)
        (example,) = user.examples
        assert example.group == group
        assert example.labels == {"outcome": 1}
        assert example.propensity == 0.5
        assert example.type == "promotion"


def test_another_salt_is_another_trial() -> None:
    user = Somebody(CONTROLS[0], _known())
    user.take_as(a_request())
    user.knowledge = _known(Holdback(share=1.0, salt="second"))
    user.take_as(a_request("r2", at_ms=NOW + 1), NOW + 1)
    user.take_as(a_request("r3", at_ms=NOW + 2), NOW + 2)
    user.later(NOW + 30 * DAY_MS)
    assert len(user.examples) == 2


def test_after_an_erasure_nothing_is_known_of_it() -> None:
    user = Somebody(CONTROLS[0], _known())
    user.take_as(a_request())
    assert user.state.sections[Section.TRIALS]
    user.take_as(an_update("p2", erase=True, at_ms=NOW + 1))
    assert not user.state.sections[Section.TRIALS]


def test_critical_is_never_held_back() -> None:
    user = Somebody(CONTROLS[0], _known())
    (entry,) = user.take_as(a_request(priority=Priority.CRITICAL))
    assert entry.verdict is Verdict.SEND


@pytest.mark.parametrize("group", [CONTROLS, TREATEDS])
def test_what_is_owed_is_never_held_back(group: list[str]) -> None:
    known = _known(Holdback(share=1.0), "receipt")
    (entry,) = Somebody(group[0], known).take_as(a_request(type="receipt"))
    assert entry.verdict is Verdict.SEND


def test_who_is_held_back_is_not_in_the_digests_of_others() -> None:
    """Of a conflict group that merges, the held back member ends there, and is not carried."""
    from tactful.policy.model import ConflictGroup, Others

    kinds = {
        "promotion": replace(PLAIN.types["promotion"], holdback=RULES, conflict_group="g"),
        "newsletter": replace(
            PLAIN.types["newsletter"], conflict_group="g", channels=("email",), value=9.0
        ),
    }
    known = knowledge(
        types=PLAIN.types | kinds,
        conflict_groups={"g": ConflictGroup(HOUR_MS, Others.MERGE)},
    )
    for name, verdict in ((CONTROLS[0], "suppress holdback"), (TREATEDS[0], "digest conflict")):
        user = Somebody(name, known)
        later = NOW + HOUR_MS
        user.take_as(a_request("lead", "newsletter", not_before_ms=later))
        user.take_as(a_request("r1", not_before_ms=later))
        user.later(later)
        assert user.verdicts("r1")[-1] == verdict
        assert user.verdicts("lead")[-1] == "send allowed"
        (decision,) = user.decisions
        assert (decision.digest is None) == (name == CONTROLS[0])


def test_a_batch_of_one_who_is_held_back_ends_one_by_one() -> None:
    known = _known(kind={"batch": Batch(HOUR_MS)})
    user = Somebody(CONTROLS[0], known)
    user.take_as(a_request("r1", batch_key="b"))
    user.take_as(a_request("r2", batch_key="b"))
    user.later(NOW + HOUR_MS)
    assert user.verdicts("r1")[-1] == user.verdicts("r2")[-1] == "suppress holdback"


def test_further_attempts_follow_the_first() -> None:
    """A holdback that begins while a send is under way leaves its next attempt alone."""
    rule = Failover(within_ms=DAY_MS)
    user = Somebody(CONTROLS[0], _known(Holdback(share=0.0), kind={"failover": rule}))
    (entry,) = user.take_as(a_request())
    assert entry.verdict is Verdict.SEND
    user.knowledge = _known(kind={"failover": rule})
    failed = Feedback("f1", user.name, entry.decision_id, "email", Outcome.FAILED, NOW + 1)
    (after,) = user.take_as(failed, NOW + 1)
    assert (after.verdict, after.reason) == (Verdict.SEND, Reason.FAILOVER)
