"""Condition rules: what the policy wants to hold of the user and of the request's data."""

from tactful.conditions import holds
from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.policy.model import Rule
from tactful.records import Reason


def _broken(ask: Ask, channel: Channel) -> Rule | None:
    for rule in ask.kind.rules:
        if rule.channels is not None and channel.name not in rule.channels:
            continue
        held = ask.held.get(rule.only_if)
        if held is None:
            held = holds(rule.only_if, ask.request, ask.attributes)
            ask.held[rule.only_if] = held
        if not held:
            return rule
    return None


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return from_ms if _broken(ask, channel) is None else None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    rule = _broken(ask, channel)
    assert rule is not None
    return f"rule {rule.name} does not hold: {rule.only_if}"


CONSTRAINT = Constraint(
    Reason.CONDITION,
    _earliest_ms,
    timed=False,
    binds_critical=False,
    because=_because,
    applies=lambda kind: bool(kind.rules),
)
