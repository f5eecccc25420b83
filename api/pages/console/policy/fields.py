"""The common settings of a policy as fields of a form, each with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tactful.policy import Policy, Purpose
from tactful.policy.faults import Path, path_text
from tactful.policy.form import plain
from tactful.policy.model import GapPer, Per
from tactful.records import Priority

Kind = Literal["text", "time", "duration", "count", "number", "share", "choice", "words", "switch"]


@dataclass(frozen=True)
class Field:
    """One input.

    Attributes:
        path: its place in the policy as a file has it.
        label: what people read.
        kind: how its text is read.
        value: its text; "on" or "" for a switch.
        hint: what may be written.
        options: of a choice.
        optional: whether an empty text takes the key out, so that its default holds.
    """

    path: Path
    label: str
    kind: Kind
    value: str
    hint: str = ""
    options: tuple[str, ...] = ()
    optional: bool = False

    @property
    def name(self) -> str:
        """The input's name: the place as messages tell it."""
        return path_text(self.path)


@dataclass(frozen=True)
class Row:
    """The fields of one named thing: a cap, a gap, a channel, a type.

    Attributes:
        title: its name; empty for a new one.
        fields: its inputs.
        removable: the name of the switch that takes it out; None where it has to stay.
    """

    title: str
    fields: list[Field]
    removable: str | None = None
    new: bool = False


@dataclass(frozen=True)
class Group:
    """A part of the form."""

    key: str
    title: str
    about: str
    rows: list[Row]


_DURATION = "a number and a unit: 90s, 15m, 12h, 7d"
_PRIORITIES = tuple(each.value for each in Priority)


def groups_of(policy: Policy) -> list[Group]:
    """The whole form for a policy, with its values."""
    return [
        Group(
            "general",
            "General",
            "Every decision names the version it was made under, so a change needs a new one.",
            [Row("", list(_general(policy)))],
        ),
        Group(
            "quiet_hours",
            "Quiet hours",
            "Local times between which only critical goes out, for users who set none themselves.",
            [Row("", list(_quiet(policy)))],
        ),
        Group(
            "caps",
            "Caps",
            "At most so many sends in a window that slides, or in each day, week or month.",
            list(_caps(policy)),
        ),
        Group("gaps", "Gaps", "The least time from one send to the next.", list(_gaps(policy))),
        Group(
            "channels",
            "Channels",
            "Starting rates, what a send costs in units of value, and what the provider takes.",
            list(_channels(policy)),
        ),
        Group(
            "types",
            "Types",
            "What each kind of notification is worth, how long it is good, and on which channels.",
            list(_types(policy)),
        ),
    ]


def fields_of(policy: Policy) -> Iterator[Field]:
    """All fields of the form."""
    for group in groups_of(policy):
        for row in group.rows:
            yield from row.fields


def _general(policy: Policy) -> Iterator[Field]:
    yield Field(("version",), "Version", "text", policy.version)
    yield Field(("time_zone",), "Time zone without one", "text", policy.time_zone, "Europe/Berlin")
    hour = policy.timing.digest_hour
    yield Field(("timing", "digest_hour"), "Digest hour", "count", str(hour), "local hour, 0 to 23")


def _quiet(policy: Policy) -> Iterator[Field]:
    quiet = policy.quiet_hours
    yield Field(("quiet_hours",), "Quiet hours hold", "switch", "on" if quiet else "")
    start, end = (quiet.start, quiet.end) if quiet else ("22:00", "08:00")
    yield Field(("quiet_hours", "start"), "From", "time", start)
    yield Field(("quiet_hours", "end"), "Until", "time", end)


def _caps(policy: Policy) -> Iterator[Row]:
    for at, cap in enumerate(policy.caps):
        said = plain(cap)
        yield Row(cap.name, list(_cap(("caps", at), said)), path_text(("caps", at, "remove")))
    yield Row("", list(_cap(("caps", len(policy.caps)), {})), new=True)


def _cap(path: Path, said: dict[str, Any]) -> Iterator[Field]:
    pers = tuple(each.value for each in Per)
    yield Field((*path, "name"), "Name", "text", said.get("name", ""))
    yield Field((*path, "max"), "At most", "count", _text(said.get("max")), "sends")
    window = said.get("window", "")
    yield Field((*path, "window"), "In any", "duration", window, _DURATION, optional=True)
    yield Field((*path, "per"), "For each", "choice", said.get("per", "user"), "", pers)
    types = ", ".join(said.get("types", ()))
    yield Field((*path, "types"), "Types", "words", types, "all", optional=True)


def _gaps(policy: Policy) -> Iterator[Row]:
    for at, gap in enumerate(policy.gaps):
        said = plain(gap)
        yield Row(gap.name, list(_gap(("gaps", at), said)), path_text(("gaps", at, "remove")))
    yield Row("", list(_gap(("gaps", len(policy.gaps)), {})), new=True)


def _gap(path: Path, said: dict[str, Any]) -> Iterator[Field]:
    pers = tuple(each.value for each in GapPer)
    yield Field((*path, "name"), "Name", "text", said.get("name", ""))
    yield Field((*path, "min"), "At least", "duration", said.get("min", ""), _DURATION)
    yield Field((*path, "per"), "For each", "choice", said.get("per", "user"), "", pers)


def _channels(policy: Policy) -> Iterator[Row]:
    for name, channel in policy.channels.items():
        path = ("channels", name)
        said = plain(channel, everything=True)
        rate = _text(said["rate_per_s"])
        yield Row(
            name,
            [
                Field((*path, "engage_prob"), "Starting rate", "share", _text(said["engage_prob"])),
                Field((*path, "cost"), "Cost", "number", _text(said["cost"]), "units of value"),
                Field((*path, "rate_per_s"), "Rate", "number", rate, "per second", (), True),
                Field((*path, "deliver_within"), "Deliver in", "duration", said["deliver_within"]),
            ],
        )


def _types(policy: Policy) -> Iterator[Row]:
    for name, kind in policy.types.items():
        path = ("types", name)
        said = plain(kind, everything=True)
        fields = [
            Field((*path, "value"), "Value", "number", _text(said["value"]), "units of value"),
            Field((*path, "ttl"), "Good for", "duration", said["ttl"], _DURATION),
            Field((*path, "priority"), "Priority", "choice", said["priority"], "", _PRIORITIES),
            Field((*path, "channels"), "Channels", "words", ", ".join(said["channels"])),
        ]
        if kind.purpose is Purpose.MARKETING:
            share = "" if kind.holdback is None else _text(kind.holdback.share)
            place = (*path, "holdback", "share")
            fields.append(Field(place, "Held back", "share", share, "0 to 1", (), True))
        yield Row(name, fields)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
