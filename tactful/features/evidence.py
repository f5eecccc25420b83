"""How the evidence grows: by a send, by a label that became known, by one that was corrected."""

from typing import NamedTuple

from tactful.engagement.section import decay
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.features.section import MAX_CHANNELS, MAX_TYPES, pack, unpack

SLOW_HALF_LIFE = 8
"""In sends: after so many a label weighs half."""
FAST_HALF_LIFE = 2

KEEP_SLOW = 0.5 ** (1 / SLOW_HALF_LIFE)
KEEP_FAST = 0.5 ** (1 / FAST_HALF_LIFE)
_MAX_LABELS = 0xFFFFFFFF

Table = dict[int, tuple[float, int]]


class Places(NamedTuple):
    """Which label of the user, the type and the channel a send's was, the first being 1."""

    user: int
    type: int
    channel: int


def record_send(context: Context) -> None:
    """Count a send of now."""
    evidence = unpack(context.sections[Section.FEATURES])
    now_ms = context.now_ms
    half_life_ms = context.knowledge.policy.fatigue.half_life_ms
    evidence.dosage = 1.0 + evidence.dosage * decay(evidence.dosage_at_ms, now_ms, half_life_ms)
    evidence.dosage_at_ms = max(evidence.dosage_at_ms, now_ms)
    evidence.first_sent_ms = evidence.first_sent_ms or now_ms
    context.write(Section.FEATURES, pack(evidence))


def take_back_send(context: Context, sent_ms: int) -> None:
    """A send never arrived: what is left of it in the dosage is taken out."""
    section = context.sections[Section.FEATURES]
    if not section:
        return
    evidence = unpack(section)
    half_life_ms = context.knowledge.policy.fatigue.half_life_ms
    left = decay(sent_ms, evidence.dosage_at_ms, half_life_ms)
    evidence.dosage = max(0.0, evidence.dosage - left)
    context.write(Section.FEATURES, pack(evidence))


def record_label(
    context: Context, channel_tag: int, type_tag: int, *, engaged: bool, negative: bool
) -> Places:
    """Take in what became of a send, when its label is known."""
    evidence = unpack(context.sections[Section.FEATURES])
    evidence.labels = min(evidence.labels + 1, _MAX_LABELS)
    evidence.slow = _average(evidence.slow, KEEP_SLOW, engaged)
    evidence.fast = _average(evidence.fast, KEEP_FAST, engaged)
    evidence.negative = _average(evidence.negative, KEEP_SLOW, negative)
    of_type = _label(evidence.types, type_tag, MAX_TYPES, engaged=engaged)
    of_channel = _label(evidence.channels, channel_tag, MAX_CHANNELS, engaged=engaged)
    context.write(Section.FEATURES, pack(evidence))
    return Places(evidence.labels, of_type, of_channel)


def correct_label(
    context: Context,
    channel_tag: int,
    type_tag: int,
    places: Places,
    *,
    engaged: int,
    negative: int,
) -> None:
    """Change a label that was taken in: the averages are as if it had been so from the start.

    Args:
        context: the step.
        channel_tag: the channel of the send.
        type_tag: its type.
        places: what `record_label` gave for it.
        engaged: by how much "engaged" changes: -1, 0 or 1.
        negative: by how much "negative" changes.
    """
    section = context.sections[Section.FEATURES]
    if not section or not (engaged or negative):
        return
    evidence = unpack(section)
    since = evidence.labels - places.user
    evidence.slow += engaged * _share(KEEP_SLOW, since)
    evidence.fast += engaged * _share(KEEP_FAST, since)
    evidence.negative += negative * _share(KEEP_SLOW, since)
    if engaged:
        _correct(evidence.types, type_tag, places.type, engaged)
        _correct(evidence.channels, channel_tag, places.channel, engaged)
    context.write(Section.FEATURES, pack(evidence))


def _average(average: float, keep: float, label: bool) -> float:
    return keep * average + (1.0 - keep) * label


def _share(keep: float, since: int) -> float:
    """What a label weighs after so many more; none for one that is not in the average at all."""
    return (1.0 - keep) * keep**since if since >= 0 else 0.0


def _label(table: Table, tag: int, most: int, *, engaged: bool) -> int:
    """The entry moves to the end, and the first gives way when there are too many."""
    average, labels = table.pop(tag, (0.0, 0))
    labels = min(labels + 1, _MAX_LABELS)
    table[tag] = _average(average, KEEP_SLOW, engaged), labels
    if len(table) > most:
        del table[next(iter(table))]
    return labels


def _correct(table: Table, tag: int, place: int, change: int) -> None:
    """An entry that gave way since has forgotten the label, and one that came back is younger."""
    entry = table.get(tag)
    if entry is not None:
        average, labels = entry
        table[tag] = average + change * _share(KEEP_SLOW, labels - place), labels
