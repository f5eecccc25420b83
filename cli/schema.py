"""`tactful schema`: Cassandra's tables, made and changed by numbered migrations."""

from typing import Annotated

import typer

from cli.screen import Screen
from cli.stores import cassandra_of, session_of, told_in_words

app = typer.Typer(
    name="schema", no_args_is_help=True, help="Cassandra's tables: what is there, and bring it on."
)


@app.command()
def migrate(
    replication: Annotated[
        str, typer.Option(help="Of a keyspace that is made: a factor, or datacenter:factor,...")
    ] = "1",
) -> None:
    """Apply the migrations that are missing; several programs may do so at once."""
    from connectors.cassandra.migrate import migrate as bring_on
    from deploy.settings import Settings

    settings = Settings()
    with told_in_words(), session_of(settings, keyspace=False) as session:
        applied = bring_on(session, cassandra_of(settings, replication))
    screen = Screen()
    for name in applied:
        screen.say(f"applied {name}")
    if not applied:
        screen.say(f"Keyspace {settings.keyspace!r} is up to date.")


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show which migrations are applied; exit 1 if one is missing or was changed since."""
    import msgspec

    from cli.words import clock, zone_or_utc
    from connectors.cassandra.migrate import standing
    from deploy.settings import Settings

    settings = Settings()
    with told_in_words(), session_of(settings, keyspace=False) as session:
        found = standing(session, cassandra_of(settings))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        utc = zone_or_utc(None)
        Screen().table(
            f"keyspace {settings.keyspace}",
            ("migration", "state", "applied"),
            [
                (
                    one.name,
                    one.state,
                    "-" if one.applied_at_ms is None else clock(one.applied_at_ms, utc),
                )
                for one in found
            ],
        )
    if any(one.state != "applied" for one in found):
        raise typer.Exit(1)
