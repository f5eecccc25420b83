"""`tactful preview POLICY --against LOG`: what another policy would have done with a history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen
from cli.words import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.preview_sources import Skipped
    from cli.preview_users import Item
    from tactful.policy import Policy

LIVE, DEFAULT = "live", "default"


@reported
def preview(
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="The policy to try, as YAML.")],
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="LOG|LEDGER|kafka",
            help="JSON lines of records or of ledger entries, a table with --mapping, or `kafka`.",
        ),
    ],
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            help="What to compare with: a policy's file, `live` or `default`. Without it the live "
            "one, or the default where no Kafka runs.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="What a row of a table means.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="Only this user, every change listed.")
    ] = None,
    first: Annotated[
        int, typer.Option("--first", min=0, help="How many changed requests are listed.")
    ] = 10,
    everything: Annotated[bool, typer.Option("--all", help="List every changed request.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write each difference here as a JSON line.")
    ] = None,
) -> None:
    """Run the decision core over a history under two policies and compare.

    Shows who would have got what and which reasons moved: requests by how they end, the moves from
    one ending to another, reasons, sends by channel and type, sends per user, waits, and requests
    whose fate is another. Nothing is written to Kafka.

    For example:

    $ tactful preview mine.yaml --against kafka

    $ tactful preview mine.yaml --against records.jsonl --baseline default --output changed.jsonl

    $ tactful preview mine.yaml --against sends.csv.gz -m docs/mappings/activate_good.yaml
    """
    from contextlib import nullcontext

    from cli.preview_report import report
    from cli.preview_run import Run
    from cli.preview_sources import HistoryError, Skipped
    from cli.preview_users import Sorter

    screen = Screen()
    after, _ = policy_of(str(policy))
    before, where = _baseline(baseline)
    run = Run(before, after, None if everything or user is not None else first)
    skipped = Skipped()
    with Sorter() as sorter, nullcontext() if output is None else output.open("wb") as lines:
        with screen.progress(f"Reading {against}") as progress:
            items = _items(against, mapping, skipped, progress)
            sorter.take(each for each in items if user is None or each.user_id == user)
        if not sorter.items:
            whose = "" if user is None else f" of user {user!r}"
            said = f"; left out: {skipped.examples[0]}" if skipped.examples else ""
            raise HistoryError(
                f"--against: {against}: found no record{whose}{said}, allowed: records as `tactful "
                "send` takes them, or ledger entries"
            )
        with screen.progress("Deciding twice") as progress:
            run.over(sorter, progress, lines)
    users = run.comparison.users
    screen.say(f"before:  policy {before.version} ({where})")
    screen.say(f"after:   policy {after.version} ({policy})")
    screen.say(f"history: {plural(sorter.items, 'record')} of {plural(users, 'user')}, {against}")
    if skipped.count:
        screen.say(f"left out {plural(skipped.count, 'line')}:", "yellow")
        for example in skipped.examples:
            screen.say(f"  {example}")
    report(run, screen)
    if output is not None:
        screen.say(f"{plural(run.comparison.requests_changed, 'difference')} -> {output}")


def _items(
    against: str, mapping: Path | None, skipped: "Skipped", progress: "Callable[[float], None]"
) -> "Iterator[Item]":
    from cli.preview_sources import KAFKA, from_kafka, from_lines, from_table

    if mapping is not None:
        return from_table(Path(against), mapping, progress)
    if against == KAFKA:
        return from_kafka(skipped, progress)
    return from_lines(Path(against), skipped, progress)


def _baseline(source: str | None) -> "tuple[Policy, str]":
    from cli.broker import BrokerError

    if source is not None:
        return policy_of(source)
    try:
        return policy_of(LIVE)
    except BrokerError:
        return policy_of(DEFAULT)


def policy_of(source: str) -> "tuple[Policy, str]":
    """A policy and where it is from: a file, `live` or `default`."""
    from cli.policy_live import live_policy
    from cli.preview_sources import HistoryError
    from deploy.settings import Settings
    from tactful.policy import DEFAULT_POLICY, PolicyError
    from tactful.policy.form import read_policy

    if source == DEFAULT:
        return DEFAULT_POLICY, "the default policy"
    if source == LIVE:
        found = live_policy(Settings())
        return found.policy, f"live: {found.source}"
    try:
        return read_policy(Path(source).read_bytes(), source).policy, source
    except OSError as error:
        raise HistoryError(
            f"{source}: found {error.strerror or error}, allowed: a policy's file, {LIVE!r} or "
            f"{DEFAULT!r}"
        ) from None
    except PolicyError as error:
        raise HistoryError("; ".join(error.problems)) from None
