"""Holidays: silence on the public holidays of the user's country, midnight to midnight there."""

from tactful.constraints.base import Ask, Constraint
from tactful.holidays import country_of, holiday_named
from tactful.knowledge import Channel
from tactful.local_time import Calendar, next_period_ms, period_of
from tactful.records import Reason


def _idle(ask: Ask) -> bool:
    rules = ask.knowledge.policy.holidays
    return rules is None or ask.kind.purpose not in rules.purposes


def _name(ask: Ask, at_ms: int) -> str | None:
    """The holiday at a moment, None on a day that is none."""
    if _idle(ask):
        return None
    rules = ask.knowledge.policy.holidays
    assert rules is not None
    country = country_of(ask.attributes, rules)
    if country is None:
        return None
    return holiday_named(country, period_of(ask.zone, at_ms, Calendar.DAY))


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    moment = from_ms
    while _name(ask, moment) is not None:
        moment = next_period_ms(ask.zone, moment, Calendar.DAY)
    return moment


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    name = _name(ask, from_ms)
    # Another constraint may have moved the request to a holiday that is not today.
    return "a public holiday" if name is None else f"public holiday: {name}"


CONSTRAINT = Constraint(
    Reason.HOLIDAY,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=_idle,
)
