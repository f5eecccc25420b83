"""What learning costs the decide job, and how soon it takes up a new model."""

import time
from statistics import median
from typing import Any

import msgspec

from bench import cluster
from bench.percentiles import percentiles
from bench.scoring import snapshots_of
from bench.traffic import Raw, first_updates, user_id
from connectors.kafka.consumer import group_consumer
from deploy.connections import kafka_of
from deploy.settings import Settings
from tactful import topics
from tactful.knowledge import MODEL_KEY, POLICY_KEY
from tactful.models import Snapshot, Task, encode_snapshot
from tactful.policy import DEFAULT_POLICY
from tactful.policy.model import Exploration
from tactful.records import RecordKind, Request

SNAPSHOTS = 20
_ASKED_EVERY_S = 0.02
_GIVE_UP_S = 30.0
_NOBODY = 20


def models_on_the_job(settings: Settings, records: int, users: int, rounds: int) -> dict[str, Any]:
    """The job's throughput with models in use, exploring, the learn job beside it; and without.

    Turn about; the learn job reads the examples of the same run on a TaskManager of its own.
    """
    snapshots = snapshots_of(DEFAULT_POLICY)
    exploring = msgspec.structs.replace(DEFAULT_POLICY, exploration=Exploration())
    on = {MODEL_KEY + task: encode_snapshot(each) for task, each in snapshots.items()}
    on[POLICY_KEY] = msgspec.json.encode(exploring)
    runs: dict[str, list[dict[str, Any]]] = {"off": [], "on": []}
    for _ in range(rounds):
        for name, found in runs.items():
            learning = name == "on"
            knowledge = on if learning else None
            run = cluster.full_speed(
                settings, "hashmap", records, users, knowledge=knowledge, learning=learning
            )
            found.append(run)
            print(f"  {name}: {run['records_per_s']} records/s", flush=True)
    ratios = [
        with_models["records_per_s"] / without["records_per_s"]
        for with_models, without in zip(runs["on"], runs["off"], strict=True)
    ]
    return {
        "records": records,
        "records_per_s": {
            name: round(median(run["records_per_s"] for run in found))
            for name, found in runs.items()
        },
        "cpu_s_per_million": {
            name: median(run["cpu_s_per_million"] for run in found) for name, found in runs.items()
        },
        "ratio": round(median(ratios), 3),
        "ratio_of_each_round": [round(each, 3) for each in ratios],
    }


def models_live(settings: Settings) -> dict[str, Any]:
    """Milliseconds from a snapshot's way to Kafka to the first verdict that names its version.

    Requests come every 20 ms, so the answer is that much too long at most, and the way of a
    verdict back from the job is in it.
    """
    snapshot = snapshots_of(DEFAULT_POLICY)[Task.ENGAGEMENT]
    with cluster.Run(settings, "models") as run:
        run.write(first_updates(_NOBODY, time.time_ns() // 1_000_000 - 3_600_000))
        run.submit()
        run.await_count(topics.PROFILES, _NOBODY)
        found = [_live(run, snapshot, number) for number in range(SNAPSHOTS)]
    return {"unit": "ms", "snapshots": SNAPSHOTS} | percentiles(found[1:])


class _Entry(msgspec.Struct):
    model_versions: dict[str, str]


_entry = msgspec.json.Decoder(_Entry)


def _live(run: cluster.Run, snapshot: Snapshot, number: int) -> float:
    """How long it took, from the moment the snapshot was sent."""
    version = f"engagement-{number:06}"
    changed = msgspec.structs.replace(snapshot, version=version)
    consumer = group_consumer(kafka_of(run.settings), "tactful-bench")
    consumer.assign(run.tails(topics.LEDGER))
    try:
        started_s = time.monotonic()
        run.publish({MODEL_KEY + Task.ENGAGEMENT: encode_snapshot(changed)})
        asked = 0
        while time.monotonic() - started_s < _GIVE_UP_S:
            due_s = started_s + asked * _ASKED_EVERY_S
            if time.monotonic() >= due_s:
                run.write([_request(f"live-{number}-{asked}", asked % _NOBODY)])
                asked += 1
            message = consumer.poll(0.005)
            if message is None or message.error() is not None:
                continue
            told = _entry.decode(message.value() or b"").model_versions
            if told.get(Task.ENGAGEMENT) == version:
                return (time.monotonic() - started_s) * 1000.0
    finally:
        consumer.close()
    raise TimeoutError(f"no verdict by {version} in {_GIVE_UP_S:.0f} s")


def _request(name: str, user: int) -> Raw:
    name_of_user = user_id(user)
    now_ms = time.time_ns() // 1_000_000
    request = Request(name, name_of_user, next(iter(DEFAULT_POLICY.types)), now_ms)
    return Raw(RecordKind.REQUEST, name_of_user.encode(), msgspec.json.encode(request))
