"""Uplift from users who live through `step` to the snapshot's interval: the known effect is in it.

Whether a user buys follows from whether a notification went out, not from the group: so a group
that was told wrongly, or users who could not be reached in one of them, would spoil the figure.
"""

import random

import msgspec
from builders import DAY_MS, HOUR_MS, NOW, PLAIN, an_update, knowledge

from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.learning import Trainer
from tactful.policy.model import Holdback
from tactful.records import Decision, Event, Example, Input, Request, Wakeup

USERS = 1_500
SHARE = 0.4
BUYS, BUYS_ANYWAY = 0.45, 0.2
UNREACHABLE = 5
"""Every so many users take no marketing; they buy in any case."""

KNOWN = knowledge(
    types=PLAIN.types
    | {
        "promotion": msgspec.structs.replace(
            PLAIN.types["promotion"], holdback=Holdback(SHARE, 2 * DAY_MS, "purchase")
        )
    }
)


def lived(name: str, dice: random.Random, *, reachable: bool) -> tuple[list[Example], bool]:
    """The examples of a user who was asked twice, and whether something was sent."""
    state = UserState(name)
    examples: list[Example] = []
    sent = False

    def take(record: Input, now_ms: int) -> None:
        nonlocal state, sent
        effects = step(state, record, now_ms, KNOWN)
        state = effects.state
        examples.extend(each for each in effects.outputs if isinstance(each, Example))
        sent = sent or any(isinstance(each, Decision) for each in effects.outputs)

    told = an_update(consent={"marketing": reachable}, identifiers={"email": "a@example.org"})
    take(msgspec.structs.replace(told, user_id=name), NOW)
    take(Request("r1", name, "promotion", NOW), NOW)
    take(Request("r2", name, "promotion", NOW + HOUR_MS), NOW + HOUR_MS)
    if dice.random() < ((BUYS if sent else BUYS_ANYWAY) if reachable else 1.0):
        bought_ms = NOW + DAY_MS
        take(Event("e1", name, "purchase", bought_ms), bought_ms)
    while state.wakeup_ms is not None and state.wakeup_ms <= NOW + 30 * DAY_MS:
        take(Wakeup(), max(NOW + 2 * DAY_MS, state.wakeup_ms))
    return examples, sent


def test_the_interval_of_the_snapshot_covers_the_known_effect_and_leaves_out_zero() -> None:
    dice = random.Random(7)
    trainer = Trainer("uplift")
    reached = sends = 0
    for number in range(USERS):
        reachable = number % UNREACHABLE != 0
        examples, sent = lived(f"u{number}", dice, reachable=reachable)
        trainer.learn(examples)
        reached += reachable
        sends += sent
    gain = trainer.snapshot(trainer.labelled_at_ms).gains["promotion"]
    assert (gain.treated, gain.control) == (sends, reached - sends)
    assert abs(gain.control / reached - SHARE) < 0.05
    assert gain.low is not None
    assert gain.high is not None
    assert 0.0 < gain.low <= BUYS - BUYS_ANYWAY <= gain.high
    assert gain.high - gain.low < 0.3
