"""Small worlds of logged decisions whose truth is known."""

from dataclasses import dataclass

import numpy as np

from tactful.evaluation import Feedback
from tactful.evaluation.estimate import Floats


@dataclass(frozen=True)
class World:
    """Rewards by action, the policy that logs, the policy asked about."""

    rates: Floats
    logging: Floats
    wanted: Floats

    @property
    def value(self) -> float:
        return float(self.wanted @ self.rates)

    def log(self, rows: int, seed: int) -> Feedback:
        rng = np.random.default_rng(seed)
        actions = rng.choice(len(self.rates), rows, p=self.logging)
        rewards = (rng.random(rows) < self.rates[actions]).astype(float)
        return Feedback(actions, rewards, self.logging[actions], len(self.rates))


MILD = World(
    rates=np.array([0.05, 0.1, 0.2, 0.3]),
    logging=np.array([0.4, 0.3, 0.2, 0.1]),
    wanted=np.array([0.1, 0.2, 0.3, 0.4]),
)
