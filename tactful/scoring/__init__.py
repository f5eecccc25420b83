"""What the models expect of a user: the odds of an answer by channel and moment, and fatigue."""

from tactful.scoring.appeal import Appeal, Weariness
from tactful.scoring.linear import Linear

__all__ = ["Appeal", "Linear", "Weariness"]
