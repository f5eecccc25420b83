"""`tactful policy`: check, publish, show and compare policies."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.reporting import reported
from cli.screen import Screen
from cli.words import plural

if TYPE_CHECKING:
    from deploy.settings import Settings
    from tactful.policy import Policy
    from tactful.policy.form import Read

app = typer.Typer(
    name="policy",
    help="Check, publish, show and compare policies.",
    no_args_is_help=True,
)

LIVE = "live"
DEFAULT = "default"

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}

File = Annotated[Path, typer.Argument(help="The policy as YAML or JSON, `-` for standard input.")]
TimeoutS = Annotated[
    float, typer.Option("--timeout", min=0, help="Seconds to wait for the decide job to use it.")
]


@app.command()
@reported
def check(file: File) -> None:
    """Say everything that is wrong with a policy, each with its line; publishes nothing.

    For example:

    $ tactful policy check docs/policies/shop.yaml
    """
    read = _read(file)
    _warn(read)
    policy = read.policy
    Screen().say(
        f"{file}: a valid policy, version {policy.version}: "
        f"{plural(len(policy.types), 'type')}, {plural(len(policy.channels), 'channel')}, "
        f"{plural(len(policy.caps), 'cap')}, {plural(len(policy.rules), 'rule')}."
    )


@app.command()
@reported
def push(
    file: File,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and publish nothing.")
    ] = False,
    timeout: TimeoutS = 10.0,
) -> None:
    """Check a policy, publish it, and wait until the decide job uses it.

    For example:

    $ tactful policy push docs/policies/shop.yaml --dry-run

    $ tactful policy push docs/policies/shop.yaml
    """
    import msgspec

    from cli.policy_live import channels_without_topic, live_policy
    from deploy.settings import Settings

    read = _read(file)
    _warn(read)
    policy = read.policy
    settings = Settings()
    unknown = channels_without_topic(policy, settings)
    if unknown:
        _fail(
            f"{file}: channels: found {', '.join(unknown)}, which have no topic for decisions, "
            f"allowed: {', '.join(settings.channels)} (TACTFUL_CHANNELS)"
        )
    live = live_policy(settings)
    if live.policy.version == policy.version and live.policy != policy:
        _fail(
            f"{file}: version: found {policy.version!r}, which is live with other content, "
            "allowed: a new one (every decision names the version it was made under)"
        )
    _tell(live.policy, policy)
    if dry_run:
        Screen().say("Nothing is published.")
        return
    _publish(settings, msgspec.json.encode(policy), f"Policy {policy.version}", timeout)


@app.command()
@reported
def reset(timeout: TimeoutS = 10.0) -> None:
    """Take the published policy back: the default holds again.

    For example:

    $ tactful policy reset
    """
    from cli.policy_live import live_policy
    from deploy.settings import Settings
    from tactful.policy import DEFAULT_POLICY

    settings = Settings()
    _tell(live_policy(settings).policy, DEFAULT_POLICY)
    _publish(settings, None, f"The return to {DEFAULT_POLICY.version}", timeout)


@app.command()
@reported
def show(
    file: Annotated[
        Path | None, typer.Argument(help="The policy to show; without it the live one.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="The one that is published.")] = False,
    default: Annotated[
        bool, typer.Option("--default", help="The one that holds until one is published.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Keys that have their default value as well.")
    ] = False,
) -> None:
    """Write a policy as readable YAML, a good start for one of your own.

    For example:

    $ tactful policy show --default > mine.yaml

    $ tactful policy show --live --all
    """
    from tactful.policy.form import write_policy

    if (file is not None) + live + default > 1:
        _fail("found several of FILE, --live and --default, allowed: one of them")
    source = str(file) if file is not None else DEFAULT if default else LIVE
    policy, where = _found(source)
    print(f"# {where}")
    print(write_policy(policy, everything=everything), end="")


@app.command()
@reported
def diff(
    one: Annotated[str, typer.Argument(help="A file, `live` or `default`.")],
    other: Annotated[
        str | None,
        typer.Argument(help="Another; without it the live one is compared with the first."),
    ] = None,
) -> None:
    """Say what changes from one policy to another; with one alone, if it were pushed.

    For example:

    $ tactful policy diff mine.yaml

    $ tactful policy diff default live
    """
    first = _found(one)[0]
    if other is None:
        _tell(_found(LIVE)[0], first)
    else:
        _tell(first, _found(other)[0])


def _found(source: str) -> "tuple[Policy, str]":
    """A policy and where it is from: a file, `live` or `default`."""
    from tactful.policy import DEFAULT_POLICY

    if source == DEFAULT:
        return DEFAULT_POLICY, "the default policy"
    if source != LIVE:
        return _read(Path(source)).policy, source
    from cli.policy_live import live_policy
    from deploy.settings import Settings

    found = live_policy(Settings())
    if found.refused is not None:
        Screen(error=True).say(f"warning: the newest one is refused: {found.refused}", "yellow")
    return found.policy, f"live: {found.source}"


def _read(file: Path) -> "Read":
    """A policy from a file; what is wrong with it goes to standard error, a line each."""
    from tactful.policy import PolicyError
    from tactful.policy.form import read_policy

    try:
        value = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _fail(f"{file}: found {error.strerror or error}, allowed: a file that can be read")
    try:
        return read_policy(value, str(file))
    except PolicyError as error:
        for problem in error.problems:
            _say_error(problem)
        raise typer.Exit(1) from None


def _warn(read: "Read") -> None:
    for warning in read.warnings:
        Screen(error=True).say(f"warning: {warning}", "yellow")


def _tell(old: "Policy", new: "Policy") -> None:
    """The differences, a line each: + added, - removed, ~ changed."""
    from tactful.policy.diff import Turn, changes

    signs = {Turn.ADDED: "+", Turn.REMOVED: "-", Turn.CHANGED: "~"}
    screen = Screen()
    found = changes(old, new)
    for each in found:
        sign = signs[each.turn]
        screen.say(f"{sign} {each}", _COLOURS[sign])
    if not found:
        screen.say("No difference.")


def _publish(settings: "Settings", value: bytes | None, what: str, timeout_s: float) -> None:
    from cli.pipeline import DECIDE, named
    from cli.policy_live import Publishing
    from deploy.local.errors import StackError
    from deploy.local.flink import Flink

    try:
        job = Flink(settings).running(named(DECIDE, settings))
    except StackError:  # Kafka alone is enough to publish
        job = None
    screen = Screen()
    with Publishing(settings, job.id if job else None) as publishing:
        place = publishing.publish(value)
        screen.say(
            f"{what} is published: {place.topic}, partition {place.partition}, "
            f"offset {place.offset}."
        )
        use = publishing.wait(place, timeout_s)
    if use.refused is not None:
        _fail(f"{use.said}: {use.refused}")
    screen.say(use.said)
    if use.after_s is None and job is not None:
        raise typer.Exit(1)


def _say_error(text: str) -> None:
    Screen(error=True).say(f"error: {text}", "red")


def _fail(text: str) -> NoReturn:
    _say_error(text)
    raise typer.Exit(1)
