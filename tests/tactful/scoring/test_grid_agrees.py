"""The grid of slots against the models asked slot by slot with all features at once."""

from collections.abc import Sequence
from math import isclose

import msgspec
from asks import make_ask
from dice import Dice
from histories import USER, Writer
from hypothesis import given
from models import a_random_model, random_rates
from strategies import seeds

from tactful.composer.best import Best
from tactful.composer.by_model import ByModel
from tactful.composer.way import Way
from tactful.constraints import Ask, Constraint, of
from tactful.engine.context import Context
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.features import user_features
from tactful.knowledge import Channel, Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms
from tactful.models import Task
from tactful.scoring import Appeal
from tactful.scoring.told import scoring_of
from tactful.timing import Rhythm


def _asked(seed: int) -> tuple[Ask, Appeal]:
    """A request of `make_ask` under random models, of a user with a past."""
    ask = make_ask.__wrapped__(seed)
    dice = Dice(seed, "models")
    models = {"engagement": a_random_model(dice, Task.ENGAGEMENT)}
    if dice.chance(0.6):
        models["negative"] = a_random_model(dice, Task.NEGATIVE)
    if dice.chance(0.6):
        models["rates"] = random_rates(dice)
    policy = ask.knowledge.policy
    timing = msgspec.structs.replace(
        policy.timing, best_time_within_ms={ask.request.priority: 2 * DAY_MS}
    )
    policy = msgspec.structs.replace(policy, timing=timing)
    known = Knowledge(policy, prices=ask.knowledge.prices, models=models)
    state, writer = UserState(USER), Writer(dice)
    for at in range(dice.whole(0, 20)):
        at_ms = ask.now_ms - DAY_MS + at * HOUR_MS
        record = dice.one_of(writer.event, writer.request, writer.welcome)(at_ms)
        state = step(state, record, at_ms, known).state
    context = Context(state, ask.now_ms, known)
    sections = context.sections
    ask.knowledge, ask.kind = known, known.kinds[ask.kind.name]
    rhythm = Rhythm(sections[2], ask.now_ms, policy.timing)
    appeal = Appeal(
        known,
        user_features(sections, ask.now_ms, known),
        rhythm,
        ask.kind,
        ask.kind.channels,
        ask.now_ms,
        present=ask.present,
    )
    ask.appeal = appeal
    return ask, appeal


def _by_hand(ask: Ask, appeal: Appeal, channel: str, at_ms: int) -> float:
    known = ask.knowledge
    features = appeal.features(
        known.channels[channel], at_ms, hour_of_week(local_ms(ask.zone, at_ms))
    )
    left = 0.5 ** ((at_ms - ask.now_ms) / ask.kind.value_half_life_ms)
    utility = ask.kind.value * left * known.models["engagement"].predict(features)
    if "negative" in known.models:
        price = known.policy.fatigue.negative_cost
        utility -= price * known.models["negative"].predict(features)
    return utility - known.channels[channel].cost


@given(seeds)
def test_a_slot_scores_as_the_models_do_with_all_features(seed: int) -> None:
    ask, appeal = _asked(seed)
    scoring = ByModel(Way(ask, by_channel=True), appeal)
    for channel in ask.kind.channels:
        for hours in (0, 0.5, 1, 7.25, 30):
            at_ms = ask.now_ms + round(hours * HOUR_MS)
            by_hand = _by_hand(ask, appeal, channel.name, at_ms)
            assert isclose(scoring.utility(channel, at_ms), by_hand, abs_tol=1e-9, rel_tol=1e-9)


@given(seeds)
def test_the_best_candidate_is_found_among_all(seed: int) -> None:
    """Every hour is asked by hand, with no shortcut."""
    ask, appeal = _asked(seed)
    active = of(ask.knowledge, ask.kind, critical=ask.critical)
    timed = tuple(each for each in active.all if each.timed and not each.idle(ask))
    way = Way(ask, by_channel=active.by_channel)
    scoring = ByModel(way, appeal)
    for channel in ask.kind.channels:
        moment, at_ms, utility = scoring.chosen(channel, timed, {})
        candidates = _candidates(ask, way, channel, timed)
        if moment.earliest_ms is None:
            assert candidates == []
            continue
        found = {each: _by_hand(ask, appeal, channel.name, each) for each in candidates}
        at_once, best = found[moment.earliest_ms], max(found.values())
        least = ask.knowledge.policy.timing.min_gain_prob * ask.kind.value
        assert isclose(utility, found[at_ms], abs_tol=1e-8)
        if best - at_once > least + 1e-8:
            assert isclose(utility, best, abs_tol=1e-8)
        elif best - at_once < least - 1e-8:
            assert at_ms == moment.earliest_ms
        slots = scoring.slots(channel, timed, {}, Best(5))
        assert {at for _, at in slots} <= set(candidates)
        worst = min(sorted((each for each, _ in slots), reverse=True)[:5])
        left_out = [value for at, value in found.items() if at not in {at for _, at in slots}]
        assert all(value <= worst + 1e-8 for value in left_out)


def _candidates(ask: Ask, way: Way, channel: Channel, timed: Sequence[Constraint]) -> list[int]:
    earliest_ms = way.settle(channel, timed, ask.now_ms).earliest_ms
    if earliest_ms is None:
        return []
    found = [earliest_ms]
    start_ms = earliest_ms + HOUR_MS - local_ms(ask.zone, earliest_ms) % HOUR_MS
    while start_ms <= way.horizon_ms:
        at_ms = way.settle(channel, timed, start_ms).earliest_ms
        if at_ms is not None and at_ms <= way.horizon_ms and at_ms - start_ms < HOUR_MS:
            found.append(at_ms)
        start_ms += HOUR_MS
    return found


@given(seeds)
def test_what_is_told_of_a_score_is_what_it_rests_on(seed: int) -> None:
    ask, appeal = _asked(seed)
    for channel in ask.kind.channels:
        told = scoring_of(ask, channel, ask.now_ms)
        assert told is not None
        shares = told.own_share, told.segment_share, told.global_share
        assert all(0.0 <= share <= 1.0 for share in shares)
        assert isclose(sum(shares), 1.0, abs_tol=1e-5)
        features = appeal.features(
            channel, ask.now_ms, hour_of_week(local_ms(ask.zone, ask.now_ms))
        )
        assert set(told.because) <= set(features)
        assert 0.0 <= (told.fatigue or 0.0) <= 1.0
