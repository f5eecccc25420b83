"""Fatigue: the score rises with what is sent, falls by the half-life, and a send waits for rest."""

from math import isclose

import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    USER,
    User,
    a_request,
    a_user,
    knowledge,
)
from models import a_model, taught

from tactful.engine.context import Context
from tactful.features import user_features
from tactful.knowledge import Knowledge
from tactful.models import Task
from tactful.policy import NotificationType, Purpose
from tactful.policy.model import Fatigue
from tactful.records import Priority, Reason, Verdict
from tactful.scoring import Appeal, Weariness
from tactful.timing import Rhythm

TIRED = a_model(intercept=-1.0, dosage=-0.6)
"""Each send of late takes 0.6 off the log-odds of an engagement."""


def _known(**more: object) -> Knowledge:
    return taught(knowledge(**more), TIRED)


def _weariness(user: User, now_ms: int) -> Weariness:
    known = user.knowledge
    sections = Context(user.state, now_ms, known).sections
    return Appeal(
        known,
        user_features(sections, now_ms, known),
        Rhythm(b"", now_ms, known.policy.timing),
        None,
        list(known.channels.values()),
        now_ms,
    ).weariness


def _sent(user: User, count: int, now_ms: int = NOW) -> None:
    """Receipts are never held back, so that a dosage can be forced up."""
    for _ in range(count):
        entry = user.asked(a_request(f"s{len(user.outputs)}", "receipt", at_ms=now_ms))
        assert entry.verdict is Verdict.SEND


def test_with_each_send_the_score_rises() -> None:
    user = a_user(_known())
    scores = []
    for _ in range(6):
        scores.append(_weariness(user, NOW).fatigue)
        _sent(user, 1)
    assert scores[0] == 0.0
    assert scores == sorted(set(scores))
    assert scores[-1] > 0.8


def test_with_rest_the_dosage_halves_by_the_half_life_and_the_score_falls_with_it() -> None:
    user = a_user(_known())
    _sent(user, 4)
    half_life_ms = user.knowledge.policy.fatigue.half_life_ms
    before = [_weariness(user, NOW + i * half_life_ms) for i in range(5)]
    for i, each in enumerate(before):
        assert isclose(each.dosage, 4.0 * 0.5**i, rel_tol=1e-6)
    scores = [each.fatigue for each in before]
    assert scores == sorted(scores, reverse=True)
    # 1 - P(D) / P(0), P the sigmoid of -1 - 0.6 D, as published.
    assert isclose(scores[2], 1.0 - _prob(1.0) / _prob(0.0), abs_tol=1e-6)


def _prob(dosage: float) -> float:
    log_odds = -1.0 - 0.6 * dosage
    return float(1.0 / (1.0 + 2.718281828459045**-log_odds))


def test_marketing_waits_until_the_user_is_rested_and_says_so() -> None:
    user = a_user(_known(), time_zone="UTC")
    _sent(user, 3)
    entry = user.asked(a_request("r1", "newsletter"))
    assert (entry.verdict, entry.reason) == (Verdict.HOLD, Reason.FATIGUE)
    found = _weariness(user, NOW)
    assert entry.reconsider_at_ms is not None
    assert abs(entry.reconsider_at_ms - found.rested_ms) < HOUR_MS
    assert "rested only by" in entry.explanation
    assert f"fatigue {found.fatigue:.0%}, wants about " in entry.explanation
    assert "without that it would go now on email" in entry.explanation
    assert entry.counterfactual is not None
    assert entry.counterfactual.verdict is Verdict.SEND
    assert entry.counterfactual.at_ms == NOW
    (sent,) = user.woken()
    assert sent.verdict is Verdict.SEND
    assert sent.decided_at_ms == entry.reconsider_at_ms


def test_it_is_silent_where_the_rest_comes_too_late() -> None:
    user = a_user(_known())
    _sent(user, 6)
    entry = user.asked(a_request("r1", "promotion"))
    assert (entry.verdict, entry.reason) == (Verdict.SUPPRESS, Reason.FATIGUE)


@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.CRITICAL])
def test_what_is_urgent_does_not_wait_for_rest(priority: Priority) -> None:
    user = a_user(_known())
    _sent(user, 6)
    assert user.asked(a_request("r1", priority=priority)).verdict is Verdict.SEND


def test_purposes_that_the_policy_leaves_out_do_not_wait() -> None:
    user = a_user(_known(fatigue=Fatigue(purposes=(Purpose.TRANSACTIONAL,))))
    user.asked(a_request("r1", "promotion"))
    assert user.asked(a_request("r2", "promotion")).verdict is Verdict.SEND
    assert user.asked(a_request("r3", "receipt")).reason is Reason.FATIGUE


def test_without_a_model_nobody_tires() -> None:
    user = a_user(knowledge())
    _sent(user, 6)
    assert user.asked(a_request("r1", "promotion")).verdict is Verdict.SEND


def test_who_is_worn_out_by_complaints_wants_less() -> None:
    user = a_user(_known())
    _sent(user, 2)
    calm = _weariness(user, NOW).wanted_per_week
    user.knowledge = taught(
        user.knowledge, TIRED, a_model(Task.NEGATIVE, intercept=-6.0, dosage=0.5)
    )
    assert _weariness(user, NOW).wanted_per_week < calm


def test_a_type_worth_more_is_wanted_more_often() -> None:
    """Where each send costs: what is worth ten times as much is worth a more tired user."""

    def held(value: float) -> float:
        types = {
            **PLAIN.types,
            "newsletter": NotificationType(
                Purpose.MARKETING, ("email",), ttl_ms=30 * DAY_MS, value=value
            ),
        }
        email = msgspec.structs.replace(PLAIN.channels["email"], cost=0.05)
        user = a_user(_known(types=types, channels=PLAIN.channels | {"email": email}))
        _sent(user, 4)
        entry = user.asked(a_request("r1", "newsletter"))
        assert entry.scoring is not None
        assert entry.scoring.wanted_per_week is not None
        return entry.scoring.wanted_per_week

    assert held(10.0) > held(0.5)


def test_a_steady_rhythm_at_the_wanted_frequency_never_waits() -> None:
    user = a_user(_known())
    wanted = _weariness(user, NOW).wanted_per_week
    apart_ms = round(7 * DAY_MS / wanted) + 1
    for i in range(60):
        now_ms = NOW + i * apart_ms
        entry = user.asked(a_request(f"r{i}", "newsletter", at_ms=now_ms), now_ms)
        assert entry.verdict is Verdict.SEND, i
    assert user.state.user_id == USER
