"""`tactful simulate`: the report, going on where it stopped, and its errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.simulating import seeds
from cli.simulating.seeds import Comparison
from tactful.learning import Trainer
from tactful.records import Decision, Event, Outcome, Priority, Request
from tactful.simulator.world.learning import Learned
from tactful.simulator.world.running import BASELINE, COLD, ORACLE, POLICIES, run_policy
from tactful.simulator.world.world import Plan, World

SMALL = ("--users", "20", "--days", "13", "--drift-day", "6", "--jobs", "1")


def simulate(*args: str) -> Any:
    return CliRunner().invoke(app, ["simulate", *args])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    found = simulate("--seeds", "2", *SMALL, "--output", str(folder))
    assert found.exit_code == 0, found.output
    assert "engagements a user and day, against the baseline" in found.output
    assert f"The report: {folder / 'report.html'}" in found.output
    return folder


def test_the_report_has_every_policy_target_and_picture(report: Path) -> None:
    page = (report / "report.html").read_text()
    for policy in POLICIES:
        assert policy in page
    pictures = sorted(path.name for path in report.glob("*.svg"))
    assert len(pictures) == 6
    for name in pictures:
        assert f'src="{name}"' in page
        assert (report / name).stat().st_size < 200_000
        assert (report / name).with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    summary = json.loads((report / "summary.json").read_text())
    assert set(summary["figures"]) == set(POLICIES)
    assert len(summary["targets"]) == 7
    assert [seed[ORACLE]["seed"] for seed in summary["seeds"]] == [1, 2]
    assert summary["plan"]["users"] == 20
    assert summary["plan"]["refusal_cost"] == 40.0


def test_the_same_command_again_runs_nothing_and_gives_the_same(
    report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in report.iterdir() if path.is_file()}
    monkeypatch.setattr(seeds, "run_policy", None)
    found = simulate("--seeds", "2", *SMALL, "--output", str(report))
    assert found.exit_code == 0, found.output
    after = {path.name: path.read_bytes() for path in report.iterdir() if path.is_file()}
    assert after == before


def test_parts_of_other_worlds_and_broken_ones_are_not_taken(tmp_path: Path) -> None:
    plan, other = Plan(1, 20, 4, None), Plan(1, 21, 4, None)
    parts = Comparison((plan,), (BASELINE,), 10, tmp_path).parts()
    outcome = run_policy(plan, BASELINE)
    parts.keep(plan, outcome)
    assert parts.outcome(plan, BASELINE) == outcome
    assert parts.outcome(other, BASELINE) is None
    priced = Comparison((plan,), (BASELINE,), 10, tmp_path, refusal_cost=10.0)
    assert priced.parts().outcome(plan, BASELINE) is None
    more = Comparison((plan,), (BASELINE,), 11, tmp_path)
    assert more.parts().outcome(plan, BASELINE) is None
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    assert parts.outcome(plan, BASELINE) is None
    assert parts.learned(plan) is None


def test_a_warm_up_whose_trainers_cant_be_read_is_not_taken(tmp_path: Path) -> None:
    plan = Plan(1, 20, 4, None)
    parts = Comparison((plan,), (BASELINE,), 10, tmp_path).parts()
    good = Learned({"rates": Trainer("rates").dumps()}, {})
    parts.keep_learned(plan, good)
    assert parts.learned(plan) == good
    parts.keep_learned(plan, Learned({"rates": b"another trainer"}, {}))
    assert parts.learned(plan) is None


def test_some_policies_alone_give_a_report_without_targets(tmp_path: Path) -> None:
    found = simulate(
        "--seeds", "2", "--users", "20", "--days", "5", "--jobs", "2", "--drift-day", "0",
        "--policy", "fixed caps", "--policy", COLD, "--output", str(tmp_path),
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert "wanted" not in found.output
    assert json.loads((tmp_path / "summary.json").read_text())["targets"] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--policy", "best"), "--policy: found 'best', allowed: send at once,"),
        (("--users", "25", "--output", "/proc/none"), "--output: /proc/none/parts: found"),
        (("--through", "kafka", "--days", "5"), "--through kafka: found --days, allowed"),
    ],
)
def test_mistakes_are_told_in_a_line(args: tuple[str, ...], said: str) -> None:
    found = simulate(*args)
    assert found.exit_code == 1
    assert said in found.output + found.stderr
    assert "Traceback" not in found.output


def test_a_day_of_the_world_passes_in_the_time_there_is() -> None:
    from cli.simulating.live import WorldCrowd

    world = World(Plan(2, 30, 2, None))
    crowd = WorldCrowd(world)
    start_ms, duration_ms = 1_800_000_000_000, 60_000
    assert len({opening.id for opening in crowd.openings(start_ms)}) == 30
    records = list(crowd.traffic(start_ms, duration_ms))
    assert [r.at_ms for r in records] == sorted(r.at_ms for r in records)
    assert all(start_ms <= r.at_ms < start_ms + duration_ms for r in records)
    assert {type(record) for record in records} == {Event, Request}
    asked = [record for record in records if isinstance(record, Request)]
    outcomes = set()
    for request in asked:
        decision = Decision(
            decision_id=request.id,
            request_id=request.id,
            user_id=request.user_id,
            type=request.type,
            channel="email",
            priority=Priority.NORMAL,
            decided_at_ms=request.at_ms + 100,
            deliver_by_ms=request.at_ms,
            score=0.1,
            propensity=1.0,
            explanation="",
            policy_version="p",
            model_versions={},
        )
        for due in crowd.answers(decision):
            assert due.at_ms >= decision.decided_at_ms
            outcomes.add(getattr(due.record, "outcome", None))
    assert {Outcome.DELIVERED, Outcome.OPENED} <= outcomes
