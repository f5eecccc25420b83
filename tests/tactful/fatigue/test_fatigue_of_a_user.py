"""Fatigue through `step`: forced sends raise it, rest lets it fall as the dosage halves."""

import itertools
from math import exp, log

import pytest
from builders import DAY_MS, HOUR_MS, NOW, User, a_request, a_user, knowledge
from models import a_model, taught

from tactful.models import Task
from tactful.policy.model import Fatigue

SLOPE = -0.4
HALF_LIFE_MS = 2 * DAY_MS
UNBOUND = Fatigue(half_life_ms=HALF_LIFE_MS, purposes=())


def a_tired_user(sends: int) -> tuple[User, list[float]]:
    """A user who was sent so many, one an hour, and the fatigue that each send met."""
    known = taught(knowledge(fatigue=UNBOUND), a_model(intercept=-1.0, dosage=SLOPE))
    user = a_user(known)
    met = [
        fatigue_at(user, NOW + number * HOUR_MS, f"r{number}", sent=True) for number in range(sends)
    ]
    return user, met


def fatigue_at(user: User, at_ms: int, name: str, *, sent: bool) -> float:
    """The fatigue that the ledger tells of a request of then."""
    entry = user.asked(a_request(name, at_ms=at_ms))
    assert (entry.verdict == "send") is sent, entry
    assert entry.scoring is not None
    assert entry.scoring.fatigue is not None
    return entry.scoring.fatigue


def dosage_behind(fatigue: float) -> float:
    """The dosage that a share of lost engagement tells of, under the model above."""
    rested = 1.0 / (1.0 + exp(1.0))
    left = (1.0 - fatigue) * rested
    return (log(left / (1.0 - left)) + 1.0) / SLOPE


def test_each_forced_send_raises_it() -> None:
    _, met = a_tired_user(12)
    assert met[0] == 0.0
    assert met == sorted(met)
    assert len(set(met)) == len(met)
    assert met[-1] > 0.8


@pytest.mark.parametrize("sends", [1, 3, 8])
def test_with_rest_it_falls_by_the_half_life(sends: int) -> None:
    user, _ = a_tired_user(sends)
    dosages = []
    for half_lives in range(1, 5):
        # A copy of the user is asked, so that asking is no send of the real one.
        asked = User(user.knowledge, user.now_ms)
        asked.state = user.state
        at_ms = NOW + half_lives * HALF_LIFE_MS
        dosages.append(dosage_behind(fatigue_at(asked, at_ms, "probe", sent=True)))
    for before, after in itertools.pairwise(dosages):
        assert after == pytest.approx(before / 2, rel=1e-3)
    exact = sum(
        0.5 ** ((HALF_LIFE_MS - number * HOUR_MS) / HALF_LIFE_MS) for number in range(sends)
    )
    assert dosages[0] == pytest.approx(exact, rel=1e-3)


def test_with_fatigue_handling_fewer_go_out_and_the_rest_waits() -> None:
    refused = a_model(Task.NEGATIVE, intercept=-5.0, dosage=0.5)
    model = a_model(intercept=-1.0, dosage=SLOPE)
    sends = {}
    for name, rules in (("without", UNBOUND), ("with", Fatigue(half_life_ms=HALF_LIFE_MS))):
        user = a_user(taught(knowledge(fatigue=rules), model, refused))
        entries = [
            user.asked(a_request(f"r{number}", at_ms=NOW + number * HOUR_MS))
            for number in range(10)
        ]
        sends[name] = sum(entry.verdict == "send" for entry in entries)
        held = [entry for entry in entries if entry.verdict == "hold"]
        assert all(entry.reason == "fatigue" for entry in held)
    assert sends["without"] == 10
    assert 1 <= sends["with"] < 5
