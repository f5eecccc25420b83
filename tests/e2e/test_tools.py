"""A person's commands on the real stack: the demo, then send, watch, explain and load."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.broker import Reader
from cli.pipeline import DECIDE, PROFILES
from deploy.connections import kafka_of
from deploy.local.flink import Flink
from deploy.local.stack import Stack

pytestmark = pytest.mark.e2e

PREFIX = f"tools-{os.getpid()}"  # a stack that is kept has the records of earlier runs
MAPPING = """
records:
  - kind: event
    fields:
      id: "e-{line}"
      user_id: "{user}"
      name: app_open
      at_ms: {time: {column: at, format: epoch_s}}
"""


class Commands:
    """`tactful` as a program of its own, without a terminal."""

    def __init__(self, stack: Stack) -> None:
        self.settings = stack.settings.model_copy(update={"topic_prefix": PREFIX})
        self._environment = {**os.environ, **self.settings.environment()}

    def run(self, *args: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *args],
            cwd=self.settings.root,
            env=self._environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )


def be_awake(tactful: Commands, user: str) -> None:
    """Quiet hours that are far from now, whenever the test runs."""
    hour = (datetime.now(UTC).hour + 12) % 24
    quiet = {"quiet_hours": {"start": f"{hour:02}:00", "end": f"{hour:02}:30"}}
    done = tactful.run(
        *("send", "profile-update", "-u", user, "--time-zone", "UTC"),
        *("--preferences", json.dumps(quiet)),
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tactful(stack: Stack) -> Iterator[Commands]:
    commands = Commands(stack)
    yield commands
    flink = Flink(commands.settings)
    job = flink.running(f"{DECIDE}-{PREFIX}")
    if job is not None:
        flink.cancel(job.id)
    stack.stop_part(f"{PROFILES}-{PREFIX}")


@pytest.fixture(scope="module")
def demo(tactful: Commands) -> str:
    done = tactful.run("demo", "--seconds", "10", "--people", "60", "--seed", "3")
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_demo_decides_answers_and_tells_where_to_look_next(demo: str) -> None:
    assert "60 users are known" in demo
    assert " verdicts\n  verdict " in demo
    assert "notifications sent\n" in demo
    assert "Dead letters: undecodable 2, unkeyed 1, wrong_key 1" in demo
    sent = demo.split("Sent to Kafka: ")[1]
    assert int(sent.split("feedback ")[1].split(",")[0].replace(",", "")) > 0
    assert int(demo.partition("Profiles in Cassandra: ")[2].partition(".")[0]) >= 60
    assert "\x1b" not in demo, "without a terminal nothing is coloured"
    for hint in ("tactful explain user-", "tactful watch", "tactful send", "tactful down"):
        assert hint in demo


def test_the_story_that_the_demo_proposes_can_be_told(demo: str, tactful: Commands) -> None:
    user = demo.partition("tactful explain ")[2].split(maxsplit=1)[0]
    told = tactful.run("explain", user, "--json")
    assert told.returncode == 0, told.stderr
    story = json.loads(told.stdout)
    assert story["user_id"] == user
    assert story["time_zone"] is not None
    assert {e["verdict"] for e in story["ledger"]} >= {"send"}
    assert story["feedback"]


def test_a_request_can_be_followed_to_its_verdict_and_explained(
    demo: str,  # noqa: ARG001 - the job runs since then
    tactful: Commands,
) -> None:
    sent = tactful.run(
        *("send", "request", "-u", "by-hand", "-t", "security_alert", "--priority", "critical"),
        *("--channels", "in_app", "--id", "r-by-hand", "--wait", "--timeout", "120"),
    )
    assert sent.returncode == 0, sent.stderr
    assert f"of user by-hand -> {PREFIX}.requests, partition " in sent.stdout
    assert "r-by-hand was sent on in_app" in sent.stdout
    answered = tactful.run(
        *("send", "feedback", "-u", "by-hand", "--request", "r-by-hand"),
        *("--channel", "in_app", "--outcome", "clicked"),
    )
    assert answered.returncode == 0, answered.stderr
    for who in ("by-hand", "r-by-hand"):
        told = tactful.run("explain", who).stdout
        assert "security_alert r-by-hand was asked for with priority critical" in told
        assert "in_app: score " in told
        assert "r-by-hand was clicked (in_app)." in told


def test_what_is_held_goes_to_its_own_user_when_its_time_comes(
    demo: str,  # noqa: ARG001 - the job runs since then
    tactful: Commands,
) -> None:
    be_awake(tactful, "waits")
    sent = tactful.run(
        *("send", "request", "-u", "waits", "-t", "order_update", "--priority", "high"),
        *("--channels", "in_app", "--id", "r-waits", "--not-before", "+3s", "--wait"),
        *("--timeout", "120"),
    )
    assert sent.returncode == 0, sent.stderr
    _, held, final = sent.stdout.splitlines()
    assert held.endswith("[hold, not_before]")
    assert final.startswith("order_update r-waits was sent on in_app")


def test_what_nobody_knows_is_said_with_a_hint(demo: str, tactful: Commands) -> None:  # noqa: ARG001
    told = tactful.run("explain", "nobody")
    assert told.returncode == 1
    assert "Nothing is known of 'nobody'" in told.stderr
    assert told.stdout == ""


def test_watching_prints_a_line_a_second_and_ends(demo: str, tactful: Commands) -> None:  # noqa: ARG001
    watched = tactful.run("watch", "--seconds", "3")
    assert watched.returncode == 0, watched.stderr
    lines = watched.stdout.splitlines()
    assert lines
    assert all("verdicts/s " in line and "dead letters 4" in line for line in lines)


def test_a_log_is_written_at_its_own_times_in_order_within_each_partition(
    demo: str,  # noqa: ARG001 - the topics exist since then
    tactful: Commands,
    tmp_path: Path,
) -> None:
    # Recent times: the live job takes them. The rows stand in the wrong order on purpose.
    now_s = int(time.time())
    rows = [(f"logged-{n % 7}", now_s - (n * 37) % 1000) for n in range(200)]
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "log.csv").write_text("user,at\n" + "".join(f"{user},{at}\n" for user, at in rows))
    loaded = tactful.run("load", str(tmp_path / "log.csv"), "-m", str(tmp_path / "m.yaml"))
    assert loaded.returncode == 0, loaded.stderr
    assert "200 rows -> Kafka\n  events: 200\n" in loaded.stdout
    topic = f"{PREFIX}.events"
    with Reader(kafka_of(tactful.settings)) as reader:
        count = reader.partitions()[topic]
        reader.assign([(topic, number) for number in range(count)])
        seen = [s for s in reader.backlog() if (s.key or b"").startswith(b"logged-")]
    assert sorted(s.written_ms for s in seen) == sorted(at * 1000 for _, at in rows)
    for number in range(count):
        times = [s.written_ms for s in seen if s.partition == number]
        assert times == sorted(times)


def test_a_job_that_was_stopped_goes_on_with_what_it_knew(
    demo: str,  # noqa: ARG001 - the job runs since then
    tactful: Commands,
) -> None:
    be_awake(tactful, "stays")
    asked = tactful.run(
        *("send", "request", "-u", "stays", "-t", "order_update", "--priority", "high"),
        *("--channels", "in_app", "--id", "r-stays", "--not-before", "+20s", "--wait"),
        *("--timeout", "10"),
    )
    assert "[hold, not_before]" in asked.stdout, asked.stderr
    stopped = tactful.run("decide", "--stop")
    assert stopped.returncode == 0, stopped.stderr
    assert "savepoint" in stopped.stdout
    assert "It did not run." in tactful.run("decide", "--stop").stdout
    assert tactful.run("decide").returncode == 0
    told = eventually(
        lambda: tactful.run("explain", "r-stays").stdout, "r-stays was sent on in_app"
    )
    assert told.count("r-stays was sent on in_app") == 1


def eventually(ask: Callable[[], str], wanted: str, timeout_s: float = 120.0) -> str:
    deadline_s = time.monotonic() + timeout_s
    while wanted not in (told := ask()):
        assert time.monotonic() < deadline_s, told
    return told
