"""Digests: which of those that wait go out with the one that is sent, as one notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tactful.composer import held
from tactful.composer.held import Held
from tactful.composer.ledger import ends_ms
from tactful.constraints import Ask, of
from tactful.knowledge import Channel, Kind
from tactful.policy.model import Others
from tactful.records import Digest, DigestItem, Reason, Request

if TYPE_CHECKING:
    from tactful.composer.round import Round

MAX_DATA_BYTES = 262_144
"""The data of so many bytes (as JSON) go into one digest, far below Kafka's limit for a record."""

_WAIVED = frozenset({Reason.BATCH, Reason.CONFLICT, Reason.PRICE})
"""What a member need not meet: the one it goes out with has met it for both."""


def members(turn: Round, ask: Ask, channel: Channel, lead: Held) -> list[tuple[Held, Reason]]:
    """Those that wait and go along, the most urgent first, each with what joins them."""
    kind = ask.kind
    merges = kind.conflict is not None and kind.conflict.others is Others.MERGE
    gathers = kind.policy.digestible and (ask.request.batch_key is not None or ask.in_digest_mode)
    if lead.attempt > 1 or not (merges or gathers):
        return []
    found = []
    for each in sorted(turn.queue, key=held.urgency):
        if each is lead or each.attempt > 1:
            continue
        other = turn.context.knowledge.kinds.get(each.request.type)
        if other is None:
            continue
        reason = _joined_by(turn, ask, each, other)
        if reason is not None and _could_go(turn, each, other, channel):
            found.append((each, reason))
    return found


def item(request: Request) -> DigestItem:
    """A request as a digest carries it."""
    return DigestItem(request.id, request.type, request.at_ms, request.data)


def digest_of(waiting: Held) -> Digest | None:
    """The digest of a request and what was merged into it, None where nothing was."""
    if not waiting.merged:
        return None
    items = []
    room = MAX_DATA_BYTES
    for each in (item(waiting.request), *waiting.merged):
        room -= len(msgspec.json.encode(each.data))
        items.append(each if room >= 0 else msgspec.structs.replace(each, data=None))
    return Digest(len(items), items)


def _joined_by(turn: Round, ask: Ask, each: Held, kind: Kind) -> Reason | None:
    request = each.request
    lead = ask.kind
    if lead.policy.digestible and kind.policy.digestible:
        key = ask.request.batch_key
        if key is not None and request.batch_key == key and kind.tag == lead.tag:
            return Reason.BATCH
        if ask.in_digest_mode and turn.ask_of(each, kind).in_digest_mode:
            return Reason.DIGEST_HOUR
    merges = lead.conflict is not None and lead.conflict.others is Others.MERGE
    return Reason.CONFLICT if merges and kind.tag in lead.conflict_tags else None


def _could_go(turn: Round, each: Held, kind: Kind, channel: Channel) -> bool:
    """Whether a member could be sent on the channel now by itself."""
    now_ms = turn.context.now_ms
    if now_ms > ends_ms(turn.context, each):
        return False
    wanted = each.request.channels
    allowed = any(mine.name == channel.name for mine in kind.channels)
    if not allowed or (wanted is not None and channel.name not in wanted):
        return False
    ask = turn.ask_of(each, kind)
    return all(
        constraint.earliest_ms(ask, channel, now_ms) == now_ms
        for constraint in of(ask.knowledge, kind, critical=ask.critical).all
        if constraint.reason not in _WAIVED
    )
