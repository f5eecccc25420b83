"""What a send does: the decision goes out, is written to the send log, and may be watched."""

from collections.abc import Mapping

from tactful.composer import digests
from tactful.composer.held import Held
from tactful.composer.ledger import ends_ms
from tactful.constraints import Ask
from tactful.engagement.part import record_send
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.features import record_send as count_dosage
from tactful.ids import decision_id, mark, tag
from tactful.knowledge import Channel
from tactful.labels.part import open_window
from tactful.records import Decision, Priority, Reason
from tactful.sends import log


def send(
    context: Context,
    ask: Ask,
    channel: Channel,
    waiting: Held,
    score: float,
    text: str,
    segment: str,
    features: Mapping[str, float],
    *,
    explored: bool = False,
) -> float:
    """Emit the decision, spend its slot, wait for its answer; returns the choice's propensity.

    Args:
        context: the step.
        ask: the request that is sent.
        channel: where.
        waiting: the same request, with what it carries.
        score: its utility, 0 and more.
        text: why.
        segment: of the user.
        features: what is known of this send, before it counts itself.
        explored: whether it was drawn though another option was better.
    """
    request = ask.request
    now_ms = context.now_ms
    key = decision_id(context.user_id, request.id, waiting.attempt)
    context.outputs.append(
        Decision(
            decision_id=key,
            request_id=request.id,
            user_id=context.user_id,
            type=request.type,
            channel=channel.name,
            priority=request.priority or Priority.NORMAL,
            decided_at_ms=now_ms,
            deliver_by_ms=min(ends_ms(context, waiting), now_ms + channel.deliver_within_ms),
            score=score,
            propensity=waiting.propensity,
            explanation=text,
            policy_version=context.knowledge.policy.version,
            model_versions=context.knowledge.model_versions,
            campaign=request.campaign,
            batch_key=request.batch_key,
            data=request.data,
            attempt=waiting.attempt,
            digest=digests.digest_of(waiting),
        )
    )
    open_window(
        context,
        decision_id=key,
        channel=channel,
        kind=ask.kind,
        segment=segment,
        features=features,
        propensity=waiting.propensity,
    )
    context.write(
        Section.SENDS,
        log.appended(
            context.sections[Section.SENDS],
            log.Sent(
                now_ms,
                ask.kind.tag,
                channel.tag,
                0 if request.campaign is None else tag(request.campaign),
                mark(key),
                _flags(ask) | explored * log.EXPLORED_BIT,
            ),
            now_ms - context.knowledge.send_memory_ms - log.MAX_CLOCK_STEP_BACK_MS,
        ),
    )
    record_send(context, channel.name)
    count_dosage(context)
    return waiting.propensity


def watched_after(ask: Ask, channel: Channel, waiting: Held) -> Held | None:
    """What to watch after a send, None where no further attempt can follow."""
    rule = ask.kind.policy.failover
    if rule is None or waiting.attempt >= rule.max_attempts:
        return None
    now_ms = ask.now_ms
    until_ms = now_ms + rule.within_ms if waiting.until_ms is None else waiting.until_ms
    ends_at_ms = min(ask.expires_ms, until_ms)
    due_ms, why = ends_at_ms + 1, None
    if rule.unopened_after_ms is not None and now_ms + rule.unopened_after_ms <= ends_at_ms:
        due_ms, why = now_ms + rule.unopened_after_ms, Reason.ESCALATION
    digest = digests.digest_of(waiting)
    return waiting._replace(
        # As they went out, so that the state grows no larger than what was sent.
        merged=() if digest is None else tuple(digest.items[1:]),
        due_ms=due_ms,
        free_ms=due_ms,
        why=why,
        tried=(*waiting.tried, channel.name),
        until_ms=until_ms,
        # A draw is for the first attempt alone.
        drawn_channel=None,
        drawn_ms=0,
        propensity=1.0,
    )


def _flags(ask: Ask) -> int:
    flags = ask.kind.purpose_bit
    if not ask.critical or ask.knowledge.policy.emergency.counts_for_caps:
        flags |= log.COUNTED_BIT
    if ask.in_digest_mode:
        flags |= log.DIGEST_BIT
    return flags
