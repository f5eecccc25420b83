"""Verdicts as sentences, for the `explanation` of decisions and the ledger."""

from tactful.composer.compose import Plan
from tactful.constraints import Ask
from tactful.local_time import format_local
from tactful.records import Reason, Verdict


def explain(plan: Plan, ask: Ask) -> str:
    """Why this verdict, in one sentence, with local times."""
    if plan.verdict is Verdict.SEND:
        return _sent(plan)
    if plan.verdict is Verdict.HOLD:
        return f"held until {_local(ask, plan.at_ms or 0)}: {_why(plan, ask)}"
    return f"not sent: {_why(plan, ask)}"


def _sent(plan: Plan) -> str:
    option = plan.option
    assert option is not None
    feasible = sum(not each.blocked_by or each.earliest_ms is not None for each in plan.considered)
    text = (
        f"sent on {option.channel.name}, the best of {feasible} of {len(plan.considered)} channels "
        f"(engagement {option.estimate.prob:.1%}, {option.estimate.shrinkage_weight:.0%} of it "
        "from all users)"
    )
    return f"{text}, at once because it is critical" if plan.reason is Reason.CRITICAL else text


def _why(plan: Plan, ask: Ask) -> str:
    option = plan.option
    assert option is not None
    if plan.because is None:
        return f"a better hour for {option.channel.name}"
    moment = ask.now_ms
    text = plan.because.because(ask, option.channel, moment)
    if plan.also:
        text += " (and " + ", ".join(each.reason.replace("_", " ") for each in plan.also) + ")"
    if plan.verdict is Verdict.SUPPRESS and plan.because.timed:
        text += f", and it expires {_local(ask, ask.expires_ms)}"
    return text


def _local(ask: Ask, at_ms: int) -> str:
    zone = ask.zone.key if ask.own_zone else f"{ask.zone.key}, the default zone"
    return f"{format_local(ask.zone, at_ms)} ({zone})"
