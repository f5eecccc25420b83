"""Part: count events and sessions, and learn the hours of the week in which the user is there.

The histogram decays forward (Cormode et al., "Forward Decay", ICDE 2009): an event at t adds
2^((t - landmark) / half-life), so one bin is touched per event and the decay costs nothing; only
ratios of bins mean anything. Bins are half floats: a bin holds about 2,000 events of one half-life
and then saturates, with a relative error below 0.1 %.
"""

import struct
from binascii import a2b_base64, b2a_base64
from zlib import crc32

from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.local_time import DAY_MS, MINUTE_MS, hour_of_week, local_ms, zone_named
from tactful.profile.section import zone_name
from tactful.records import Event, Input

HANDLES: tuple[type, ...] = (Event,)

BINS = 168
HALF_LIFE_MS = 28 * DAY_MS
SESSION_GAP_MS = 30 * MINUTE_MS

_VERSION = 1
# version, events, sessions, first seen, last seen, landmark, session mark
_HEAD = struct.Struct("<BIIQQQI")
_BIN = struct.Struct("<e")
_HISTOGRAM = struct.Struct(f"<{BINS}e")
_MAX_EXPONENT = 4.0
_MAX_BIN = 60_000.0
_NO_BINS = bytes(_HISTOGRAM.size)


def handle(context: Context, record: Input) -> bool:
    """Take in one event."""
    assert type(record) is Event
    section = context.sections[Section.ACTIVITY]
    context.seen_before_ms = last_seen_ms(section)
    hour = _bin_of(context, record.at_ms)
    context.write(Section.ACTIVITY, noted(section, record.at_ms, hour, record.session_id))
    return True


def noted(section: bytes, at_ms: int, hour_of_week: int, session_id: str | None = None) -> bytes:
    """The section with one more event.

    Args:
        section: as it was, empty for a user never seen.
        at_ms: when the event was, epoch milliseconds.
        hour_of_week: its local hour, 0 (Monday 00:00) to 167.
        session_id: the session it belongs to, where that is known.
    """
    if section:
        changed = bytearray(section)
        _, events, sessions, first, last, landmark, session = _HEAD.unpack_from(section)
    else:
        changed = bytearray(_HEAD.size + len(_NO_BINS))
        events, sessions, first, last, landmark, session = 0, 0, at_ms, 0, at_ms, 0
    mark = _session_mark(session_id)
    if _starts_session(mark, session, at_ms, last):
        sessions += 1
    if at_ms >= last:
        last, session = at_ms, mark or session
    landmark = _touch(changed, landmark, at_ms, hour_of_week)
    first = min(first, at_ms)
    _HEAD.pack_into(
        changed, 0, _VERSION, min(events + 1, 0xFFFFFFFF), sessions, first, last, landmark, session
    )
    return bytes(changed)


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """Never: the decay is in the reading."""
    del sections
    return None


def counts(section: bytes) -> tuple[int, int, int, int] | None:
    """Events, sessions, first and last seen (ms), or None for a user never seen."""
    if not section:
        return None
    _, events, sessions, first, last, _, _ = _HEAD.unpack_from(section)
    return events, sessions, first, last


def last_seen_ms(section: bytes) -> int:
    """When the newest event was, 0 for a user never seen."""
    return int(_HEAD.unpack_from(section)[4]) if section else 0


def told(section: bytes) -> tuple[str, int] | None:
    """The histogram for a profile: its bins in base64, and the moment up to which they decay."""
    if not section:
        return None
    landmark = _HEAD.unpack_from(section)[5]
    return b2a_base64(section[_HEAD.size :], newline=False).decode(), landmark


def rebuilt(
    counted: tuple[int, int], seen_ms: tuple[int, int], hours: str, hours_at_ms: int
) -> bytes:
    """A section that says what a profile says.

    Args:
        counted: events and sessions.
        seen_ms: when the first and the last event were.
        hours: as `told` gave them.
        hours_at_ms: the same.

    Raises:
        ValueError: `hours` are no 168 half-precision floats.
    """
    bins = a2b_base64(hours, strict_mode=True)
    if len(bins) != _HISTOGRAM.size:
        raise ValueError(f"hours: found {len(bins)} bytes, allowed: {_HISTOGRAM.size}")
    return _HEAD.pack(_VERSION, *counted, *seen_ms, hours_at_ms, 0) + bins


def histogram(section: bytes, now_ms: int) -> tuple[tuple[float, ...], float] | None:
    """The 168 bins, and the factor that turns them into events decayed up to `now_ms`."""
    if not section:
        return None
    landmark = _HEAD.unpack_from(section)[5]
    # A landmark may lie ahead of a replay's clock, hence the bound from above.
    exponent = min((landmark - now_ms) / HALF_LIFE_MS, _MAX_EXPONENT)
    return _HISTOGRAM.unpack_from(section, _HEAD.size), 2.0**exponent


def _session_mark(session_id: str | None) -> int:
    if session_id is None:
        return 0
    # Only ever compared with the session before.
    return crc32(session_id.encode()) or 1


def _starts_session(mark: int, session: int, at_ms: int, last_ms: int) -> bool:
    if mark and session:
        return mark != session and at_ms >= last_ms
    return at_ms - last_ms > SESSION_GAP_MS


def _bin_of(context: Context, at_ms: int) -> int:
    zone, _ = zone_named(
        zone_name(context.sections[Section.PROFILE]), context.knowledge.policy.time_zone
    )
    return hour_of_week(local_ms(zone, at_ms))


def _touch(section: bytearray, landmark: int, at_ms: int, index: int) -> int:
    """Add one event to a bin; returns the landmark, moved on when the weights grew large."""
    exponent = (at_ms - landmark) / HALF_LIFE_MS
    offset = _HEAD.size + 2 * index
    if exponent > _MAX_EXPONENT:
        _rescale(section, landmark, at_ms)
        landmark, exponent = at_ms, 0.0
    # Python gives 0.0 for a power too small, so an event of long ago adds nothing.
    value = _BIN.unpack_from(section, offset)[0] + 2.0**exponent
    if value > _MAX_BIN:
        _rescale(section, landmark, landmark + HALF_LIFE_MS)
        landmark, value = landmark + HALF_LIFE_MS, value / 2
    _BIN.pack_into(section, offset, value)
    return landmark


def _rescale(section: bytearray, landmark: int, new_landmark: int) -> None:
    shrink = 2.0 ** ((landmark - new_landmark) / HALF_LIFE_MS)
    bins = _HISTOGRAM.unpack_from(section, _HEAD.size)
    _HISTOGRAM.pack_into(section, _HEAD.size, *(each * shrink for each in bins))
