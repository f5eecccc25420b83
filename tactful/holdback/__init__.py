"""Holdback: a random share of users who never get a type, to tell what the type is worth.

Who is held back follows from a hash of (salt, user, type): the same for ever and in any replay, as
likely for each user, and independent of every other type, salt and draw. What control and treated
do afterwards is compared by `tactful.labels` and the uplift model.
"""

from tactful.holdback.groups import CONTROL, TREATED, group_of
from tactful.holdback.trials import MAX_TRIALS, begun, has_begun

__all__ = ["CONTROL", "MAX_TRIALS", "TREATED", "begun", "group_of", "has_begun"]
