"""What a composition comes to: the channels' options, and the plan with its why."""

from typing import NamedTuple

from tactful.constraints import Constraint
from tactful.engagement.part import Estimate
from tactful.knowledge import Channel
from tactful.records import Considered, Counterfactual, Reason, Verdict


class Moment(NamedTuple):
    """From when on a channel could go.

    `movers` are the constraints that moved the earliest moment away from now (or past expiry, with
    `earliest_ms` None).
    """

    earliest_ms: int | None
    movers: tuple[Constraint, ...]


class Option(NamedTuple):
    """How one channel does.

    Attributes:
        estimate: the user's smoothed engagement rate there, None where a model scores.
        at_ms: the moment to choose.
        utility: what a send at that moment is worth.
    """

    channel: Channel
    estimate: Estimate | None
    moment: Moment
    blockers: tuple[Constraint, ...]
    at_ms: int
    utility: float


class Slot(NamedTuple):
    """A channel and a moment: what an exploration draws, and what it keeps to."""

    channel: str
    at_ms: int


class Plan(NamedTuple):
    """The verdict on a request, with its why.

    Attributes:
        at_ms: when to send (`send`: now; `hold`: then think again); None otherwise.
        option: the chosen channel, or the one that came nearest.
        options: all feasible options, the best first.
        also: further constraints that bind; the verdict would not change without `reason` alone
            when there are any.
        because: the binding constraint.
        otherwise: the option that would have been taken without those that bind.
    """

    verdict: Verdict
    reason: Reason
    at_ms: int | None
    option: Option
    options: list[Option]
    considered: list[Considered]
    also: tuple[Constraint, ...] = ()
    because: Constraint | None = None
    otherwise: Option | None = None

    @property
    def free_ms(self) -> int:
        """The earliest moment of any feasible channel, 0 without one."""
        return min((each.moment.earliest_ms or 0 for each in self.options), default=0)

    def counterfactual(self, now_ms: int) -> Counterfactual | None:
        """What would have been decided without the constraints that bind."""
        if self.because is None:
            return None
        if self.otherwise is None:
            return Counterfactual(self.because.reason, Verdict.SUPPRESS)
        verdict = Verdict.SEND if self.otherwise.at_ms <= now_ms else Verdict.HOLD
        return Counterfactual(
            self.because.reason, verdict, self.otherwise.channel.name, self.otherwise.at_ms
        )


def considered(option: Option) -> Considered:
    """How a channel did, for the ledger."""
    return Considered(
        channel=option.channel.name,
        score=round(max(0.0, option.utility), 6),
        earliest_ms=None if option.blockers else option.moment.earliest_ms,
        blocked_by=[each.reason for each in option.blockers or option.moment.movers],
    )
