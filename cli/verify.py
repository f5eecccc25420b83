"""`tactful verify`: do the event log, the profile topic, Cassandra and Redis agree?"""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import Screen
from cli.stores import session_of, told_in_words
from cli.words import plural

if TYPE_CHECKING:
    from connectors.verify import Report

SHOWN = 20


def verify(
    users: Annotated[int, typer.Option(min=1, help="How many users are compared.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed, another sample.")] = 1,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for what is on its way.")
    ] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Live through the event log of a sample of users, and compare what everyone keeps of them.

    Exits 1 if a difference is found that nothing explains.

    For example:

    $ tactful verify

    $ tactful verify --users 500 --seed 2 --settle 5
    """
    import msgspec

    from connectors.redis.cache import CacheSettings, ProfileCache
    from connectors.verify import Sources
    from connectors.verify import verify as compare
    from deploy.connections import kafka_of, redis_of
    from deploy.secrets import master_keys
    from deploy.settings import Settings

    settings = Settings()
    quiet = Screen(error=True)
    cache = ProfileCache(CacheSettings(redis=redis_of(settings), prefix=settings.topic_prefix))
    with told_in_words(), session_of(settings) as session:
        sources = Sources(
            kafka=kafka_of(settings),
            prefix=settings.topic_prefix,
            session=session,
            master=master_keys(settings),
            cache=cache if cache.answers() else None,
        )
        if sources.cache is None:
            quiet.say("Redis does not answer: it is left out.", style="yellow")
        report = compare(sources, users, seed=seed, settle_s=settle, told=quiet.say)
    cache.close()
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(document(report))).decode())
    else:
        tell(report, Screen())
    if report.unexplained:
        raise typer.Exit(1)


def document(report: "Report") -> dict[str, object]:
    """The report for programs."""
    return {
        "users": report.users,
        "agreeing_share": report.agreeing_share,
        "differing": len(report.differing),
        "unexplained": len(report.unexplained),
        "differences": report.counts(),
        "cached": report.cached,
        "records": report.records,
        "ledger_entries": report.entries,
        "examples": report.differences[:SHOWN],
    }


def tell(report: "Report", screen: Screen) -> None:
    """The report for people."""
    screen.say(
        f"{report.agreeing_share:.2%} of {plural(report.users, 'user')} agree in the event log, "
        f"the profile topic, Cassandra and Redis "
        f"({plural(report.records, 'record')}, "
        f"{plural(report.entries, 'ledger entry', 'ledger entries')}, "
        f"{plural(report.cached, 'cached profile')})."
    )
    for kind, count in sorted(report.counts().items()):
        screen.say(f"  {kind}: {plural(count, 'difference')}")
    for one in report.differences[:SHOWN]:
        screen.say(
            f"  {one.user_id}: {one.what} in {one.place} is {one.found}, not {one.expected}: "
            f"{one.explanation or 'nothing explains it'}"
        )
    if len(report.differences) > SHOWN:
        screen.say(f"  and {plural(len(report.differences) - SHOWN, 'other')}")
