"""`tactful profiles` runs and checks the profile sink; `tactful profile USER` shows one row."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import Screen
from cli.words import clock, plural, zone_or_utc

if TYPE_CHECKING:
    from connectors.cassandra.profiles import ProfileRow
    from deploy.settings import Settings

app = typer.Typer(name="profiles", invoke_without_command=True)


def register(main: typer.Typer) -> None:
    """Add the commands of this file."""
    main.add_typer(app)
    main.command()(profile)


@app.callback()
def profiles(
    context: typer.Context,
    background: Annotated[
        bool,
        typer.Option("--background", help="Run it beside the stack, until `tactful down`."),
    ] = False,
) -> None:
    """Write profile snapshots from Kafka to Cassandra, in the foreground, until interrupted.

    Any number of them may run; they share the work.
    """
    if context.invoked_subcommand is not None:
        return
    from deploy.settings import Settings

    if background:
        from cli.pipeline import ensure_profile_sink

        name = ensure_profile_sink(Settings())
        print(f"The profile sink runs; its log: `tactful logs {name}`.")
        return
    from jobs.profiles import main

    # the port of the one in the background may be taken: any free one will do, the log names it
    raise typer.Exit(main(["--metrics-port=0"]))


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Recompute every row from the topic and compare it with Cassandra; exit 1 if any differs."""
    import msgspec
    from confluent_kafka import KafkaException

    from cli.stores import cipher_of, session_of
    from connectors.cassandra.profiles import Profiles
    from connectors.cassandra.reading import StoreError
    from connectors.cassandra.reconcile import differences, expected_rows
    from connectors.cassandra.sealing import opened_rows
    from connectors.crypto.master import MasterKeyError
    from connectors.kafka.consumer import lag_of, read_to_end
    from deploy.connections import kafka_of
    from deploy.settings import Settings
    from jobs.profiles import group_of
    from tactful.topics import PROFILES, name_of

    settings = Settings()
    topic = name_of(PROFILES, settings.topic_prefix)
    kafka = kafka_of(settings)
    try:
        lag = lag_of(kafka, group_of(settings.topic_prefix), topic)
        expected = expected_rows(read_to_end(kafka, [topic]))
        with session_of(settings) as session:
            cipher = cipher_of(settings, session)
            plain = {row.user_id: row for row in opened_rows(expected.values(), cipher)}
            report = differences(plain, opened_rows(Profiles(session).scan(), cipher))
    except (StoreError, KafkaException, MasterKeyError, TimeoutError) as error:
        Screen(error=True).say(f"error: {error}", style="red")
        raise typer.Exit(2) from None
    if as_json:
        document = {
            "users": report.users,
            "differing": report.differing,
            "agreeing_share": report.agreeing_share,
            "lag_records": lag,
            "examples": report.examples,
        }
        print(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        screen = Screen()
        screen.say(
            f"{report.agreeing_share:.2%} of {plural(report.users, 'profile')} agree with {topic}."
        )
        if lag:
            screen.say(f"{plural(lag, 'record')} of the topic still wait to be written.")
        for one in report.examples:
            screen.say(f"  {one.user_id}: {one.what} is {one.found}, not {one.expected}")
        if report.differing > len(report.examples):
            screen.say(f"  and {plural(report.differing - len(report.examples), 'other')}")
    if report.differing:
        raise typer.Exit(1)


def profile(
    user: Annotated[str, typer.Argument(metavar="USER", help="The user's id, exactly.")],
    contact: Annotated[
        bool,
        typer.Option("--contact", help="Decrypt the contact data; an audit record tells of it."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The snapshot as it is kept.")] = False,
) -> None:
    """Show what Cassandra holds of a user."""
    from cli.stores import cipher_of, session_of, told_in_words
    from connectors.cassandra.profiles import Profiles
    from connectors.cassandra.sealing import opened_rows
    from deploy.settings import Settings

    settings = Settings()
    with told_in_words(), session_of(settings) as session:
        row = Profiles(session).get(user)
        if row is not None and contact:
            _audit(settings, user)
            (row,) = opened_rows([row], cipher_of(settings, session))
    if row is None:
        Screen(error=True).say(
            f"There is no profile of {user!r}: never seen, or erased. Ids are exact."
        )
        raise typer.Exit(1)
    if as_json:
        print(row.raw)
        return
    _show(row, Screen())


def _audit(settings: "Settings", user: str) -> None:
    """Tell the audit topic, before anything is shown."""
    import getpass

    from connectors.audit import AuditAction, AuditTrail, entry
    from connectors.kafka.producer import Producer
    from deploy.connections import kafka_of

    trail = AuditTrail(Producer(kafka_of(settings), "tactful-cli"), settings.topic_prefix)
    actor = f"os:{getpass.getuser()}"
    trail.record(
        entry(user, actor, AuditAction.READ, ["identifiers"], via="tactful profile --contact")
    )
    trail.flush()


def _show(row: "ProfileRow", screen: Screen) -> None:
    import msgspec

    from connectors.crypto import is_encrypted

    zone = zone_or_utc(row.time_zone)
    snapshot = row.snapshot
    screen.say(f"User {row.user_id}, version {row.version}", style="bold")
    screen.say(f"  updated     {clock(row.updated_at_ms, zone)}")
    screen.say(f"  time zone   {row.time_zone or 'unknown'}")
    for name in ("identifiers", "consent", "preferences", "attributes"):
        values = msgspec.json.decode(getattr(row, name))
        if not isinstance(values, dict) or not values:
            screen.say(f"  {name:<11} none")
            continue
        screen.say(f"  {name}")
        width = max(len(key) for key in values)
        for key, value in values.items():
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            if name == "identifiers" and is_encrypted(text):
                text = "(encrypted)"
            screen.say(f"    {key:<{width}}  {text}")
    activity = snapshot.activity
    seen = "" if activity.last_seen_ms is None else f", last {clock(activity.last_seen_ms, zone)}"
    screen.say(
        f"  activity    {plural(activity.events, 'event')} in "
        f"{plural(activity.sessions, 'session')}{seen}"
    )
    held = snapshot.held
    due = "" if held.next_wakeup_ms is None else f", next look {clock(held.next_wakeup_ms, zone)}"
    screen.say(f"  waiting     {plural(held.count, 'notification')}{due}")
    if snapshot.channels:
        screen.table(
            "  channels",
            ("channel", "sent", "outcomes", "engages", "last sent"),
            [
                (
                    name,
                    one.sent,
                    ", ".join(f"{count} {what}" for what, count in one.outcomes.items()) or "-",
                    f"{one.engage_prob:.1%}",
                    "never" if one.last_sent_ms is None else clock(one.last_sent_ms, zone),
                )
                for name, one in sorted(snapshot.channels.items())
            ],
        )
