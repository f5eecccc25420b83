"""What a model snapshot may be, and how one that can't be used is refused."""

from typing import Any

import msgspec
import pytest

from tactful.knowledge import InvalidKnowledgeError, Knowledge
from tactful.models import (
    FORMS,
    Form,
    LogisticModel,
    Rates,
    Snapshot,
    SnapshotError,
    Task,
    Uplift,
    encode_snapshot,
    parse_snapshot,
)

LEAST: dict[str, Any] = {
    "task": "engagement",
    "version": "engagement-1",
    "trained_at_ms": 5,
    "examples": 9,
    "form": "logistic",
}
RATES = LEAST | {
    "task": "rates",
    "form": "rates",
    "rates": {
        "channel": {"": {"email": [10, 2]}, "new": {"email": [4, 1]}},
        "hour": {"": [1.0] * 24},
    },
}
UPLIFT = LEAST | {
    "task": "uplift",
    "form": "uplift",
    "gains": {
        "promotion": {
            "treated": 90,
            "control": 10,
            "treated_rate": 0.2,
            "control_rate": 0.1,
            "value": 0.1,
        }
    },
}


def coded(**changes: Any) -> bytes:
    return msgspec.json.encode(LEAST | changes)


@pytest.mark.parametrize("given", [LEAST, RATES, UPLIFT])
def test_a_snapshot_comes_back_as_it_went(given: dict[str, Any]) -> None:
    snapshot = parse_snapshot(msgspec.json.encode(given))
    assert parse_snapshot(encode_snapshot(snapshot)) == snapshot


def test_equal_snapshots_give_equal_bytes_whatever_the_order_of_their_weights() -> None:
    one = parse_snapshot(coded(weights={"a": 1.0, "b": 2.0}))
    other = parse_snapshot(coded(weights={"b": 2.0, "a": 1.0}))
    assert encode_snapshot(one) == encode_snapshot(other)


def test_every_task_has_a_form() -> None:
    assert set(FORMS) == set(Task)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"", "snapshot: "),
        (b"\xff", "snapshot: "),
        (b"[]", "snapshot: Expected `object`"),
        (coded(x=1), "unknown field `x`"),
        (coded(task="other"), "task"),
        (coded(form="tree"), "form"),
        (coded(version=""), "version"),
        (coded(trained_at_ms=-1), "trained_at_ms"),
        (coded(examples=-1), "examples"),
        (coded(form="rates"), "form: found 'rates', allowed for the task engagement: 'logistic'"),
        (coded(weights={"a": 1}, variances={"a": -1.0}, means={"a": 1.0}), "variances"),
        (coded(means={"a": 1.0}), r"variances: found a mean or a variance alone for \['a'\]"),
        (coded(variances={"a": 1.0}), r"variances: found a mean or a variance alone for \['a'\]"),
        (coded(weights={"a": None}), "weights"),
        (coded(weights={"a": 1e13}), "weights"),
        (coded().replace(b'"examples":9', b'"examples":9,"intercept":1e999'), "snapshot: "),
        (coded().replace(b'"examples":9', b'"examples":9,"intercept":NaN'), "snapshot: "),
        (coded(weights={str(i): 0.0 for i in range(4097)}), "weights: found 4097, allowed: 4096"),
        (coded(weights={"x" * 257: 0.0}), "weights: found a name of 257 characters, allowed: 256"),
        (coded(rates={}), "rates: found some in the form logistic"),
        (coded(gains=UPLIFT["gains"]), "gains: found some, allowed in the form logistic: none"),
        (coded(card={"text": "x" * 1_000_000}), r"snapshot: found \d+ bytes, allowed: 1000000"),
        (coded(task="rates", form="rates"), "rates: found none in the form rates"),
        (
            coded(task="rates", form="rates", rates={"channel": {"": {"email": [1, 2]}}}),
            r"rates.channel\[''\]\['email'\]: found 2.0 engaged of 1.0 sent",
        ),
        (coded(task="rates", form="rates", rates={"hour": {"": [1.0] * 23}}), "hour"),
        (coded(task="rates", form="rates", rates={}, intercept=1.0), "weights: found some"),
        (
            msgspec.json.encode(
                UPLIFT | {"gains": {"p": UPLIFT["gains"]["promotion"] | {"low": 0.0}}}
            ),
            r"gains\['p'\]: found one end of the interval, allowed: both",
        ),
    ],
)
def test_what_can_not_be_used_is_refused_with_its_field(value: bytes, says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        parse_snapshot(value)


def test_a_card_nested_without_end_is_refused_and_not_a_crash() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(SnapshotError):
        parse_snapshot(coded().replace(b'"examples":9', b'"examples":9,"card":{"a":' + deep + b"}"))


def test_knowledge_takes_models_up_and_names_their_versions() -> None:
    before = Knowledge()
    mark, kinds = before.policy_mark, before.kinds
    after = before.with_update("model/engagement", coded(intercept=-1.0))
    after = after.with_update("model/rates", msgspec.json.encode(RATES | {"version": "rates-7"}))
    after = after.with_update("model/uplift", msgspec.json.encode(UPLIFT))
    assert after.model_versions == {
        "engagement": "engagement-1",
        "rates": "rates-7",
        "uplift": "engagement-1",
    }
    assert isinstance(after.logistic("engagement"), LogisticModel)
    assert isinstance(after.rates, Rates)
    assert isinstance(after.models["uplift"], Uplift)
    # What was worked out of the policy is kept, and the old knowledge is what it was.
    assert after.kinds is kinds
    assert after.policy_mark == mark
    assert (before.models, before.model_versions) == ({}, {})
    assert before.logistic("engagement") is None
    assert before.rates is None


def test_a_tombstone_forgets_a_model_and_a_policy_keeps_them() -> None:
    known = Knowledge().with_update("model/engagement", coded())
    assert known.with_update("policy/default", b"").models == known.models
    assert known.with_update("price/push", b'{"steps": [[0, 0.5]]}').models == known.models
    forgotten = known.with_update("model/engagement", b"")
    assert (forgotten.models, forgotten.model_versions) == ({}, {})


def test_a_model_that_can_not_be_used_is_refused_by_its_key_and_the_last_good_one_stays() -> None:
    known = Knowledge().with_update("model/engagement", coded())
    with pytest.raises(InvalidKnowledgeError, match=r"^model/engagement: snapshot: "):
        known.with_update("model/engagement", b"{}")
    with pytest.raises(
        InvalidKnowledgeError, match=r"^model/churn: task: found 'engagement', allowed: 'churn'"
    ):
        known.with_update("model/churn", coded())
    assert known.model_versions == {"engagement": "engagement-1"}


def test_the_moment_of_a_drift_is_a_metric_like_any_other() -> None:
    drifted = Snapshot(
        Task.CHURN, "v", 1, 1, Form.LOGISTIC, metrics={"drifted_at_ms": 1_795_000_000_000.0}
    )
    assert parse_snapshot(encode_snapshot(drifted)) == drifted
