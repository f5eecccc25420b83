from math import log, log1p

import pytest
from builders import (
    DAY_MS,
    NOW,
    User,
    a_feedback,
    a_request,
    a_user,
    an_event,
    knowledge,
)

from tactful.engine.context import Context
from tactful.engine.state import SECTION_COUNT, Section, UserState
from tactful.features import (
    MAX_CHANNELS,
    MAX_TYPES,
    NUMERIC,
    Places,
    UserFeatures,
    channel_features,
    correct_label,
    dosage_at,
    log_odds,
    moment_features,
    record_label,
    record_send,
    type_features,
    user_features,
)
from tactful.features.section import unpack
from tactful.features.values import NEGATIVE_PRIOR
from tactful.knowledge import Knowledge
from tactful.models import Form, RateTable, Snapshot, Task, encode_snapshot
from tactful.models.snapshot import Pair
from tactful.policy.model import Fatigue
from tactful.records import Outcome, Wakeup

PLAIN = knowledge()
NOBODY = [b""] * SECTION_COUNT
GLOBAL = (0.3 + 0.2 + 0.1) / 3
EMAIL = PLAIN.channels["email"]
RECEIPT = PLAIN.kinds["receipt"]


def of(user: User) -> UserFeatures:
    return user_features(user.state.sections, user.now_ms, user.knowledge)


def labelled(*engaged: bool, known: Knowledge = PLAIN) -> list[bytes]:
    """A user with these answers, the oldest first."""
    context = Context(UserState("u"), NOW, known)
    for each in engaged:
        record_label(context, EMAIL.tag, RECEIPT.tag, engaged=each, negative=False)
    return context.sections


def test_a_user_nobody_knows_has_what_is_known_of_everyone() -> None:
    found = user_features(NOBODY, NOW, PLAIN)
    assert found.segment == "new"
    assert found.user == {
        "rate_log_odds": pytest.approx(log(GLOBAL / (1 - GLOBAL))),
        "rate_fast_log_odds": pytest.approx(log(GLOBAL / (1 - GLOBAL))),
        "sends_log": 0.0,
        "recency_log": log1p(365),
        "seen_log": log1p(24 * 365),
        "tenure_log": 0.0,
        "activity_log": 0.0,
        "negative_log_odds": log_odds(NEGATIVE_PRIOR),
    }
    assert type_features(found, RECEIPT) == {
        "type_log_odds": found.user["rate_log_odds"],
        "type:receipt": 1.0,
    }
    assert channel_features(found, EMAIL) == {
        "channel_log_odds": pytest.approx(log(0.3 / 0.7)),
        "channel_gap_log": log1p(720),
        "channel:email": 1.0,
    }
    assert moment_features(found, 0.0, NOW, 7, weekend=True, present=False) == {
        "rhythm_log": log(0.05),
        "dosage": 0.0,
        "present": 0.0,
        "weekend": 1.0,
        "hour:7": 1.0,
    }


def test_all_numbers_have_a_place_and_the_indicators_a_colon() -> None:
    found = user_features(NOBODY, NOW, PLAIN)
    names = [
        *found.user,
        *type_features(found, RECEIPT),
        *channel_features(found, EMAIL),
        *moment_features(found, 1.0, NOW, 7, weekend=True, present=True),
    ]
    assert [name for name in names if ":" not in name] == list(NUMERIC)


def test_an_average_is_that_of_the_labels_and_of_the_prior_which_weighs_as_the_newest_label() -> (
    None
):
    answers = [True, False, True, True, False, False, True, True]
    found = user_features(labelled(*answers), NOW, PLAIN)
    for half_life, name in ((8, "rate_log_odds"), (2, "rate_fast_log_odds")):
        weights = [0.5 ** (age / half_life) for age in reversed(range(len(answers)))]
        engaged = sum(weight for weight, answer in zip(weights, answers, strict=True) if answer)
        rate = (GLOBAL + engaged) / (1 + sum(weights))
        assert found.user[name] == pytest.approx(log_odds(rate))
    assert found.user["sends_log"] == log1p(8)


def test_an_average_forgets_half_of_an_old_truth_in_its_half_life() -> None:
    old = [True] * 200
    before = user_features(labelled(*old), NOW, PLAIN).rate
    after = user_features(labelled(*old, *[False] * 8), NOW, PLAIN).rate
    prior = GLOBAL * (1 - 0.5 ** (1 / 8)) / (2 - 0.5 ** (1 / 8))
    assert (after - prior) / (before - prior) == pytest.approx(0.5)


def test_newer_answers_weigh_more() -> None:
    up = user_features(labelled(False, False, True, True), NOW, PLAIN)
    down = user_features(labelled(True, True, False, False), NOW, PLAIN)
    assert up.rate > down.rate
    assert up.user["rate_fast_log_odds"] > up.user["rate_log_odds"]
    assert (
        type_features(up, RECEIPT)["type_log_odds"] > type_features(down, RECEIPT)["type_log_odds"]
    )


@pytest.mark.parametrize("place", range(5))
def test_a_corrected_label_leaves_what_it_would_have_left_from_the_start(place: int) -> None:
    answers = [True, False, False, True, False]
    context = Context(UserState("u"), NOW, PLAIN)
    places: list[Places] = [
        record_label(context, EMAIL.tag, RECEIPT.tag, engaged=each, negative=each)
        for each in answers
    ]
    change = -1 if answers[place] else 1
    correct_label(context, EMAIL.tag, RECEIPT.tag, places[place], engaged=change, negative=change)
    answers[place] = not answers[place]
    wanted = Context(UserState("u"), NOW, PLAIN)
    for each in answers:
        record_label(wanted, EMAIL.tag, RECEIPT.tag, engaged=each, negative=each)
    one, other = (unpack(each.sections[Section.FEATURES]) for each in (context, wanted))
    for name in ("slow", "fast", "negative", "labels"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))
    for one_table, other_table in ((one.types, other.types), (one.channels, other.channels)):
        assert one_table.keys() == other_table.keys()
        for tag, entry in one_table.items():
            assert entry == pytest.approx(other_table[tag], abs=1e-6)


