"""Evaluates policies, holdbacks and predictions from logs; the decision path uses none of it."""

from tactful.evaluation.estimate import Estimate, Interval, Method, ratio
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.feedback import Feedback, Target
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
    auc,
    calibration,
    expected_calibration_error,
    log_loss,
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
    "Interval",
    "Intervals",
    "Limits",
    "LoggedTarget",
    "LogisticRewards",
    "MatrixTarget",
    "Method",
    "Path",
    "Report",
    "RewardModel",
    "RidgeRewards",
    "TableTarget",
    "Target",
    "Uplift",
    "UpliftSequence",
    "always",
    "auc",
    "calibration",
    "doubly_robust",
    "effective",
    "evaluate",
    "expected_calibration_error",
    "frequencies",
    "ips",
    "log_loss",
    "path",
    "ratio",
    "shares_off",
    "snips",
    "table",
    "top_k_hits",
    "uniform",
    "uplift",
]
