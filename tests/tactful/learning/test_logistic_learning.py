"""The logistic tasks: the prior, the floor, drift, and scoring as River does."""

from dataclasses import replace
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_kit import START_MS, an_example, labels, population

from tactful.learning import LOGISTIC, Trainer
from tactful.models import LogisticModel, Task, encode_snapshot, parse_snapshot

VALUES = st.floats(-50, 50, allow_nan=False)
FEATURES = st.dictionaries(
    st.sampled_from(["channel_log_odds", "recency_log", "dosage", "hour:9", "channel:email", "z"]),
    VALUES,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([Task.ENGAGEMENT, Task.NEGATIVE, Task.AFFINITY]),
    st.lists(st.tuples(FEATURES, st.booleans()), max_size=30),
    FEATURES,
)
def test_scoring_from_plain_numbers_is_rivers_own_to_1e_9(
    task: Task, lived: list[tuple[dict[str, float], bool]], asked: dict[str, float]
) -> None:
    trainer = Trainer(task)
    trainer.learn(
        an_example(place, features=features, labels=labels(engaged=int(yes), unsubscribed=int(yes)))
        for place, (features, yes) in enumerate(lived)
    )
    model = LogisticModel(trainer.snapshot(START_MS))
    # River calls a probability beyond log-odds of 30 a 0 or a 1: 1e-13 away.
    assert model.predict(asked) == pytest.approx(trainer.predict(asked), abs=1e-9)


@pytest.mark.parametrize("task", LOGISTIC)
def test_after_real_training_too(task: Task) -> None:
    trainer = Trainer(task)
    if task is Task.CHURN:
        examples = [
            an_example(
                each,
                kind="churn",
                labels={"churned": each % 2},
                features={"recency_log": each % 7.0},
            )
            for each in range(500)
        ]
    else:
        examples = population(1500)
    trainer.learn(examples)
    model = LogisticModel(trainer.snapshot(START_MS))
    for example in examples[:300]:
        features = example.features
        assert model.predict(features) == pytest.approx(trainer.predict(features), abs=1e-9)


def test_parts_add_up_to_the_whole() -> None:
    trainer = Trainer("engagement")
    examples = population(500)
    trainer.learn(examples)
    model = LogisticModel(trainer.snapshot(START_MS))
    features = examples[0].features
    halves = [dict(list(features.items())[at::2]) for at in (0, 1)]
    whole = model.prob(model.base + sum(model.part(half) for half in halves))
    assert whole == pytest.approx(model.predict(features), abs=1e-12)
    told = model.top(features, 3)
    assert [abs(added) for _, added in told] == sorted((abs(a) for _, a in told), reverse=True)
    assert sum(added for _, added in model.top(features, 99)) == pytest.approx(model.part(features))


def test_before_any_example_it_says_what_the_users_own_rates_say() -> None:
    model = LogisticModel(Trainer("engagement").snapshot(START_MS))
    own = {"channel_log_odds": log(0.3 / 0.7), "rate_log_odds": log(0.3 / 0.7)}
    assert model.predict(own) == pytest.approx(0.3)


def test_it_finds_the_truth_that_the_prior_does_not_have() -> None:
    trainer = Trainer("engagement")
    trainer.learn(population(8000))
    snapshot = trainer.snapshot(START_MS)
    model = LogisticModel(snapshot)
    # The truth: 1 per log-odds of the channel, -0.5 a send of dosage, 9 o'clock better than 20,
    # and nothing of the overall rate, which the prior gives a half.
    assert model.weight("channel_log_odds") == pytest.approx(1.0, abs=0.25)
    assert model.weight("rate_log_odds") == pytest.approx(0.0, abs=0.25)
    assert model.weight("dosage") == pytest.approx(-0.5, abs=0.2)
    assert model.weight("hour:9") - model.weight("hour:20") > 0.5
    assert snapshot.metrics["log_loss"] < snapshot.metrics["base_log_loss"] - 0.02
    assert snapshot.metrics["auc"] > 0.65
    assert sum(each.rows for each in snapshot.calibration) == 8000
    for each in snapshot.calibration:
        if each.rows > 400:
            assert each.predicted == pytest.approx(each.observed, abs=0.08)


def test_a_feature_that_was_constant_for_long_does_not_explode_with_its_first_other_value() -> None:
    trainer = Trainer("engagement")
    trainer.learn(
        an_example(
            place,
            labels=labels(engaged=int(place % 5 == 0)),
            features={"channel_log_odds": -1.4, "dosage": 0.001 * (place % 2)},
        )
        for place in range(1000)
    )
    usual = trainer.predict({"channel_log_odds": -1.4, "dosage": 0.0})
    assert trainer.predict({"channel_log_odds": -1.4, "dosage": 0.5}) == pytest.approx(
        usual, abs=0.05
    )


def test_drift_is_found_counted_and_answered_by_larger_steps() -> None:
    turned = {"channel_log_odds": -1.0, "dosage": 0.5, "hour:9": -1.0}
    trainer = Trainer("engagement")
    assert trainer.learn(population(3000)).drifts == 0
    found = trainer.learn(population(3000, seed=1, start=3000, truth=turned))
    snapshot = trainer.snapshot(START_MS)
    assert found.drifts >= 1
    assert snapshot.metrics["drifts"] == found.drifts
    # What tells of a drift is a snapshot that decisions take up like any other.
    assert parse_snapshot(encode_snapshot(snapshot)) == snapshot
    assert snapshot.card["learning"]["boosted_until_ms"] > 0


def test_what_drift_speeds_up_recovers_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = {"channel_log_odds": -1.0, "dosage": 0.5, "hour:9": -1.0}
    after = population(3000, seed=1, start=3000, truth=turned)
    losses = []
    for boost in (LOGISTIC[Task.ENGAGEMENT].boost, 1.0):
        slower = replace(LOGISTIC[Task.ENGAGEMENT], boost=boost)
        monkeypatch.setitem(LOGISTIC, Task.ENGAGEMENT, slower)
        trainer = Trainer("engagement")
        trainer.learn(population(3000))
        trainer.learn(after)
        losses.append(trainer.snapshot(START_MS).metrics["recent_log_loss"])
    assert losses[0] < losses[1]


def test_names_beyond_the_bound_are_not_learned() -> None:
    trainer = Trainer("engagement")
    most = LOGISTIC[Task.ENGAGEMENT].max_features
    for place in range(0, most + 500, 50):
        trainer.learn(
            [an_example(place, features={f"type:{place + each}": 1.0 for each in range(50)})]
        )
    weights = trainer.snapshot(START_MS).weights
    assert len(weights) == most
