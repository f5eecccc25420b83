"""`tactful keys`: the master keys that wrap each user's data key, and their rotation."""

from typing import Annotated

import typer

from cli.screen import Screen
from cli.stores import cipher_of, session_of, told_in_words
from cli.words import plural

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
        bool, typer.Option("--retire", help="Then remove the versions that wrap nothing any more.")
    ] = False,
) -> None:
    """Add a master key to the file, and wrap every user's key under it.

    Programs that run read the file again by themselves: wait a minute before --retire.
    """
    import os

    from connectors.crypto.master import MasterKeyError
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
            old = master_keys(settings)
            used = cipher_of(settings, session).ring.versions_in_use()
            if not set(used) - {old.current} and retire and len(old.versions) > 1:
                new = old  # the rotation before this one is done: only retire
            else:
                new = old.with_new()
                new.save(path)
            ring = cipher_of(settings, session).ring
            done, skipped = ring.rotate()
            used = ring.versions_in_use()
            if retire:
                for version in [each for each in new.versions if each != new.current]:
                    if version not in used:
                        new = new.without(version)
                new.save(path)
    screen.say(f"Master key {new.current} is the current one; {plural(done, 'key')} rewrapped.")
    if skipped:
        screen.say(f"{plural(skipped, 'key')} were destroyed or rewrapped meanwhile.")
    if retire:
        screen.say(f"Versions that are left: {', '.join(map(str, new.versions))}.")
