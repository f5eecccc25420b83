"""`python -m bench`: measure, print, and keep the figures under bench/results/."""

import gc
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from bench import cluster
from bench.api import api_under_load
from bench.api_cost import api_cost
from bench.burst import bursts
from bench.composing import decision_cost, policies_compared
from bench.faults import faults_under_load
from bench.learned import models_live, models_on_the_job
from bench.loop import Loop
from bench.models import learning, scoring
from bench.month import state_after_a_month
from bench.policies import first_policy
from bench.results import keep
from bench.traffic import first_updates, mixed
from bench.verifying import loaded_and_verified
from deploy.settings import Settings
from tactful.knowledge import POLICY_KEY
from tactful.policy import DEFAULT_POLICY

console = Console()
_WITHOUT_STACK = {"step", "month", "decision", "policies", "scoring", "learning", "api-cost"}
app = typer.Typer(add_completion=False, help=__doc__)


def bare_loop(count: int, users: int, rounds: int) -> dict[str, Any]:
    """The median of several runs of the bare loop over the same records, profiles known before."""
    rates, cpu = [], []
    loop = Loop()
    for _ in range(rounds):
        now_ms = time.time_ns() // 1_000_000
        records = list(mixed(count, users, 8, now_ms))
        loop = Loop()
        loop.run(first_updates(users, now_ms - 3_600_000))
        gc.collect()
        gc.freeze()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        loop.run(records)
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
        rates.append(round(count / wall_s))
        cpu.append(round(cpu_s / count * 1e6, 1))
    sizes = sorted(map(len, loop.states.values()))
    return {
        "records": count,
        "users": users,
        "records_per_s": round(median(rates)),
        "records_per_s_of_each_run": rates,
        "cpu_s_per_million": median(cpu),
        "outputs": dict(loop.outputs),
        "wakeups": loop.wakeups,
        "state_bytes_median": sizes[len(sizes) // 2],
    }


@app.command()
def main(
    records: Annotated[int, typer.Option(help="records at full speed")] = 1_000_000,
    users: Annotated[int, typer.Option(help="users they belong to")] = 50_000,
    rounds: Annotated[int, typer.Option(help="runs of each kind; medians are kept")] = 3,
    share: Annotated[float, typer.Option(help="of the usual load, for faults", min=0.1)] = 1.0,
    only: Annotated[
        list[str] | None,
        typer.Option(help="one of the parts that docs/benchmarks.md names; may be repeated"),
    ] = None,
) -> None:
    """Measure the bare step loop and the decide job on the running stack."""
    settings = Settings()
    parts: dict[str, Callable[[], Any]] = {
        "step": lambda: bare_loop(min(records, 300_000), users, rounds),
        "month": state_after_a_month,
        "hashmap": lambda: repeated(settings, "hashmap", records, users, rounds),
        "rocksdb": lambda: repeated(settings, "rocksdb", records, users, rounds),
        "steady": lambda: cluster.steady(settings, 2_000, 60, users),
        "process": lambda: cluster.naive(settings, 10_000, 1_000),
        "decision": decision_cost,
        "scoring": scoring,
        "learning": learning,
        "policies": lambda: policies_compared(min(records, 100_000), users, rounds),
        "burst": lambda: bursts(settings),
        "api": lambda: api_under_load(settings),
        "api-cost": lambda: api_cost(rounds),
        "faults": lambda: faults_under_load(settings, share=share),
        "verify": lambda: loaded_and_verified(settings),
        "models-job": lambda: models_on_the_job(settings, records, users, rounds),
        "model-live": lambda: models_live(settings),
        "policies-job": lambda: policies_on_the_job(settings, records, users, rounds),
    }
    chosen = only or list(parts)
    wrong = sorted(set(chosen) - parts.keys())
    if wrong:
        raise typer.BadParameter(f"--only: found {', '.join(wrong)}, allowed: {', '.join(parts)}")
    if set(chosen) - _WITHOUT_STACK - {"faults"}:  # which brings its own
        cluster.ready_stack(settings)
    now = datetime.now(UTC)
    result: dict[str, Any] = {"at": now.isoformat("T", "seconds"), "machine": machine()}
    for name in chosen:
        console.print(f"[bold]{name}[/bold] …")
        result[name] = parts[name]()
        console.print_json(json.dumps(result[name]))
    console.print(f"Kept in bench/results/{keep('job', result)}")


def policies_on_the_job(
    settings: Settings, records: int, users: int, rounds: int
) -> dict[str, Any]:
    """The built-in policy against the first version's on the cluster, turn about."""
    runs: dict[str, list[int]] = {"first": [], "default": []}
    for _ in range(rounds):
        for name, policy in (("first", first_policy()), ("default", DEFAULT_POLICY)):
            knowledge = {POLICY_KEY: msgspec.json.encode(policy)}
            run = cluster.full_speed(settings, "hashmap", records, users, knowledge=knowledge)
            runs[name].append(run["records_per_s"])
            console.print(f"  {name}: {run['records_per_s']} records/s")
    ratios = [ours / first for ours, first in zip(runs["default"], runs["first"], strict=True)]
    return {
        "records": records,
        "records_per_s": {name: round(median(each)) for name, each in runs.items()},
        "ratio": round(median(ratios), 3),
        "ratio_of_each_round": [round(each, 3) for each in ratios],
    }


def repeated(
    settings: Settings, backend: str, records: int, users: int, rounds: int
) -> dict[str, Any]:
    """The run of the median speed, with the speeds of all."""
    runs = [cluster.full_speed(settings, backend, records, users) for _ in range(rounds)]
    runs.sort(key=lambda run: run["records_per_s"])
    return runs[len(runs) // 2] | {
        "records_per_s_of_each_run": [run["records_per_s"] for run in runs],
        "cpu_s_per_million_of_each_run": [run["cpu_s_per_million"] for run in runs],
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on, and of what."""
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "commit": version.stdout.strip(),
    }


if __name__ == "__main__":
    app()
