"""The API under load while Redis, Cassandra and Kafka are each away for a while, in turn.

On a stack of its own, which is gone afterwards. Each part is killed (SIGKILL), so nothing is said
goodbye to, and started again after a while. What the API answers meanwhile must be what docs/api.md
promises, and nothing that it acknowledged may be missing at the end.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import KafkaException

from bench.api import api_process, profile_sink, token_in
from bench.cluster import Run, up_again
from bench.faults_load import Noted, Plan
from bench.faults_proof import losses, proven
from bench.faults_report import Away, draw, report, table
from bench.traffic import first_updates, user_id
from connectors.cassandra.profiles import Profiles
from connectors.cassandra.session import close, connect
from connectors.kafka.consumer import lag_of
from deploy.connections import cassandra_of, kafka_of
from deploy.local import checks
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.settings import MAX_TASK_MANAGERS, PORT_OFFSETS, Settings
from jobs import profiles
from tactful import topics

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "faults.svg"
PARTS = ("redis", "cassandra", "kafka")
OFTEN = 200
ONCE = 4_000
PER_SECOND = {
    "read cached": 20.0,
    "read stored": 5.0,
    "history": 2.0,
    "event": 20.0,
    "preference": 5.0,
    "decision": 10.0,
}
WARM_S = 20.0
AWAY_S = 30.0
SETTLE_S = 30.0
SETTLED_S = 300.0


class NotKeptError(Exception):
    """A promise was not kept; the message names each."""


def faults_under_load(
    settings: Settings, share: float = 1.0, away_s: float = AWAY_S
) -> dict[str, Any]:
    """Load, faults, and the proof.

    Args:
        settings: of the stack whose jars serve; it is left alone.
        share: of the usual rates.
        away_s: how long each part is away.

    Raises:
        NotKeptError: a promise was not kept.
    """
    with _stack(settings) as stack, Run(stack.settings, "faults") as run:
        run.write(first_updates(OFTEN + ONCE, time.time_ns() // 1_000_000 - 3_600_000))
        run.submit()
        run.await_count(topics.PROFILES, OFTEN + ONCE)
        own = run.settings
        users = [user_id(number) for number in range(OFTEN + ONCE)]
        with (
            tempfile.TemporaryDirectory() as folder,
            profile_sink(own),
            api_process(own, Path(folder)) as (port, _),
        ):
            _until("the profiles are kept", lambda: _sink_lag(own) == 0)
            url = f"http://127.0.0.1:{port}/healthz"
            _until("the API answers", lambda: _status(url) == 200)
            rates = {kind: rate * share for kind, rate in PER_SECOND.items()}
            plan = Plan(port, token_in(Path(folder)), users[:OFTEN], users[OFTEN:], rates)
            file = Path(folder) / "noted.json"
            with _load(plan, file):
                time.sleep(WARM_S)
                aways = [_away(stack, part, away_s, url) for part in PARTS]
            noted = msgspec.json.decode(file.read_bytes(), type=list[Noted])
            _until("the profiles are kept", lambda: _sink_lag(own) == 0)
            proof = _proof(run, noted)
    result = {**report(noted, aways), "proof": proof, "load_average": os.getloadavg()[0]}
    draw(noted, aways, PICTURE)
    print(table(result), flush=True)
    wrong = [*result["broken_promises"], *losses(proof)]
    if wrong:
        kept = Path(tempfile.gettempdir()) / "tactful-faults.json"
        kept.write_bytes(msgspec.json.encode(result))
        raise NotKeptError("\n".join([*wrong, f"All figures: {kept}"]))
    return result


def _away(stack: Stack, part: str, away_s: float, health: str) -> Away:
    print(f"  {part} is away", flush=True)
    from_s = time.time()
    stack.kill_part(part)
    time.sleep(away_s * 0.8)
    status = _status(health)
    time.sleep(max(0.0, from_s + away_s - time.time()))
    until_s = time.time()
    up_again(stack)
    back_s = time.time()
    print(f"  {part} is back after {back_s - from_s:.0f} s", flush=True)
    time.sleep(SETTLE_S)
    return Away(part, from_s, until_s, back_s, status)


@contextmanager
def _stack(settings: Settings) -> Iterator[Stack]:
    """A stack beside any other, on ports of its own; its data go with it."""
    with tempfile.TemporaryDirectory(prefix="tactful-faults-") as home:
        own = Settings(
            home=Path(home),
            jars_dir=settings.jars,
            java_home=settings.java_home,
            port_base=_free_base(),
            **dict.fromkeys(PORT_OFFSETS, 0),  # type: ignore[arg-type]
            task_managers=1,
            start_timeout_s=300,
        )
        stack = Stack(own)
        try:
            stack.up()
            yield stack
        finally:
            stack.down(wipe=True)


def _free_base() -> int:
    for base in range(20_200, 32_000, 400):
        ports = {base + offset for offset in PORT_OFFSETS.values()}
        metrics = base + PORT_OFFSETS["metrics_port"]
        ports.update(range(metrics, metrics + MAX_TASK_MANAGERS + 1))
        if all(checks.is_free(port) for port in ports):
            return base
    raise StackError("No range of ports is free.", "End another stack: `tactful down`.")


@contextmanager
def _load(plan: Plan, noted: Path) -> Iterator[None]:
    """The load as a process of its own; the file has what it noted once the block is over."""
    with noted.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.faults_load"], stdin=subprocess.PIPE, stdout=out
        )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(plan) + b"\n")
        process.stdin.flush()
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)
            process.stdin.close()


def _proof(run: Run, noted: list[Noted]) -> dict[str, Any]:
    """Once what is on its way has arrived, or has had the time to."""
    settings = cassandra_of(run.settings, request_timeout_ms=30_000)
    session = connect(settings)
    try:
        session.set_keyspace(settings.keyspace)
        table_of_profiles = Profiles(session)
        end_s = time.monotonic() + SETTLED_S
        while True:
            proof = proven(run, noted, table_of_profiles)
            if not losses(proof) or time.monotonic() > end_s:
                return proof
            time.sleep(5)
    finally:
        close(session)


def _sink_lag(settings: Settings) -> int:
    prefix = settings.topic_prefix
    try:
        return lag_of(
            kafka_of(settings),
            profiles.group_of(prefix),
            topics.name_of(topics.PROFILES, prefix),
            60,
        )
    except KafkaException:
        return 1


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _until(what: str, holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + SETTLED_S
    while not holds():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {SETTLED_S:g} s: {what}")
        time.sleep(0.5)
