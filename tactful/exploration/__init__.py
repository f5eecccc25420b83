"""Exploration: now and then another option than the best, with a probability that is known.

Only what was tried can be learned from. An option is drawn from a softmax over the options'
utilities with a floor under each probability, so that a policy compared later on the log can weigh
what happened by how likely it was (Horvitz & Thompson 1952; a floor bounds those weights).
"""

from tactful.exploration.softmax import Draw, draw, probabilities

__all__ = ["Draw", "draw", "probabilities"]
