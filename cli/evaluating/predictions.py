"""`tactful evaluate predictions`: AUC, log loss and calibration of a column of probabilities."""

from pathlib import Path

import numpy as np

from cli.evaluating.columns import numbers, read_columns
from cli.evaluating.pictures import draw_calibration
from cli.evaluating.saying import number, percent, spread, warn, write_json
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import (
    Caution,
    Doubt,
    EvaluationError,
    auc,
    calibration,
    expected_calibration_error,
    log_loss,
)


def run(
    log: Path,
    label: str,
    score: str,
    bins: int,
    confidence: float,
    output: Path | None,
    plot: Path | None,
) -> None:
    """Read, measure, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    frame = read_columns(log, [label, score])
    labels, scores = numbers(frame, label), numbers(frame, score)
    there = np.isfinite(labels) & np.isfinite(scores)
    if not there.any():
        raise InputError(f"LOG: {log}: found no rows with {label} and {score}, allowed: some")
    cautions = []
    if not there.all():
        cautions.append(
            Caution(
                Doubt.REWARD_UNUSABLE,
                f"{int((~there).sum()):,} of {len(there):,} rows lack one of both and are left out",
            )
        )
    labels, scores = labels[there], scores[there]
    try:
        found = calibration(labels, scores, bins, confidence)
        measures = {
            "auc": auc(labels, scores),
            "log_loss": log_loss(labels, scores),
            "log_loss_of_the_mean": log_loss(labels, np.full(len(labels), labels.mean())),
            "expected_calibration_error": expected_calibration_error(found),
        }
    except EvaluationError as error:
        raise InputError(f"evaluate: {error}") from None
    screen = Screen()
    screen.table(
        f"Predictions of {label} by {score}, {len(labels):,} rows",
        ["measure", "value"],
        [[name.replace("_", " "), number(value)] for name, value in measures.items()],
    )
    screen.table(
        "Calibration",
        ["rows", "predicted", "observed", f"{percent(confidence)} interval"],
        [
            [f"{b.rows:,}", number(b.predicted), number(b.observed), spread(b.low, b.high)]
            for b in found
        ],
    )
    warn(cautions)
    write_json(
        output,
        {
            "log": str(log),
            "rows": len(labels),
            "measures": {k: v if np.isfinite(v) else None for k, v in measures.items()},
            "calibration": found,
            "cautions": cautions,
        },
    )
    if plot is not None:
        draw_calibration(plot, found, f"{score} against {label}, {len(labels):,} rows")
