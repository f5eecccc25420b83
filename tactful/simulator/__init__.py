"""A small seeded population that acts, asks and answers, to try Tactful on before real users.

Everything follows from the seed and the times given: no clock, no global random numbers.
"""

from tactful.simulator.people import Person, opening_update, population
from tactful.simulator.reactions import reactions
from tactful.simulator.traffic import traffic

__all__ = ["Person", "opening_update", "population", "reactions", "traffic"]
