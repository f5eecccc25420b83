"""What a state says, as plain JSON values: golden states are compared by this, not by bytes."""

from typing import Any

import msgspec

from tactful.activity.part import counts, histogram
from tactful.composer import held
from tactful.dedup.part import duplicates_seen
from tactful.engagement.section import OUTCOMES
from tactful.engagement.section import unpack as unpack_engagement
from tactful.engine.state import Section, UserState
from tactful.features import section as features_section
from tactful.labels.examples import features_of
from tactful.labels.section import Windows
from tactful.profile.section import settings, shown
from tactful.sends.log import entries


def reading(state: UserState) -> dict[str, Any]:
    """All that the parts of this version find in a state."""
    sections = state.sections
    return {
        "wakeup_ms": state.wakeup_ms,
        "duplicates": duplicates_seen(sections),
        "profile": _profile(sections[Section.PROFILE]),
        "activity": _activity(sections[Section.ACTIVITY]),
        "engagement": _engagement(sections[Section.ENGAGEMENT]),
        "sends": [
            [
                sent.at_ms,
                sent.type_tag,
                sent.channel_tag,
                sent.campaign_tag,
                sent.mark.hex(),
                sent.flags,
            ]
            for sent in entries(sections[Section.SENDS])
        ],
        "held": _held(sections[Section.HELD], state.user_id),
        "attempts": _held(sections[Section.ATTEMPTS], state.user_id),
        "features": _features(sections[Section.FEATURES]),
        "labels": _labels(sections[Section.LABELS]),
    }


def _profile(section: bytes) -> dict[str, Any]:
    found = settings(section)
    return {
        "zone": found.zone,
        "identifiers": found.identifiers,
        "preferences": msgspec.to_builtins(found.preferences),
        "consent": found.consent,
        "bounced": found.bounced,
        "attributes": msgspec.json.decode(shown(section).attributes),
    }


def _activity(section: bytes) -> dict[str, Any] | None:
    seen = counts(section)
    if seen is None:
        return None
    last_ms = seen[3]
    found = histogram(section, last_ms)
    assert found is not None
    bins, factor = found
    return {
        "counts": list(seen),
        "hours": {str(hour): round(value * factor, 3) for hour, value in enumerate(bins) if value},
    }


def _engagement(section: bytes) -> dict[str, Any]:
    return {
        name: {
            "sent": channel.sent,
            "outcomes": dict(zip(map(str, OUTCOMES), channel.outcomes, strict=True)),
            "weights": [round(channel.sent_weight, 3), round(channel.engaged_weight, 3)],
            "times": [channel.weighed_at_ms, channel.last_sent_ms, channel.last_engaged_ms],
        }
        for name, channel in unpack_engagement(section).items()
    }


def _held(section: bytes, user_id: str) -> list[Any]:
    return [
        {
            "request": msgspec.to_builtins(each.request),
            "first_ms": each.first_ms,
            "due_ms": each.due_ms,
            "score": round(each.score, 6),
            "holds": each.holds,
            "free_ms": each.free_ms,
            "attempt": each.attempt,
            "tried": list(each.tried),
            "why": each.why,
            "until_ms": each.until_ms,
            "merged": [msgspec.to_builtins(item) for item in each.merged],
        }
        for each in held.unpack(section, user_id)
    ]


def _features(section: bytes) -> dict[str, Any]:
    found = features_section.unpack(section)
    return {
        "labels": found.labels,
        "averages": [round(each, 6) for each in (found.slow, found.fast, found.negative)],
        "dosage": [round(found.dosage, 6), found.dosage_at_ms],
        "first_sent_ms": found.first_sent_ms,
        "types": _averages(found.types),
        "channels": _averages(found.channels),
    }


def _averages(table: dict[int, tuple[float, int]]) -> list[list[float]]:
    return [[tag, round(average, 6), labels] for tag, (average, labels) in table.items()]


def _labels(section: bytes) -> dict[str, Any]:
    windows = Windows(section)
    return {
        "head": [windows.flags, windows.churned, windows.due_ms, windows.churn_opened_ms],
        "windows": [_window(windows, start) for start in windows.starts()],
    }


def _window(windows: Windows, start: int) -> dict[str, Any]:
    window = windows.window(start)
    return {
        "id": window.key.hex(),
        "status": list(windows.status(start)),
        "words": list(window.words),
        "times": [window.opened_ms, window.due_ms],
        "propensity": window.propensity,
        "places": list(window.places),
        "features": features_of(window),
    }
