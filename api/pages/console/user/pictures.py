"""A user's hours, fatigue and channels as numbers to draw; the formulas are the core's."""

from collections.abc import Sequence
from typing import Any

from api.best_time import state_of
from tactful.engagement.posterior import posterior
from tactful.engine.state import Section
from tactful.fatigue import steady_dosage
from tactful.fatigue.curve import dosage_curve
from tactful.features import user_features
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.outlook import Outlook
from tactful.records import LedgerEntry, ProfileSnapshot, Verdict
from tactful.timing import Rhythm

PAST_DAYS = 14
AHEAD_DAYS = 7
_WEEK_HOURS = 168
_RATES = [(i + 0.5) / 200 for i in range(200)]


def hours_of_week(
    snapshot: ProfileSnapshot | None, knowledge: Knowledge, now_ms: int
) -> dict[str, Any]:
    """The rhythm that decisions go by: 168 hours, Monday first, 1 being an average hour.

    `own` says whose hours they are: at no evidence, those of users alike.
    """
    activity, segment = b"", ""
    if snapshot is not None:
        sections = state_of(snapshot, knowledge).sections
        activity = sections[Section.ACTIVITY]
        segment = user_features(sections, now_ms, knowledge).segment
    rhythm = Rhythm(activity, now_ms, knowledge.policy.timing, knowledge.hours_of(segment))
    return {
        "weights": [round(rhythm.at(hour), 3) for hour in range(_WEEK_HOURS)],
        "evidence": round(rhythm.evidence, 1),
        "own": rhythm.evidence > 0,
        "kappa": knowledge.policy.timing.kappa_user,
    }


def fatigue_of(
    entries: Sequence[LedgerEntry], outlook: Outlook, knowledge: Knowledge, now_ms: int
) -> dict[str, Any]:
    """The dosage of the past days and the next, without further sends and with those that wait."""
    rules = knowledge.policy.fatigue
    half_life_ms = rules.half_life_ms
    sends = [e.decided_at_ms for e in entries if e.verdict is Verdict.SEND]
    from_ms, to_ms = now_ms - PAST_DAYS * DAY_MS, now_ms + AHEAD_DAYS * DAY_MS
    planned = [each.until_ms for each in outlook.waiting if each.until_ms > now_ms]
    past = dosage_curve(sends, from_ms, now_ms, 3 * HOUR_MS, half_life_ms)
    rest = dosage_curve(sends, now_ms, to_ms, 3 * HOUR_MS, half_life_ms)
    more = dosage_curve([*sends, *planned], now_ms, to_ms, 3 * HOUR_MS, half_life_ms)
    weary = outlook.weariness
    wanted = None if weary is None else steady_dosage(weary.wanted_per_week, half_life_ms)
    return {
        "now_ms": now_ms,
        "half_life_days": round(half_life_ms / DAY_MS, 2),
        "past": [[p.at_ms, round(p.dosage, 4)] for p in past],
        "rest": [[p.at_ms, round(p.dosage, 4)] for p in rest],
        "planned": [[p.at_ms, round(p.dosage, 4)] for p in more] if planned else [],
        "now": round(past[-1].dosage, 3),
        "in_a_week": round(rest[-1].dosage, 3),
        "wanted": None if wanted is None else round(wanted, 4),
        "wanted_per_week": None if weary is None else round(weary.wanted_per_week, 2),
        "fatigue": None if weary is None else round(weary.fatigue, 4),
    }


def channels_of(snapshot: ProfileSnapshot | None, knowledge: Knowledge) -> list[dict[str, Any]]:
    """The posterior of engagement on each channel: as estimated, with what it rests on.

    Channels on which nothing was sent yet are there too, with what holds for everyone.
    """
    kappa = knowledge.policy.engagement.kappa
    known = {} if snapshot is None else snapshot.channels
    found = []
    for name in [*known, *(name for name in knowledge.policy.channels if name not in known)]:
        shown = known.get(name)
        prior = knowledge.policy.channels.get(name)
        if shown is None and prior is None:
            continue
        prob = shown.engage_prob if shown is not None else prior.engage_prob if prior else 0.0
        weight = shown.shrinkage_weight if shown is not None else 1.0
        curve = posterior(prob, weight, kappa)
        low, high = curve.interval()
        found.append(
            {
                "channel": name,
                "sent": 0 if shown is None else shown.sent,
                "outcomes": {} if shown is None else {str(k): n for k, n in shown.outcomes.items()},
                "mean": round(curve.mean, 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "global": None if prior is None else prior.engage_prob,
                "shrinkage": round(weight, 4),
                "density": [
                    [round(rate, 4), round(value, 4)]
                    for rate, value in zip(_RATES, curve.density(_RATES), strict=True)
                ],
            }
        )
    return found
