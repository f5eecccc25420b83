"""`python -m bench.replay FILE --mapping M`: load a log, decide it twice, compare the ledgers.

Each run has topics of its own. A user's ledger is compared byte for byte in its order; that
every request has one final verdict is counted.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from bench.cluster import ready_stack
from bench.results import keep
from connectors.kafka.consumer import read_to_end
from deploy.connections import kafka_of
from deploy.local import topics as local_topics
from deploy.settings import Settings
from tactful import topics
from tactful.records import RecordKind, Verdict


class Entry(msgspec.Struct):
    """What is read of a ledger entry."""

    request_id: str
    verdict: Verdict
    reason: str
    attempt: int = 1


_entry = msgspec.json.Decoder(Entry)


def replay(
    file: Annotated[Path, typer.Argument(help="the log", exists=True)],
    mapping: Annotated[Path, typer.Option(help="how its rows become records", exists=True)],
) -> None:
    """Decide a log twice in event time and compare."""
    ready_stack(Settings())
    runs = [_run(file, mapping, number) for number in (1, 2)]
    first, second = (run.pop("ledger_of_user") for run in runs)
    differing = sorted(
        user for user in first.keys() | second if first.get(user) != second.get(user)
    )
    result = {
        "at": datetime.now(UTC).isoformat("T", "seconds"),
        "log": f"{file.name} by {mapping.name}",
        "runs": runs,
        "users": len(first),
        "users_whose_ledgers_differ": len(differing),
    }
    print(json.dumps(result, indent=2))
    keep("replay", result)
    wrong = any(run["requests"] != run["requests_with_one_final_verdict"] for run in runs)
    if differing or wrong:
        sys.exit(1)


def _run(file: Path, mapping: Path, number: int) -> dict[str, Any]:
    prefix = f"replay-{time.time_ns() // 1_000_000}-{number}"
    settings = Settings().model_copy(update={"topic_prefix": prefix})
    local_topics.ensure(settings)
    environment = os.environ | {"TACTFUL_TOPIC_PREFIX": prefix}
    command = Path(sys.executable).with_name("tactful")
    load = [str(command), "load", str(file), "--mapping", str(mapping)]
    subprocess.run(load, env=environment, check=True)
    started_s = time.monotonic()
    subprocess.run([str(command), "decide", "--history"], env=environment, check=True)
    seconds = time.monotonic() - started_s

    ledgers: dict[str, Any] = {}
    finals: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    name = topics.name_of(topics.LEDGER, prefix)
    for message in read_to_end(kafka_of(settings), [name]):
        value, key = message.value() or b"", message.key() or b""
        ledgers.setdefault(key.decode(), hashlib.sha256()).update(value + b"\n")
        entry = _entry.decode(value)
        verdicts[f"{entry.verdict} {entry.reason}"] += 1
        # Further attempts of a request have a final verdict of their own.
        finals[entry.request_id] += entry.verdict.final and entry.attempt == 1
    asked = topics.name_of(RecordKind.REQUEST, prefix)
    requests = sum(1 for _ in read_to_end(kafka_of(settings), [asked]))
    return {
        "seconds": round(seconds, 1),
        "requests": requests,
        "requests_with_one_final_verdict": sum(count == 1 for count in finals.values()),
        "verdicts": dict(verdicts.most_common()),
        "ledger_of_user": {user: digest.hexdigest() for user, digest in ledgers.items()},
    }


if __name__ == "__main__":
    typer.run(replay)
