"""`tactful keys`: the master keys that wrap each user's data key, and their rotation."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen import Screen
from cli.stores import cipher_of, session_of, told_in_words
from cli.words import plural

if TYPE_CHECKING:
    from connectors.crypto.master import MasterKeys
    from deploy.settings import Settings

app = typer.Typer(
    name="keys", no_args_is_help=True, help="The keys that contact data are encrypted with."
)


@app.command()
def status() -> None:
    """Show the versions of the master key, and how many users' keys each one wraps."""
    from deploy.settings import Settings

    settings = Settings()
    with told_in_words(), session_of(settings) as session:
        ring = cipher_of(settings, session).ring
        used = ring.versions_in_use()
    versions = sorted({*ring.master.versions, *used})
    Screen().table(
        "master keys",
        ("version", "wraps", ""),
        [
            (
                version,
                plural(used.get(version, 0), "key"),
                "missing here: what it wraps can't be read"
                if version not in ring.master.versions
                else "current"
                if version == ring.master.current
                else "",
            )
            for version in versions
        ],
    )
    if set(used) - set(ring.master.versions):
        raise typer.Exit(1)


@app.command()
def rotate(
    retire: Annotated[
        bool,
        typer.Option("--retire", help="Add none; remove the versions that wrap nothing any more."),
    ] = False,
) -> None:
    """Add a master key to the file, and wrap every user's key and webhook's secret under it.

    Programs that run read the file again by themselves. A minute later, --retire removes the older
    versions; before that it refuses, as such a program may still wrap under them.

    For example:

    $ tactful keys rotate

    $ tactful keys rotate --retire
    """
    import os
    import time

    from connectors.crypto.master import MasterKeyError
    from connectors.crypto.rotation import check_retirable
    from deploy.secrets import VARIABLE, master_key_path, master_keys
    from deploy.settings import Settings

    settings = Settings()
    path = master_key_path(settings)
    screen = Screen()
    with told_in_words():
        if os.environ.get(VARIABLE):
            raise MasterKeyError(
                f"master keys: they come from {VARIABLE}; add a version there, then run this "
                "without it and with TACTFUL_MASTER_KEY_FILE"
            )
        with session_of(settings) as session:
            keys = master_keys(settings)
            if retire:
                # ctime: unlike the time of the last change, a copy does not bring it along
                check_retirable(keys, path.stat().st_ctime, time.time())
            else:
                keys = keys.with_new()
                keys.save(path)
            ring = cipher_of(settings, session).ring
            done, skipped = ring.rotate()
            resealed = _reseal_webhooks(settings, keys)
            used = ring.versions_in_use()
        if retire:
            for version in set(keys.versions) - {keys.current} - set(used):
                keys = keys.without(version)
            keys.save(path)
    screen.say(
        f"Master key {keys.current} is the current one; {plural(done, 'key')} and "
        f"{plural(resealed, 'secret')} of webhooks rewrapped."
    )
    if skipped:
        screen.say(f"{plural(skipped, 'key')} were destroyed or rewrapped meanwhile.")
    if retire:
        screen.say(f"Versions that are left: {', '.join(map(str, keys.versions))}.")


def _reseal_webhooks(settings: "Settings", keys: "MasterKeys") -> int:
    """Seal the webhooks' secrets under the current key; how many subscriptions had to be."""
    import msgspec

    from connectors.kafka.consumer import read_to_end
    from connectors.kafka.producer import Producer
    from connectors.webhooks.subscriptions import Book, resealed
    from deploy.connections import kafka_of
    from tactful import topics

    topic = topics.name_of(topics.WEBHOOKS, settings.topic_prefix)
    book, kafka = Book(), kafka_of(settings)
    for message in read_to_end(kafka, [topic]):
        book.take((message.key() or b"").decode(errors="replace"), message.value())
    changed = [
        again
        for known in book.by_id.values()
        if (again := resealed(keys, known)).secrets != known.secrets
    ]
    if changed:
        with Producer(kafka, "tactful-keys") as producer:
            for each in changed:
                producer.send(topic, each.id.encode(), msgspec.json.encode(each))
    return len(changed)
