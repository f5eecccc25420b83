"""A simulated world whose truth is known, to measure policies against each other and the truth.

The truth is taken from the literature (docs/simulator.md), not from Tactful's formulas. All of it
follows from the seed: streams do not depend on what is sent, and the numbers that decide what comes
of a request belong to the request, so that all policies meet the same people in the same mood.
"""