def test_dosage_falls_by_half_each_half_life_and_grows_by_one_a_send() -> None:
    known = knowledge(fatigue=Fatigue(half_life_ms=DAY_MS))
    state = UserState("u")
    for day in range(2):
        context = Context(state, NOW + day * DAY_MS, known)
        record_send(context)
        state = UserState("u", context.sections)
    found = user_features(state.sections, NOW + DAY_MS, known)
    assert found.dosage == pytest.approx(1.5)
    assert dosage_at(found, NOW + 2 * DAY_MS) == pytest.approx(0.75)
    assert moment_features(found, 1.0, NOW + 3 * DAY_MS, 0, weekend=False, present=False)[
        "dosage"
    ] == pytest.approx(0.375)


def test_a_new_half_life_holds_from_the_newest_send_on() -> None:
    context = Context(UserState("u"), NOW, knowledge(fatigue=Fatigue(half_life_ms=DAY_MS)))
    record_send(context)
    record_send(context)
    slower = knowledge(fatigue=Fatigue(half_life_ms=2 * DAY_MS))
    found = user_features(context.sections, NOW + DAY_MS, slower)
    assert dosage_at(found, NOW + 2 * DAY_MS) == pytest.approx(1.0)
    context = Context(UserState("u", context.sections), NOW + 2 * DAY_MS, slower)
    record_send(context)
    assert user_features(context.sections, NOW + 2 * DAY_MS, slower).dosage == pytest.approx(2.0)


def test_times_count_from_events_engagements_and_sends() -> None:
    user = a_user()
    user.take(an_event("first", NOW - 30 * DAY_MS), NOW - 30 * DAY_MS)
    user.now_ms = NOW - 2 * DAY_MS
    sent = user.asked(a_request("r", "receipt", at_ms=user.now_ms))
    opened_ms = NOW - DAY_MS
    user.take(a_feedback(sent.decision_id, Outcome.OPENED, opened_ms), opened_ms)
    user.now_ms = NOW
    found = of(user)
    assert found.user["tenure_log"] == pytest.approx(log1p(30))
    assert found.user["recency_log"] == pytest.approx(log1p(1))
    assert found.user["seen_log"] == pytest.approx(log1p(24))
    assert channel_features(found, EMAIL)["channel_gap_log"] == pytest.approx(log1p(48))
    assert channel_features(found, PLAIN.channels["push"])["channel_gap_log"] == log1p(720)
    assert found.segment == "active"


def test_a_user_known_by_sends_alone_has_been_here_since_the_first() -> None:
    user = a_user()
    user.asked(a_request("r", "receipt"))
    user.take(Wakeup(), NOW + 20 * DAY_MS)
    assert of(user).user["tenure_log"] == pytest.approx(log1p(20))


def test_a_visit_a_day_is_seven_events_a_week() -> None:
    user = User(PLAIN, NOW)
    for day in range(200):
        user.take(an_event(f"e{day}", NOW + day * DAY_MS), NOW + day * DAY_MS)
    assert of(user).user["activity_log"] == pytest.approx(log1p(7), rel=0.02)


def test_beyond_their_bounds_the_type_and_channel_longest_unheard_of_give_way() -> None:
    context = Context(UserState("u"), NOW, PLAIN)
    for number in range(30):
        record_label(context, 1000 + number, number, engaged=True, negative=False)
        record_label(context, 1000, 0, engaged=True, negative=False)
    evidence = unpack(context.sections[Section.FEATURES])
    assert list(evidence.types) == [*range(30 - MAX_TYPES + 1, 30), 0]
    assert list(evidence.channels) == [*range(1030 - MAX_CHANNELS + 1, 1030), 1000]


def test_a_correction_of_what_was_forgotten_changes_only_the_whole() -> None:
    context = Context(UserState("u"), NOW, PLAIN)
    first = record_label(context, 1, 1, engaged=False, negative=False)
    for number in range(30):
        record_label(context, 100 + number, 100 + number, engaged=False, negative=False)
    before = unpack(context.sections[Section.FEATURES])
    correct_label(context, 1, 1, first, engaged=1, negative=0)
    after = unpack(context.sections[Section.FEATURES])
    assert after.slow > before.slow
    assert (after.types, after.channels) == (before.types, before.channels)


def test_where_rates_are_known_they_are_where_a_user_starts_from() -> None:
    table = RateTable(
        channel={"": {"email": Pair(1000, 500)}, "new": {"email": Pair(1e6, 9e5)}},
        type={"": {"receipt": Pair(1e6, 1e5)}},
        hour={},
    )
    snapshot = Snapshot(
        task=Task.RATES, version="1", trained_at_ms=0, examples=1, form=Form.RATES, rates=table
    )
    known = PLAIN.with_update("model/rates", encode_snapshot(snapshot))
    found = user_features(NOBODY, NOW, known)
    assert found.rate == found.global_rate == pytest.approx(0.5, abs=0.01)
    assert channel_features(found, EMAIL)["channel_log_odds"] == pytest.approx(
        log_odds(0.9), abs=0.01
    )
    assert type_features(found, RECEIPT)["type_log_odds"] == pytest.approx(log_odds(0.1), abs=0.01)
