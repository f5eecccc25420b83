"""`tactful explain USER|REQUEST`: the ledger as sentences."""

from pathlib import Path
from typing import Annotated

import typer

from cli.records_in import moment_ms
from cli.reporting import reported
from cli.screen import Screen
from cli.story import as_text, tell
from cli.words import plural, zone_or_utc


@reported
def explain(
    who: Annotated[
        str, typer.Argument(metavar="USER|REQUEST", help="A user, request or decision.")
    ],
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only what Kafka got from then on: -2h, ISO, epoch ms."),
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", min=1, help="Of a user, the last so many requests.")
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Write a picture of the user's next hours here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what was asked, decided and answered, and why.

    The story of a user, of a request or of a decision, in the order of time and in the user's time
    zone: what was asked for; what was decided, by which reason; what each channel scored and what
    stood against it; what would have been decided without that; and what came of it. Of a user also
    the next 48 hours: what waits, until when, what would release it, and which attempts may follow.

    For example:

    $ tactful explain u1

    $ tactful explain 6f1c2b3e-request --json

    $ tactful explain u1 --since -2h --last 5

    $ tactful explain u1 --svg next-hours.svg
    """
    import msgspec

    from cli.broker import now_ms
    from cli.outlook import outlook_lines
    from cli.policy_live import live_policy
    from cli.reading import Archive
    from deploy.settings import Settings
    from tactful.local_time import zone_named
    from tactful.outlook import outlook
    from tactful.timeline import outlook_drawing, render

    screen = Screen()
    since_ms = None if since is None else moment_ms("--since", since)
    settings = Settings()
    archive = Archive(settings)
    found = archive.of_user(who, since_ms) or archive.of_request(who, since_ms)
    if not found:
        Screen(error=True).say(
            f"Nothing is known of {who!r}"
            + ("" if since is None else f" since {since}")
            + ": no user, request or decision has that id. Ids are exact, upper and lower case "
            "differ. `tactful watch` shows whether anything is decided, "
            f"`tactful send request --user {who} --type tip --wait` asks for something."
        )
        raise typer.Exit(1)
    ahead = outlook(
        found.user_id or who,
        found.entries,
        now_ms(),
        snapshot=found.profile,
        feedback=found.feedback,
        policy=live_policy(settings).policy,
    )
    zone = zone_or_utc(found.zone)
    if svg is not None:
        svg.write_text(render(outlook_drawing(ahead, zone_named(found.zone, "UTC")[0])))
    if last is not None:
        asked = {r.id: r.at_ms for r in found.requests}
        asked |= {e.request_id: e.requested_at_ms for e in found.entries}
        ids = set(sorted(asked, key=lambda request: asked[request])[-last:])
        found.entries = [e for e in found.entries if e.request_id in ids]
        found.requests = [r for r in found.requests if r.id in ids]
    if as_json:
        document = {
            "user_id": found.user_id,
            "time_zone": found.zone,
            "requests": found.requests,
            "ledger": found.entries,
            "feedback": found.feedback,
            "outlook": ahead,
        }
        print(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    where = found.zone or "UTC, for the user's zone is unknown"
    count = len({r.id for r in found.requests} | {e.request_id for e in found.entries})
    screen.say(f"User {found.user_id}: {plural(count, 'request')}. Times are in {where}.")
    for line in as_text(tell(found.requests, found.entries, found.feedback, zone), zone):
        screen.say(line)
    screen.say()
    for text in outlook_lines(ahead, zone):
        screen.console.print(text, soft_wrap=True)
