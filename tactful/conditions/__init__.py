"""Conditions of the policy: a small safe part of the expression language of `rule-engine`.

`country == "DE" and order.total > 50`: a name is looked up in the request's data, then among the
profile's attributes; `data`, `profile`, `request` and `event` name one of them for sure. What is
missing is null. A comparison that makes no sense (null > 50) holds neither way: not by itself, not
under `not`, and `and` or `or` go by their other side where that is enough.
"""

from tactful.conditions.evaluate import cancels, holds
from tactful.conditions.language import ConditionError, check

__all__ = ["ConditionError", "cancels", "check", "holds"]
