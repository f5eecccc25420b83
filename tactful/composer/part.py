"""Part: decide each request, keep what is held, and decide it again when it is due.

What a send spends (the send log that caps read) is written in the same step as its verdict.
"""

from typing import Any

from tactful.composer import held
from tactful.composer.compose import Composer, Plan
from tactful.composer.held import Held
from tactful.composer.sentences import explain
from tactful.constraints import Ask
from tactful.constraints.base import expires_ms
from tactful.engagement import section as engagement_section
from tactful.engagement.part import record_send
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.ids import decision_id, mark
from tactful.knowledge import Channel, Kind
from tactful.local_time import format_local, zone_named
from tactful.profile import section as profile_section
from tactful.profile.part import REFUSALS
from tactful.records import (
    Considered,
    Decision,
    Event,
    Feedback,
    Input,
    LedgerEntry,
    ProfileUpdate,
    Reason,
    Request,
    Verdict,
    Wakeup,
)
from tactful.sends import log
from tactful.timing import Rhythm

HANDLES: tuple[type, ...] = (Event, Request, Feedback, ProfileUpdate, Wakeup)

_PROPENSITY = 1.0  # nothing is randomised yet: the best option is always taken


def handle(context: Context, record: Input) -> bool:
    """Decide what is due, then the record itself if it is a request."""
    queue = context.sections[Section.HELD]
    if queue:
        if type(record) is ProfileUpdate and record.erase:
            _cancel_all(context)
        else:
            due_ms = held.next_due_ms(queue)
            if type(record) is ProfileUpdate or (
                type(record) is Feedback and record.outcome in REFUSALS
            ):
                # What the user changed may free what waits, or end its wait.
                _decide_again(context, due_only=False)
            elif due_ms is not None and due_ms <= context.now_ms:
                _decide_again(context, due_only=True)
    if type(record) is Request:
        _decide_new(context, record)
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """When the first held request is due."""
    return held.next_due_ms(sections[Section.HELD])


def _decide_again(context: Context, *, due_only: bool) -> None:
    queue = held.unpack(context.sections[Section.HELD], context.user_id)
    due = [each for each in queue if not due_only or each.due_ms <= context.now_ms]
    for each in sorted(due, key=held.urgency):
        again = _decide(context, each)
        at = queue.index(each)
        if again is None:
            del queue[at]
        else:
            queue[at] = again
    context.write(Section.HELD, held.pack(queue))


def _decide_new(context: Context, request: Request) -> None:
    waiting = _decide(context, Held(request, context.now_ms, 0, 0.0, 0))
    if waiting is None:
        return
    queue = held.unpack(context.sections[Section.HELD], context.user_id)
    queue.append(waiting)
    while len(queue) > context.knowledge.policy.limits.held:
        loser = max(queue, key=held.urgency)
        queue.remove(loser)
        _close(
            context,
            loser.request,
            Verdict.SUPPRESS,
            Reason.OVERFLOW,
            f"not sent: {len(queue)} more urgent notifications already wait for the user",
        )
    context.write(Section.HELD, held.pack(queue))


def _cancel_all(context: Context) -> None:
    for each in held.unpack(context.sections[Section.HELD], context.user_id):
        _close(
            context, each.request, Verdict.CANCEL, Reason.ERASED, "cancelled: the user was erased"
        )
    context.write(Section.HELD, b"")


def _decide(context: Context, waiting: Held) -> Held | None:
    """Give a verdict; returns what to keep when it is a hold."""
    request = waiting.request
    kind = context.knowledge.kinds.get(request.type)
    if kind is None:
        _close(
            context,
            request,
            Verdict.SUPPRESS,
            Reason.UNKNOWN_TYPE,
            f"not sent: the policy has no type {request.type!r}",
        )
        return None
    expiry_ms = expires_ms(request, kind)
    if context.now_ms > expiry_ms:
        zone, _ = zone_named(
            profile_section.zone_name(context.sections[Section.PROFILE]),
            context.knowledge.policy.time_zone,
        )
        text = f"not sent: it expired {format_local(zone, expiry_ms)}"
        _close(context, request, Verdict.EXPIRE, Reason.EXPIRED, text)
        return None
    channels, unknown = _channels(request, kind)
    if not channels:
        text = f"not sent: type {kind.name} may use none of {', '.join(request.channels or [])}"
        _close(context, request, Verdict.SUPPRESS, Reason.UNKNOWN_CHANNEL, text, unknown)
        return None
    sections = context.sections
    ask = Ask(
        request,
        kind,
        context.now_ms,
        context.knowledge,
        profile_section.settings(sections[Section.PROFILE]),
        log.entries(sections[Section.SENDS]),
    )
    rhythm = Rhythm(sections[Section.ACTIVITY], context.now_ms, context.knowledge.policy.timing)
    engagement = engagement_section.unpack(sections[Section.ENGAGEMENT])
    plan = Composer(ask, channels, engagement, rhythm, waiting.first_ms).plan()
    return _commit(context, ask, plan, unknown, waiting)


