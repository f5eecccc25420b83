"""Evaluates policies, holdbacks and predictions from logs; the decision path uses none of it."""

from tactful.evaluation.estimate import Estimate, Interval, Method, ratio
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.feedback import Feedback, Target
from tactful.evaluation.hour_models import GlobalHours, ShrunkHours, Staying, VisitRhythm
from tactful.evaluation.hours import Opens, Past, Predict, Scored, score
from tactful.evaluation.policy_value import (
    Estimator,
    Intervals,
    Report,
    doubly_robust,
    evaluate,
    ips,
    snips,
)
from tactful.evaluation.predictions import (
    Bin,
    Measures,
    auc,
    auc_estimate,
    calibration,
    expected_calibration_error,
    log_loss,
    measures,
    top_k_hits,
)
from tactful.evaluation.rewards import ActionMeans, LogisticRewards, RewardModel, RidgeRewards
from tactful.evaluation.sequence import Path, UpliftSequence, path
from tactful.evaluation.targets import (
    LoggedTarget,
    MatrixTarget,
    TableTarget,
    always,
    frequencies,
    table,
    uniform,
)
from tactful.evaluation.trust import Caution, Doubt, Limits, effective
from tactful.evaluation.uplift import Uplift, shares_off, uplift

__all__ = [
    "ActionMeans",
    "Bin",
    "Caution",
    "Doubt",
    "Estimate",
    "Estimator",
    "EvaluationError",
    "Feedback",
    "GlobalHours",
    "Interval",
    "Intervals",
    "Limits",
    "LoggedTarget",
    "LogisticRewards",
    "MatrixTarget",
    "Measures",
    "Method",
    "Opens",
    "Past",
    "Path",
    "Predict",
    "Report",
    "RewardModel",
    "RidgeRewards",
    "Scored",
    "ShrunkHours",
    "Staying",
    "TableTarget",
    "Target",
    "Uplift",
    "UpliftSequence",
    "VisitRhythm",
    "always",
    "auc",
    "auc_estimate",
    "calibration",
    "doubly_robust",
    "effective",
    "evaluate",
    "expected_calibration_error",
    "frequencies",
    "ips",
    "log_loss",
    "measures",
    "path",
    "ratio",
    "score",
    "shares_off",
    "snips",
    "table",
    "top_k_hits",
    "uniform",
    "uplift",
]
