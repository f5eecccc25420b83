"""Examples for tests of learning: a population whose truth is known, and single ones by hand."""

import random
from collections.abc import Mapping
from math import exp
from typing import Any

import msgspec

from tactful.features import NUMERIC
from tactful.records import Example, ExampleKind

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = 1_760_000_000_000

NOTHING = {
    "engaged": 0,
    "clicked": 0,
    "converted": 0,
    "dismissed": 0,
    "unsubscribed": 0,
    "complained": 0,
}


def an_example(number: int = 0, /, **changes: Any) -> Example:
    """A send that nobody answered."""
    at_ms = START_MS + number * 1_000
    given: dict[str, Any] = {
        "id": f"d{number}:0",
        "user_id": f"u{number % 50}",
        "kind": ExampleKind.SEND,
        "at_ms": at_ms,
        "labelled_at_ms": at_ms + HOUR_MS,
        "labels": NOTHING,
        "features": {"channel_log_odds": -1.5, "channel:email": 1.0, "hour:9": 1.0},
        "segment": "active",
        "policy_version": "p1",
        "model_versions": {},
        "decision_id": f"d{number}",
        "channel": "email",
        "type": "promotion",
    }
    return Example(**(given | changes))


def labels(**seen: int) -> dict[str, int]:
    """The labels of a send with these outcomes."""
    return NOTHING | seen


def population(
    number: int, *, seed: int = 0, start: int = 0, truth: Mapping[str, float] | None = None
) -> list[Example]:
    """Sends whose engagement follows a logistic law of their features."""
    weights = truth or {"channel_log_odds": 1.0, "dosage": -0.5, "hour:9": 1.0}
    dice = random.Random(seed)
    found = []
    for place in range(start, start + number):
        channel = dice.choice(("email", "push"))
        hour = dice.choice((9, 20))
        features = {name: dice.gauss(-1.0, 1.0) for name in NUMERIC}
        features |= {
            "dosage": dice.uniform(0.0, 4.0),
            "present": 0.0,
            "weekend": float(place % 7 > 4),
            f"channel:{channel}": 1.0,
            "type:promotion": 1.0,
            f"hour:{hour}": 1.0,
        }
        odds = sum(weight * features.get(name, 0.0) for name, weight in weights.items())
        engaged = int(dice.random() < 1.0 / (1.0 + exp(-odds)))
        gone = int(dice.random() < 0.01)
        found.append(
            an_example(
                place,
                labels=labels(engaged=engaged, unsubscribed=gone, dismissed=int(not engaged)),
                features=features,
                channel=channel,
                segment=dice.choice(("new", "active")),
            )
        )
    return found


def windows(kind: ExampleKind, number: int, *, start: int = 0) -> list[Example]:
    """Churn windows or holdbacks, each of a user of its own; every third says yes."""
    outcome = "churned" if kind is ExampleKind.CHURN else "outcome"
    return [
        an_example(
            place,
            id=f"d{place}:{kind}:0",
            kind=kind,
            user_id=f"u{place}",
            labels={outcome: int(place % 3 == 0)},
            group="control" if place % 4 == 0 else "treated",
            features={"recency_log": float(place % 5), "sends_log": 1.0},
        )
        for place in range(start, start + number)
    ]


def of_all_kinds(number: int) -> list[Example]:
    """So many sends, churn windows and holdbacks each, in the order of their labels.

    The last tenth of the holdbacks are of users who had one at the start, and must not count.
    """
    holdbacks = windows(ExampleKind.HOLDBACK, number)
    for place in range(number // 10):
        holdbacks[-1 - place] = msgspec.structs.replace(holdbacks[-1 - place], user_id=f"u{place}")
    found = population(number) + windows(ExampleKind.CHURN, number) + holdbacks
    return sorted(found, key=lambda each: each.labelled_at_ms)
