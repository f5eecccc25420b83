"""How often the user engages on a channel: decayed counts, and the posterior mean."""

from dataclasses import dataclass

from tactful.policy import Policy
from tactful.records import Outcome

ENGAGING = {Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED}


@dataclass
class Weights:
    """Sends and engagements on one channel, decayed up to a moment."""

    sent: float = 0.0
    engaged: float = 0.0
    at_ms: int = 0

    def decay_to(self, at_ms: int, half_life_ms: int) -> None:
        if at_ms > self.at_ms:
            factor = 0.5 ** ((at_ms - self.at_ms) / half_life_ms)
            self.sent, self.engaged, self.at_ms = self.sent * factor, self.engaged * factor, at_ms


class ReferenceEngagement:
    """Weights by channel."""

    def __init__(self) -> None:
        self._weights: dict[str, Weights] = {}

    def sent(self, channel: str, policy: Policy, now_ms: int) -> None:
        weights = self._weights.setdefault(channel, Weights())
        weights.decay_to(now_ms, policy.engagement.half_life_ms)
        weights.sent += 1.0

    def engaged(self, channel: str, policy: Policy, now_ms: int) -> None:
        weights = self._weights[channel]
        weights.decay_to(now_ms, policy.engagement.half_life_ms)
        weights.engaged = min(weights.engaged + 1.0, weights.sent)

    def prob(self, channel: str, policy: Policy, now_ms: int) -> float:
        """The posterior mean of a Beta prior worth `kappa` sends."""
        prior, kappa = policy.channels[channel].engage_prob, policy.engagement.kappa
        known = self._weights.get(channel, Weights())
        factor = 0.5 ** (max(0, now_ms - known.at_ms) / policy.engagement.half_life_ms)
        return (known.engaged * factor + kappa * prior) / (known.sent * factor + kappa)
