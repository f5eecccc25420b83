"""Verdicts as sentences, for the `explanation` of decisions and the ledger."""

from tactful.composer.held import Held
from tactful.composer.plan import Option, Plan
from tactful.constraints import Ask
from tactful.local_time import format_local
from tactful.records import Reason, Scoring, Verdict
from tactful.scoring.told import in_words


def explain(plan: Plan, ask: Ask, sent: Held | None = None, scoring: Scoring | None = None) -> str:
    """Why this verdict, in one sentence, with local times.

    Args:
        plan: the verdict.
        ask: the request it is about.
        sent: what is sent, for a send.
        scoring: what the models saw of the option, where there are any.
    """
    if plan.verdict is Verdict.SEND:
        return _sent(plan, ask, sent, scoring)
    if plan.verdict is Verdict.HOLD:
        return f"held until {_local(ask, plan.at_ms or 0)}: {_why(plan, ask, scoring)}"
    return f"not sent: {_why(plan, ask, scoring)}"


def _sent(plan: Plan, ask: Ask, sent: Held | None, scoring: Scoring | None) -> str:
    option = plan.option
    if plan.reason is Reason.EXPLORED:
        chance = 1.0 if sent is None else sent.propensity
        text = f"sent on {option.channel.name}, drawn with a chance of {chance:.1%} to learn from"
    else:
        text = (
            f"sent on {option.channel.name}, the best of {len(plan.options)} of "
            f"{len(plan.considered)} channels"
        )
    text += f" ({_expected(option, ask, scoring)})"
    if sent is not None and sent.merged:
        text += f", as a digest of {len(sent.merged) + 1}"
    if sent is not None and sent.why is not None:
        failed = "failed" if sent.why is Reason.FAILOVER else "was not opened"
        text += f", attempt {sent.attempt} after {sent.tried[-1]} {failed}"
    return f"{text}, at once because it is critical" if plan.reason is Reason.CRITICAL else text


def _expected(option: Option, ask: Ask, scoring: Scoring | None) -> str:
    """What is expected of a send, and what that rests on."""
    if scoring is not None:
        return in_words(scoring, option.channel.name, rates=ask.knowledge.rates is not None)
    assert option.estimate is not None
    return (
        f"engagement {option.estimate.prob:.1%}, {option.estimate.shrinkage_weight:.0%} of it from "
        "all users"
    )


def _why(plan: Plan, ask: Ask, scoring: Scoring | None) -> str:
    option = plan.option
    if plan.because is None:
        if plan.reason is Reason.EXPLORED:
            text = f"drawn to learn what {option.channel.name} is worth then"
        else:
            text = f"a better hour for {option.channel.name}"
        return text if scoring is None else f"{text} ({_expected(option, ask, scoring)})"
    text = plan.because.because(ask, option.channel, ask.now_ms)
    if plan.also:
        text += " (and " + ", ".join(each.reason.replace("_", " ") for each in plan.also) + ")"
    if plan.verdict is Verdict.SUPPRESS and plan.because.timed:
        text += f", and it expires {_local(ask, ask.expires_ms)}"
    earliest_ms = option.moment.earliest_ms
    if plan.at_ms is not None and earliest_ms is not None and plan.at_ms > earliest_ms:
        text += f"; allowed from {_local(ask, earliest_ms)}, then for a better hour"
    return text + _otherwise(plan, ask)


def _otherwise(plan: Plan, ask: Ask) -> str:
    """What would have been decided without the constraints that bind."""
    other = plan.otherwise
    if other is None:
        return ""
    if other.at_ms <= ask.now_ms:
        return f"; without that it would go now on {other.channel.name}"
    return f"; without that it would go {_local(ask, other.at_ms)} on {other.channel.name}"


def _local(ask: Ask, at_ms: int) -> str:
    zone = ask.zone.key if ask.own_zone else f"{ask.zone.key}, the default zone"
    return f"{format_local(ask.zone, at_ms)} ({zone})"