def _channels(request: Request, kind: Kind) -> tuple[list[Channel], list[Considered]]:
    """The channels that the type and the request allow, and those that only the request names."""
    if request.channels is None:
        return list(kind.channels), []
    wanted = set(request.channels)
    allowed = [channel for channel in kind.channels if channel.name in wanted]
    unknown = sorted(wanted - {channel.name for channel in allowed})
    return allowed, [Considered(name, 0.0, None, [Reason.UNKNOWN_CHANNEL]) for name in unknown]


def _commit(
    context: Context, ask: Ask, plan: Plan, unknown: list[Considered], waiting: Held
) -> Held | None:
    if plan.verdict is Verdict.HOLD and plan.at_ms == waiting.due_ms:
        return waiting  # decided again to wait as long as before: nothing new to tell
    request = ask.request
    option = plan.option
    assert option is not None
    text = explain(plan, ask)
    score = round(max(0.0, min(option.utility, 1.0)), 6)
    sent = plan.verdict is Verdict.SEND
    if sent:
        key = decision_id(context.user_id, request.id)
        _send(context, ask, option.channel, key, score, text)
    _tell(
        context,
        request,
        plan.verdict,
        plan.reason,
        text,
        ask.expires_ms,
        channel=None if plan.at_ms is None else option.channel.name,
        score=None if plan.at_ms is None else score,
        propensity=_PROPENSITY if sent else None,
        also=[each.reason for each in plan.also],
        considered=plan.considered + unknown,
        reconsider_at_ms=plan.at_ms if plan.verdict is Verdict.HOLD else None,
    )
    if plan.verdict is not Verdict.HOLD:
        return None
    assert plan.at_ms is not None
    return Held(request, waiting.first_ms, plan.at_ms, score, waiting.holds + 1)


def _send(context: Context, ask: Ask, channel: Channel, key: str, score: float, text: str) -> None:
    request = ask.request
    now_ms = context.now_ms
    context.outputs.append(
        Decision(
            decision_id=key,
            request_id=request.id,
            user_id=context.user_id,
            type=request.type,
            channel=channel.name,
            priority=request.priority,
            decided_at_ms=now_ms,
            deliver_by_ms=min(ask.expires_ms, now_ms + channel.deliver_within_ms),
            score=score,
            propensity=_PROPENSITY,
            explanation=text,
            policy_version=context.knowledge.policy.version,
            model_versions=context.knowledge.model_versions,
            campaign=request.campaign,
            batch_key=request.batch_key,
            data=request.data,
        )
    )
    flags = ask.kind.purpose_bit | (0 if ask.critical else log.COUNTED_BIT)
    context.write(
        Section.SENDS,
        log.appended(
            context.sections[Section.SENDS],
            log.Sent(now_ms, ask.kind.tag, channel.tag, mark(key), flags),
            now_ms - context.knowledge.send_memory_ms - log.MAX_CLOCK_STEP_BACK_MS,
        ),
    )
    record_send(context, channel.name)


def _close(
    context: Context,
    request: Request,
    verdict: Verdict,
    reason: Reason,
    text: str,
    considered: list[Considered] | None = None,
) -> None:
    """A final verdict that no composition was needed for."""
    kind = context.knowledge.kinds.get(request.type)
    expiry_ms = expires_ms(request, kind) if kind else request.expires_at_ms or request.at_ms
    _tell(context, request, verdict, reason, text, expiry_ms, considered=considered or [])


def _tell(
    context: Context,
    request: Request,
    verdict: Verdict,
    reason: Reason,
    text: str,
    expiry_ms: int,
    **more: Any,
) -> None:
    """Write a verdict to the ledger; `more` are the fields that only a composition knows."""
    context.outputs.append(
        LedgerEntry(
            decision_id=decision_id(context.user_id, request.id),
            request_id=request.id,
            user_id=context.user_id,
            type=request.type,
            verdict=verdict,
            reason=reason,
            priority=request.priority,
            requested_at_ms=request.at_ms,
            decided_at_ms=context.now_ms,
            expires_at_ms=expiry_ms,
            explanation=text,
            policy_version=context.knowledge.policy.version,
            model_versions=context.knowledge.model_versions,
            campaign=request.campaign,
            batch_key=request.batch_key,
            **more,
        )
    )
