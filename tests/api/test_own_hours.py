"""The hours in a profile are the user's own: what is read from it is what decisions go by."""

import msgspec
import pytest
from builders import DAY_MS, HOUR_MS, NOW, User, a_user, an_event, at
from models import a_model, taught

from api.best_time import best_time, state_of
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy.model import Exploration
from tactful.records import ProfileSnapshot, Reason
from tactful.timing import Rhythm

MONDAY = at("2026-01-05 00:00")


def an_evening_user() -> User:
    """Someone who came at 20:00 each day of a fortnight."""
    user = a_user(Knowledge(), now_ms=MONDAY)
    for day in range(14):
        moment = MONDAY + day * DAY_MS + 20 * HOUR_MS
        user.take(an_event(f"e{day}", moment), moment)
    return user


def profile_of(user: User) -> ProfileSnapshot:
    """The newest profile as it went over the wire."""
    written = msgspec.json.encode(user.snapshots[-1])
    return msgspec.json.decode(written, type=ProfileSnapshot)


def test_the_rhythm_of_a_profile_is_that_of_the_state() -> None:
    user = an_evening_user()
    rebuilt = state_of(profile_of(user), user.knowledge)
    timing = user.knowledge.policy.timing
    later_ms = user.now_ms + 3 * DAY_MS
    own = Rhythm(user.state.sections[Section.ACTIVITY], later_ms, timing)
    told = Rhythm(rebuilt.sections[Section.ACTIVITY], later_ms, timing)
    assert [told.at(hour) for hour in range(168)] == [own.at(hour) for hour in range(168)]
    assert told.evidence == own.evidence > 10


def test_the_best_time_is_in_the_user_s_own_hour() -> None:
    user = an_evening_user()
    morning_ms = MONDAY + 14 * DAY_MS + 9 * HOUR_MS
    found = best_time(profile_of(user), "tip", morning_ms, user.knowledge)
    assert found.best is not None
    assert found.best.hour in (19, 20, 21)
    assert found.evidence > 10


def test_a_user_who_did_nothing_has_the_hours_of_all() -> None:
    user = a_user(Knowledge(), now_ms=NOW)
    user.told(attributes={"plan": "pro"})
    snapshot = profile_of(user)
    assert snapshot.activity.hours is None
    assert best_time(snapshot, "tip", NOW, user.knowledge).evidence == 0.0


@pytest.mark.parametrize("hours", ["", "AAAA", "no base64", "ü"])
def test_hours_that_are_none_are_taken_as_nothing_known(hours: str) -> None:
    snapshot = profile_of(an_evening_user())
    activity = msgspec.structs.replace(snapshot.activity, hours=hours)
    damaged = msgspec.structs.replace(snapshot, activity=activity)
    assert state_of(damaged, Knowledge()).sections[Section.ACTIVITY] == b""


def test_the_models_in_force_say_which_hour_is_best() -> None:
    user = an_evening_user()
    morning_ms = MONDAY + 14 * DAY_MS + 9 * HOUR_MS
    model = a_model(intercept=-3.0, hour__14=6.0)
    known = taught(user.knowledge, model)
    found = best_time(profile_of(user), "tip", morning_ms, known)
    assert found.best is not None
    assert found.best.hour == 14
    assert found.best.engage_prob > 0.9


def test_a_best_time_is_never_a_draw() -> None:
    user = an_evening_user()
    morning_ms = MONDAY + 14 * DAY_MS + 9 * HOUR_MS
    snapshot = profile_of(user)
    known = taught(user.knowledge, a_model(intercept=-3.0, hour__14=6.0))
    for seed in range(20):
        drawing = Exploration(temperature=100.0, budget_per_week=50, seed=seed)
        policy = msgspec.structs.replace(known.policy, exploration=drawing)
        explored = Knowledge(policy, known.model_versions, models=known.models)
        found = best_time(snapshot, "tip", morning_ms, explored)
        assert found.reason != Reason.EXPLORED
        assert found == best_time(snapshot, "tip", morning_ms, known)
