"""The picture of a user's outlook: what waits, until when, and when it expires."""

from tactful.local_time import Zone, format_local
from tactful.outlook import Outlook, Waiting
from tactful.timeline.drawing import Band, Drawing, Look, Mark, Note, Row, Sign, look_of


def outlook_drawing(found: Outlook, zone: Zone) -> Drawing:
    """Draw the next hours of a user.

    Args:
        found: what waits.
        zone: the zone whose hours are shown.
    """
    rows = [_row(each, number, found) for number, each in enumerate(found.waiting, 1)]
    notes = [
        Note(number, f"{each.type} {each.request_id}: {each.why}")
        for number, each in enumerate(found.waiting, 1)
    ]
    for escalation in found.escalations:
        number = len(notes) + 1
        at_ms = escalation.next_at_ms or escalation.until_ms
        unless = "unless opened" if escalation.next_at_ms else "if it fails"
        text = (
            f"{escalation.type} {escalation.request_id}: attempt {escalation.attempt} went out on "
            f"{escalation.channel}; {unless}, {', '.join(escalation.left)} may follow until "
            f"{format_local(zone, escalation.until_ms)}"
        )
        notes.append(Note(number, text))
        band = Band(found.now_ms, escalation.until_ms, Look.LIFE, "watched")
        rows.append(
            Row(
                f"{escalation.type} {escalation.request_id}",
                (band,),
                (Mark(min(at_ms, found.until_ms), Sign.ASKED, number),),
            )
        )
    if not rows:
        rows = [Row("nothing waits", (), (Mark(found.now_ms, Sign.NOW),))]
    hours = (found.until_ms - found.now_ms) // 3_600_000
    return Drawing(
        title=f"The next {hours} hours of {found.user_id}",
        about=(
            f"What waits for {found.user_id} from {format_local(zone, found.now_ms)} on, "
            f"in the zone {zone.key}."
        ),
        zone=zone,
        from_ms=found.now_ms,
        to_ms=found.until_ms,
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _row(each: Waiting, number: int, found: Outlook) -> Row:
    reason = each.reason.replace("_", " ")
    free_ms = each.until_ms if each.free_ms is None else max(each.free_ms, found.now_ms)
    bands = [
        Band(found.now_ms, free_ms, look_of(each.reason), reason),
        Band(free_ms, each.until_ms, Look.OPEN, "may go if the user turns up"),
        Band(each.until_ms, each.expires_at_ms, Look.LIFE, "still of use"),
    ]
    return Row(
        f"{each.type} {each.request_id}",
        tuple(band for band in bands if band.to_ms > band.from_ms),
        (Mark(each.until_ms, Sign.HELD, number), Mark(each.expires_at_ms, Sign.EXPIRY)),
    )
