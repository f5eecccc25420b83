"""`tactful evaluate` on small logs: tables, warnings, JSON, pictures, and curable mistakes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli.main import app

POLICY = ("--action", "channel", "--reward", "opened", "--propensity", "prob")


def run(*args: object) -> Any:
    return CliRunner().invoke(app, ("evaluate", *map(str, args)))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    rows = 3000
    place = rng.integers(0, 2, rows)
    email = rng.random(rows) < 0.5
    rates = np.where(email, 0.4, np.where(place == 1, 0.3, 0.1))
    frame = pd.DataFrame(
        {
            "channel": np.where(email, "email", "push"),
            "prob": 0.5,
            "opened": rng.random(rows) < rates,
            "place": np.where(place == 1, "home", "away"),
            "user": rng.integers(0, 500, rows),
            "age": rng.normal(40, 10, rows).round(),
            "mine": np.where(email, 0.9, 0.1),
        }
    )
    path = tmp_path / "log.csv"
    frame.to_csv(path, index=False)
    return path


def value(result: Any, name: str) -> float:
    assert result.exit_code == 0, result.output
    (line,) = (line for line in result.stdout.splitlines() if line.strip().startswith(name))
    return float(line.removeprefix("  " + name).split()[0])


def test_a_uniform_target_is_estimated_three_ways(log: Path) -> None:
    result = run("policy", log, *POLICY, "--target", "uniform")
    for name in ("log's own policy", "ips", "snips", "doubly robust"):
        assert value(result, name) == pytest.approx(0.3, abs=0.04)
    assert "3,000 of 3,000 rows used; effective sample size 3,000 (100.0%)" in result.stdout
    assert result.stdout.endswith("No warnings.\n")
    assert result.stderr == ""


def test_one_action_always_is_worth_what_it_earns(log: Path) -> None:
    assert value(run("policy", log, *POLICY, "--target", "only:email"), "snips") == pytest.approx(
        0.4, abs=0.04
    )
    result = run("policy", log, *POLICY, "--target", "only:sms")
    assert result.stderr == (
        "error: --target: found only:sms, allowed: only: with one of email, push\n"
    )


def test_a_column_gives_the_probabilities_row_by_row(log: Path) -> None:
    result = run("policy", log, *POLICY, "--target", "column:mine")
    assert value(result, "snips") == pytest.approx(0.9 * 0.4 + 0.1 * 0.2, abs=0.05)
    assert "doubly robust" not in result.stdout
    result = run(
        "policy", log, *POLICY, "--target", "column:mine", "--model", "ridge", "--features", "age"
    )
    assert "allowed: without one, as doubly robust needs" in result.stderr


def test_a_table_tells_the_target_in_each_situation(log: Path, tmp_path: Path) -> None:
    table = tmp_path / "target.csv"
    table.write_text("channel,place,probability\npush,home,1\nemail,home,0\nemail,away,1\n")
    result = run("policy", log, *POLICY, "--target", table, "--given", "place")
    assert value(result, "snips") == pytest.approx((0.3 + 0.4) / 2, abs=0.05)
    table.write_text("channel,place,probability\npush,home,1\nemail,away,0.5\n")
    result = run("policy", log, *POLICY, "--target", table, "--given", "place")
    assert result.exit_code == 1
    assert "sum to 0.5" in result.stderr


def test_another_log_is_a_target_and_tells_its_own_value(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("channel,opened\n" + "email,1\nemail,0\nemail,0\npush,0\n" * 50)
    result = run("policy", log, *POLICY, "--target", other)
    assert value(result, "snips") == pytest.approx(0.75 * 0.4 + 0.25 * 0.2, abs=0.05)
    assert value(result, "target's own log") == 0.25


def test_an_action_that_the_log_never_shows_is_an_error_or_a_warning(
    log: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("channel\nemail\nsms\n")
    result = run("policy", log, *POLICY, "--target", other)
    assert result.exit_code == 1
    assert "found 1 actions that log.csv never shows (such as 'sms')" in result.stderr
    result = run("policy", log, *POLICY, "--target", other, "--actions", 3)
    assert result.exit_code == 0
    assert "warning: support_violated: the target puts 50.0%" in result.stderr
    assert "No warnings" not in result.stdout


@pytest.mark.parametrize("model", ["ridge", "logistic"])
def test_features_of_numbers_and_words_serve_a_model(log: Path, model: str) -> None:
    options = ("--model", model, "--features", "place", "--features", "age", "--units", "user")
    result = run("policy", log, *POLICY, "--target", "only:push", *options)
    assert value(result, "doubly robust") == pytest.approx(0.2, abs=0.04)
    refused = run("policy", log, *POLICY, "--target", "uniform", "--model", model)
    assert refused.stderr == (
        f"error: --model: found {model} without --features, allowed: with some\n"
    )


def test_rows_of_the_same_user_widen_the_interval(log: Path) -> None:
    frame = pd.read_csv(log)
    pd.concat([frame] * 4).to_csv(log, index=False)
    widths = []
    frame = pd.concat([frame.assign(user=range(len(frame)))] * 4)
    frame.to_csv(log, index=False)
    for options in ((), ("--units", "user")):
        out = log.with_suffix(".json")
        run(
            *("policy", log, *POLICY, "--target", "uniform", "--interval", "normal"),
            *("--output", out, *options),
        )
        found = json.loads(out.read_text())["report"]["estimates"]["ips"]
        widths.append(found["interval"]["high"] - found["interval"]["low"])
        assert found["interval"]["method"] == "normal"
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)


def test_parquet_and_csv_say_the_same(log: Path) -> None:
    parquet = log.with_suffix(".parquet")
    pd.read_csv(log).to_parquet(parquet)
    first = run("policy", log, *POLICY, "--target", "uniform", "--given", "place").stdout
    second = run("policy", parquet, *POLICY, "--target", "uniform", "--given", "place").stdout
    assert first.splitlines()[1:] == second.splitlines()[1:]


def test_missing_propensities_are_left_out_with_a_warning(log: Path) -> None:
    frame = pd.read_csv(log)
    frame.loc[:29, "prob"] = None
    frame.to_csv(log, index=False)
    result = run("policy", log, *POLICY, "--target", "uniform")
    assert "2,970 of 3,000 rows used" in result.stdout
    assert "warning: propensity_unusable: 30 of 3,000 rows" in result.stderr


def test_rows_left_out_take_their_features_with_them(log: Path) -> None:
    frame = pd.read_csv(log)
    frame.loc[:29, "prob"] = 0
    frame.to_csv(log, index=False)
    result = run(
        *("policy", log, *POLICY, "--target", "uniform", "--model", "ridge", "--features", "age")
    )
    assert value(result, "doubly robust") == pytest.approx(0.3, abs=0.04)


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    rows = 6000
    arm = rng.choice(["none", "mail", "push"], rows)
    rates = pd.Series(arm).map({"none": 0.1, "mail": 0.2, "push": 0.1}).to_numpy()
    visited = rng.random(rows) < rates
    path = tmp_path / "campaign.csv.gz"
    frame = pd.DataFrame(
        {"arm": arm, "visit": visited.astype(int), "spend": visited * rng.gamma(9, 2, rows)}
    )
    frame.to_csv(path, index=False)
    return path


UPLIFT = ("--group", "arm", "--control", "none", "--outcome", "visit")


def test_each_group_is_held_against_the_holdback(campaign: Path, tmp_path: Path) -> None:
    out = tmp_path / "uplift.json"
    result = run("uplift", campaign, *UPLIFT, "--outcome", "spend", "--output", out)
    assert result.exit_code == 0, result.output
    found = {(u["group"], u["outcome"]): u for u in json.loads(out.read_text())["uplifts"]}
    assert set(found) == {(g, o) for g in ("mail", "push") for o in ("visit", "spend")}
    mail, push = found["mail", "visit"], found["push", "visit"]
    assert mail["difference"]["interval"]["low"] < 0.1 < mail["difference"]["interval"]["high"]
    assert push["sequence"]["low"] < 0 < push["sequence"]["high"]
    assert push["sequence_leaves_out_zero_from_row"] is None
    assert 0 < mail["sequence_leaves_out_zero_from_row"] < 4000
    assert "Uplift of visit over 'none'" in result.stdout


def test_a_holdback_of_the_wrong_size_is_a_warning(campaign: Path) -> None:
    result = run("uplift", campaign, *UPLIFT, "--control-share", 0.1)
    assert result.exit_code == 0
    assert "warning: shares_off: the holdback has" in result.stderr
    assert "No warnings." in run("uplift", campaign, *UPLIFT, "--control-share", 1 / 3).stdout


def test_predictions_are_measured_and_binned(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    chances = rng.beta(2, 5, 4000)
    path, out = tmp_path / "scored.csv", tmp_path / "scored.json"
    pd.DataFrame({"p": chances, "y": rng.random(4000) < chances}).to_csv(path, index=False)
    result = run("predictions", path, "--label", "y", "--score", "p", "--output", out)
    assert result.exit_code == 0, result.output
    found = json.loads(out.read_text())
    measured = found["measures"]
    assert measured["log_loss"]["value"] < measured["log_loss_of_the_mean"]
    assert measured["brier"]["value"] < measured["brier_of_the_mean"]
    assert measured["log_loss_gain"]["interval"]["low"] > 0
    assert measured["auc"]["interval"]["low"] > 0.6
    assert len(found["calibration"]) == 10
    assert "Calibration" in result.stdout


def test_rows_of_the_same_user_widen_the_intervals_of_predictions(
    log: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(log)
    path, out = tmp_path / "twice.csv", tmp_path / "out.json"
    pd.concat([frame.assign(row=range(len(frame)))] * 2).to_csv(path, index=False)
    asked = ("predictions", path, "--label", "opened", "--score", "mine", "--output", out)
    errors = []
    for more in ((), ("--units", "row")):
        assert run(*asked, *more).exit_code == 0
        found = json.loads(out.read_text())["measures"]
        errors.append([found[name]["standard_error"] for name in ("auc", "log_loss", "brier")])
    assert np.array(errors[1]) / np.array(errors[0]) == pytest.approx(2**0.5, rel=0.01)


@pytest.fixture
def opens(tmp_path: Path) -> Path:
    """Two users for forty days: one at nine in the morning in Madrid, one at eight in Lima."""
    path = tmp_path / "opens.csv"
    lines = ["user,at,zone"]
    for day in range(1, 41):
        date = f"2026-{1 + (day - 1) // 28:02}-{1 + (day - 1) % 28:02}"
        lines += [f"a,{date}T08:15:00Z,Europe/Madrid", f"b,{date}T13:45:00Z,America/Lima"]
    path.write_text("\n".join(lines) + "\n")
    return path


HOURS = ("--user", "user", "--at", "at")


def test_hours_are_foretold_from_the_past_in_the_users_own_zone(
    opens: Path, tmp_path: Path
) -> None:
    out = tmp_path / "hours.json"
    result = run("hours", opens, *HOURS, "--zone", "column:zone", "--k", 1, "--output", out)
    assert result.exit_code == 0, result.output
    assert "all opens, 56 scored" in result.stdout
    found = json.loads(out.read_text())["found"]["all_opens"]
    assert found["own hours, shrunk"]["hit"]["value"] == 1.0
    assert found["visit rhythm"]["hit"]["value"] == 1.0
    # tied before each open of the first user, and that user's hour ahead before the other's
    assert found["global hours"]["hit"]["value"] == pytest.approx(0.25)


def test_hours_in_epoch_milliseconds_say_the_same(opens: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(opens)
    frame["at"] = pd.to_datetime(frame["at"], utc=True).astype("int64") // 10**6
    other = tmp_path / "ms.csv"
    frame.to_csv(other, index=False)
    said = [run("hours", path, *HOURS, "--zone", "Europe/Madrid") for path in (opens, other)]
    assert said[0].exit_code == 0, said[0].output
    assert said[0].stdout == said[1].stdout


def test_an_open_without_a_time_is_left_out_and_told(opens: Path) -> None:
    opens.write_text(opens.read_text() + "a,,Europe/Madrid\n")
    result = run("hours", opens, *HOURS)
    assert result.exit_code == 0
    assert "1 of 81 rows have no time and are left out" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--zone", "Europe/Nowhere"), "--zone: found 'Europe/Nowhere', allowed: a zone such as"),
        (("--at", "user"), "column user: found 'a' in row 1, allowed: an ISO time, or epoch"),
        (("--warm-up", 1), "evaluate: warm_up: found 1.0, allowed: 0 up to 1"),
    ],
)
def test_hours_that_cannot_be_read_are_one_line(
    opens: Path, args: tuple[object, ...], said: str
) -> None:
    result = run("hours", opens, *HOURS, *args)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_each_command_draws_a_picture_and_the_same_one_twice(
    log: Path, campaign: Path, opens: Path, tmp_path: Path, suffix: str
) -> None:
    signs = {"svg": b"<?xml", "png": b"\x89PNG"}
    commands = (
        ("policy", log, *POLICY, "--target", "uniform", "--interval", "normal"),
        ("uplift", campaign, *UPLIFT),
        ("predictions", log, "--label", "opened", "--score", "mine"),
        ("hours", opens, *HOURS),
    )
    for command in commands:
        drawn = []
        for number in range(2):
            picture = tmp_path / f"{number}.{suffix}"
            assert run(*command, "--plot", picture).exit_code == 0
            drawn.append(picture.read_bytes())
        assert drawn[0] == drawn[1]
        assert drawn[0].startswith(signs[suffix])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--action", "chanel"), "found no column 'chanel', allowed: channel, prob,"),
        (("--reward", "place"), "column place: found "),
        (("--propensity", "age"), "log: found 0 of 3000 rows with a propensity in (0, 1]"),
        (("--target", "nowhere.csv"), "--target: found 'nowhere.csv', allowed: uniform, only:"),
        (("--actions", 1), "--actions: found 1, allowed: 2 or more, as the log shows"),
        (("--confidence", 95), "confidence: found 95.0, allowed: between 0 and 1"),
        (("--features", "age"), "--features: found some with --model means"),
        (("--plot", "plot.gif"), "--plot: found plot.gif, allowed: a name that ends in"),
        (("--output", "/nowhere/at/all.json"), "--output: /nowhere/at/all.json: found No such"),
    ],
)
def test_what_a_person_can_cure_is_one_line(log: Path, args: tuple[object, ...], said: str) -> None:
    result = run("policy", log, *POLICY, "--target", "uniform", *args)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_wrong_control_or_a_missing_file_is_one_line(campaign: Path) -> None:
    result = run("uplift", campaign, "--group", "arm", "--control", "x", "--outcome", "visit")
    assert result.stderr == "error: --control: found 'x', allowed: one of mail, none, push\n"
    result = run("predictions", "none.csv", "--label", "y", "--score", "p")
    assert result.stderr == "error: LOG: none.csv: found No such file or directory\n"
