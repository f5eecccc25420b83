"""`tactful evaluate predictions`: AUC, log loss, Brier score, calibration of probabilities."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cli.evaluating.columns import numbers, read_columns, words
from cli.evaluating.pictures import draw_calibration
from cli.evaluating.saying import cells, number, percent, spread, warn, write_json
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import (
    Bin,
    Caution,
    Doubt,
    EvaluationError,
    Intervals,
    Measures,
    calibration,
    expected_calibration_error,
    measures,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    log: Path
    label: str
    score: str
    units: str | None
    bins: int
    confidence: float
    seed: int


def run(asked: Asked, output: Path | None, plot: Path | None) -> None:
    """Read, measure, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    frame = read_columns(
        asked.log, [asked.label, asked.score, *([asked.units] if asked.units else [])]
    )
    labels, scores = numbers(frame, asked.label), numbers(frame, asked.score)
    there = np.isfinite(labels) & np.isfinite(scores)
    if not there.any():
        raise InputError(
            f"LOG: {asked.log}: found no rows with {asked.label} and {asked.score}, allowed: some"
        )
    cautions = []
    if not there.all():
        cautions.append(
            Caution(
                Doubt.REWARD_UNUSABLE,
                f"{int((~there).sum()):,} of {len(there):,} rows lack one of both and are left out",
            )
        )
    labels, scores = labels[there], scores[there]
    units = None
    if asked.units is not None:
        users = words(frame, asked.units)[there]
        units = np.asarray(pd.factorize(users)[0], dtype=np.int64)
    try:
        bins = calibration(labels, scores, asked.bins, asked.confidence)
        found = measures(
            labels, scores, units, Intervals(confidence=asked.confidence, seed=asked.seed)
        )
    except EvaluationError as error:
        raise InputError(f"evaluate: {error}") from None
    _say(asked, found, bins, len(labels))
    warn(cautions)
    write_json(
        output,
        {
            "log": str(asked.log),
            "rows": len(labels),
            "measures": found,
            "expected_calibration_error": expected_calibration_error(bins),
            "calibration": bins,
            "cautions": cautions,
        },
    )
    if plot is not None:
        draw_calibration(plot, bins, f"{asked.score} against {asked.label}, {len(labels):,} rows")


def _say(asked: Asked, found: Measures, bins: list[Bin], rows: int) -> None:
    screen = Screen()
    level = percent(asked.confidence)
    screen.table(
        f"Predictions of {asked.label} by {asked.score}, {rows:,} rows",
        ["measure", "value", "standard error", f"{level} interval"],
        [
            ["auc", *(["-"] * 3 if found.auc is None else cells(found.auc))],
            ["log loss", *cells(found.log_loss)],
            ["brier score", *cells(found.brier)],
            ["log loss of the mean", number(found.log_loss_of_the_mean), "", ""],
            ["brier score of the mean", number(found.brier_of_the_mean), "", ""],
            ["log loss gained over the mean", *cells(found.log_loss_gain)],
            ["expected calibration error", number(expected_calibration_error(bins)), "", ""],
        ],
    )
    screen.table(
        "Calibration",
        ["rows", "predicted", "observed", f"{level} interval"],
        [
            [f"{b.rows:,}", number(b.predicted), number(b.observed), spread(b.low, b.high)]
            for b in bins
        ],
    )
