"""`tactful draw`: a user's history, or the worked examples, as pictures of the composer's work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.preview import DEFAULT, policy_of
from cli.records_in import InputError, moment_ms
from cli.reporting import reported
from cli.screen import Screen

if TYPE_CHECKING:
    from tactful.history import Past
    from tactful.local_time import Zone

_HOURS = 48


@reported
def draw(
    log: Annotated[
        str | None,
        typer.Argument(metavar="[LOG|kafka]", help="JSON lines of records, or `kafka`."),
    ] = None,
    user: Annotated[str | None, typer.Option("--user", "-u", help="Whose history.")] = None,
    output: Annotated[
        Path, typer.Option("--output", help="The SVG file, or the folder of the examples.")
    ] = Path("timeline.svg"),
    policy: Annotated[
        str, typer.Option("--policy", help="A policy's file, `live` or `default`.")
    ] = DEFAULT,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Where to begin: ISO, epoch ms. Else the user's last request."),
    ] = None,
    hours: Annotated[int, typer.Option("--hours", min=1, max=168, help="How long.")] = _HOURS,
    examples: Annotated[
        bool, typer.Option("--examples", help="Write the worked examples of docs/composer.md.")
    ] = False,
) -> None:
    """Draw what the composer does with a user's requests, hour by hour.

    The history is lived through again by the decision core. The picture shows when each constraint
    lets nothing of the first request go, the earliest and the chosen moments, and every verdict.

    For example:

    $ tactful draw records.jsonl --user u1 --policy mine.yaml --output u1.svg

    $ tactful draw --examples --output docs/images
    """
    from tactful.timeline import render
    from tactful.timeline.examples import EXAMPLES

    screen = Screen()
    if examples:
        for name, example in EXAMPLES.items():
            path = output / f"{name}.svg"
            path.write_text(render(example()), encoding="utf-8")
            screen.say(str(path))
        return
    if log is None or user is None:
        raise InputError("draw: found no LOG and --user, allowed: both, or --examples")
    output.write_text(_drawn(log, user, policy, start, hours), encoding="utf-8")
    screen.say(str(output))


def _drawn(log: str, user: str, policy: str, start: str | None, hours: int) -> str:
    from tactful.knowledge import Knowledge
    from tactful.local_time import HOUR_MS, format_local
    from tactful.records import Request
    from tactful.timeline import Scene, render, timeline

    chosen, _ = policy_of(policy)
    past = _past(log, user)
    asked = [each.at_ms for each in past if isinstance(each.record, Request)]
    if not asked:
        raise InputError(f"--user: found no request of {user!r} in {log}, allowed: a user with")
    from_ms = max(asked) - HOUR_MS if start is None else moment_ms("--from", start)
    zone = _zone(past, chosen.time_zone)
    about = f"From {format_local(zone, from_ms)} on, in the zone {zone.key}."
    scene = Scene(
        f"{user} under policy {chosen.version}", about, zone, from_ms, from_ms + hours * HOUR_MS
    )
    try:
        return render(timeline(Knowledge(chosen), user, past, scene))
    except ValueError as error:
        raise InputError(str(error)) from None


def _past(log: str, user: str) -> "list[Past]":
    from cli.preview_sources import KAFKA, Skipped, from_kafka, from_lines
    from cli.preview_users import Sorter
    from tactful.policy import DEFAULT_POLICY

    with Screen().progress(f"Reading {log}") as progress, Sorter() as sorter:
        skipped = Skipped()
        items = (
            from_kafka(skipped, progress)
            if log == KAFKA
            else from_lines(Path(log), skipped, progress)
        )
        sorter.take(each for each in items if each.user_id == user)
        return [past for _, each in sorter.users(DEFAULT_POLICY) for past in each.past]


def _zone(past: "list[Past]", default: str) -> "Zone":
    """The newest zone that the user's records name."""
    from tactful.local_time import is_known_zone, zone_named

    names = [getattr(each.record, "time_zone", None) for each in sorted(past, key=lambda p: p[:3])]
    named = [name for name in names if name is not None and is_known_zone(name)]
    return zone_named(named[-1] if named else None, default)[0]
