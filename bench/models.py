"""What models cost: scoring a grid of channels and hours, and learning from an example."""

import random
import time
from collections.abc import Callable
from math import exp
from statistics import median
from typing import Any

from bench.percentiles import percentiles
from tactful.features import NUMERIC
from tactful.learning import KINDS, Trainer
from tactful.models import LogisticModel, Task
from tactful.records import Example, ExampleKind

CHANNELS = ("email", "push", "in_app")
SLOTS = 48
REPEATS = 3_000
EXAMPLES = 10_000
ROUNDS = 3

_OF_USER = NUMERIC[:8]
_OF_MOMENT = ("rhythm_log", "dosage", "present", "weekend")


def scoring() -> dict[str, Any]:
    """Microseconds for a grid of channels by hours: the aim is 100."""
    trainer = Trainer(Task.ENGAGEMENT)
    trainer.learn(examples(2_000))
    model = LogisticModel(trainer.snapshot(0))
    dice = random.Random(1)
    user = {name: dice.gauss(0.0, 1.0) for name in _OF_USER}
    kind = {"type_log_odds": -1.0, "type:promotion": 1.0}
    channels = [
        {"channel_log_odds": -1.0, "channel_gap_log": 2.0, f"channel:{name}": 1.0}
        for name in CHANNELS
    ]
    moments = [
        {**{name: dice.random() for name in _OF_MOMENT}, f"hour:{slot % 24}": 1.0}
        for slot in range(SLOTS)
    ]

    def by_parts() -> float:
        base = model.base + model.part(user) + model.part(kind)
        of_moments = [model.part(each) for each in moments]
        best = 0.0
        for channel in channels:
            of_channel = base + model.part(channel)
            for of_moment in of_moments:
                best = max(best, model.prob(of_channel + of_moment))
        return best

    def one_by_one() -> float:
        return max(
            model.predict({**user, **kind, **channel, **moment})
            for channel in channels
            for moment in moments
        )

    assert abs(by_parts() - one_by_one()) < 1e-12
    return {
        "unit": "us",
        "slots": len(channels) * len(moments),
        "by parts": _timed(by_parts, REPEATS),
        "each slot by itself": _timed(one_by_one, REPEATS // 20),
    }


def learning() -> dict[str, Any]:
    """Examples a second of CPU that each task's trainer takes, measured before it learns."""
    found: dict[str, Any] = {"unit": "examples per CPU-second", "examples": EXAMPLES}
    of_sends = examples(EXAMPLES)
    for task, kind in KINDS.items():
        if kind is not ExampleKind.SEND:
            continue
        rates = []
        for _ in range(ROUNDS):
            trainer = Trainer(task)
            started_s = time.process_time()
            trainer.learn(of_sends)
            rates.append(EXAMPLES / (time.process_time() - started_s))
        state = trainer.dumps()
        started_s = time.process_time()
        trainer.snapshot(0)
        found[task.value] = {
            "per_s": round(median(rates)),
            "state_bytes": len(state),
            "snapshot_ms": round((time.process_time() - started_s) * 1e3, 1),
        }
    whole = sum(1 / each["per_s"] for each in found.values() if isinstance(each, dict))
    return found | {"all tasks of a send": round(1 / whole)}


def examples(number: int) -> list[Example]:
    """Sends on three channels whose engagement follows their features."""
    dice = random.Random(0)
    found = []
    for place in range(number):
        channel = CHANNELS[place % len(CHANNELS)]
        features = {name: dice.gauss(-1.0, 1.0) for name in NUMERIC}
        odds = features["channel_log_odds"] - 0.3 * features["dosage"]
        features |= {"type:promotion": 1.0, f"channel:{channel}": 1.0, f"hour:{place % 24}": 1.0}
        engaged = int(dice.random() < 1.0 / (1.0 + exp(-odds)))
        found.append(
            Example(
                id=f"{place}:0",
                user_id=f"u{place % 1000}",
                kind=ExampleKind.SEND,
                at_ms=place * 1000,
                labelled_at_ms=place * 1000 + 3_600_000,
                labels={
                    "engaged": engaged,
                    "clicked": 0,
                    "converted": 0,
                    "dismissed": 1 - engaged,
                    "unsubscribed": int(dice.random() < 0.005),
                    "complained": 0,
                },
                features=features,
                segment=("new", "active", "dormant")[place % 3],
                policy_version="bench",
                model_versions={},
                channel=channel,
                type="promotion",
            )
        )
    return found


def _timed(call: Callable[[], object], repeats: int) -> dict[str, float]:
    times = []
    for _ in range(repeats):
        started_ns = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - started_ns) / 1_000)
    return percentiles(times)
