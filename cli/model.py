"""`tactful model`: the models in use, their cards, and going back to an earlier one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.reporting import reported
from cli.screen import Screen
from tactful.models import Form, Snapshot, Task, encode_snapshot

if TYPE_CHECKING:
    from cli.models_live import Models

app = typer.Typer(
    name="model",
    help="The models that decisions use: list, show, roll back, export.",
    no_args_is_help=True,
)

_TASK = typer.Argument(help="Which task.")
_VERSION = typer.Option("--version", help="One of the history; without it the live one.")


@app.command("list")
@reported
def list_models() -> None:
    """List the live model of each task, and the versions one can go back to.

    For example:

    $ tactful model list
    """
    from datetime import UTC

    from cli.evaluating.saying import number
    from cli.words import clock

    found = _read()
    screen = Screen()
    if not found.live and not found.kept:
        screen.say("There are no models yet: `tactful learn` makes them.")
        return
    rows = []
    for task in Task:
        versions = dict(found.kept.get(task, {}))
        live = found.live.get(task)
        if live is not None:
            versions.pop(live.version, None)
            versions[live.version] = live
        for version, snapshot in reversed(versions.items()):
            is_live = live is not None and version == live.version
            state = "live, pinned" if is_live and task in found.pins else "live" if is_live else ""
            auc, loss = snapshot.metrics.get("auc"), snapshot.metrics.get("log_loss")
            rows.append(
                (
                    task.value,
                    version,
                    state,
                    clock(snapshot.trained_at_ms, UTC),
                    f"{snapshot.examples:,}",
                    "" if auc is None else number(auc),
                    "" if loss is None else number(loss),
                )
            )
    headings = ("task", "version", "state", "learned up to", "examples", "AUC", "log loss")
    screen.table("Models", headings, rows)


@app.command()
@reported
def show(
    task: Annotated[Task, _TASK],
    version: Annotated[str | None, _VERSION] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The snapshot as it is.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the calibration here (.svg or .png).")
    ] = None,
) -> None:
    """Show a model's card: data, metrics, calibration, weights, drift.

    For example:

    $ tactful model show engagement

    $ tactful model show engagement --plot calibration.svg
    """
    found = _read()
    snapshot = found.find(task, version)
    if as_json:
        print(encode_snapshot(snapshot).decode())
    else:
        pin = found.pins.get(task)
        _say(snapshot, None if pin is None else f"{pin.version}: {pin.why or 'no reason given'}")
    if plot is not None:
        _draw(snapshot, plot)


@app.command()
@reported
def rollback(
    task: Annotated[Task, _TASK],
    version: Annotated[str, typer.Argument(help="The version to make live.")],
    why: Annotated[str | None, typer.Option("--why", help="For those who find it pinned.")] = None,
) -> None:
    """Make an earlier version live, and keep it: the learn job goes on, but replaces it no more.

    `tactful model release` ends that.

    For example:

    $ tactful model rollback engagement engagement-004200-1f00ab12 --why "bad day"
    """
    from cli.models_live import make_live
    from deploy.settings import Settings

    snapshot = _read().find(task, version)
    make_live(Settings(), snapshot, encode_snapshot(snapshot), why)
    Screen().say(
        f"{version} is live and pinned. `tactful model release {task}` lets newer ones replace it."
    )


@app.command()
@reported
def release(task: Annotated[Task, _TASK]) -> None:
    """Let the learn job replace a task's live model again.

    For example:

    $ tactful model release engagement
    """
    from cli.models_live import write
    from deploy.settings import Settings
    from tactful.models.keys import PIN_KEY

    screen = Screen()
    if task not in _read().pins:
        screen.say(f"{task} is not pinned.")
        return
    write(Settings(), PIN_KEY + task, None)
    screen.say(f"{task} is released: the learn job's next snapshot goes live.")


@app.command()
@reported
def export(
    task: Annotated[Task, _TASK],
    version: Annotated[str | None, _VERSION] = None,
    output: Annotated[
        Path, typer.Option("--output", help="The folder for the files; made if need be.")
    ] = Path(),
) -> None:
    """Write a model as JSON, with its card as Markdown and its calibration as SVG.

    For example:

    $ tactful model export engagement --output models
    """
    from cli.model_card import markdown
    from cli.records_in import InputError

    snapshot = _read().find(task, version)
    base = output / snapshot.version
    picture = base.with_name(f"{base.name}.svg") if snapshot.calibration else None
    card = base.with_name(f"{base.name}.md")
    whole = base.with_name(f"{base.name}.json")
    try:
        output.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(encode_snapshot(snapshot) + b"\n")
        card.write_text(markdown(snapshot, None if picture is None else picture.name), "utf-8")
    except OSError as error:
        raise InputError(f"--output: {output}: found {error.strerror}") from None
    if picture is not None:
        _draw(snapshot, picture)
    written = [path for path in (whole, card, picture) if path is not None]
    Screen().say("Written: " + ", ".join(str(path) for path in written))


def _read() -> "Models":
    from cli.models_live import read_models
    from deploy.settings import Settings

    found = read_models(Settings())
    for key, why in found.refused.items():
        Screen(error=True).say(f"warning: {key} can't be used: {why}", "yellow")
    return found


def _say(snapshot: Snapshot, pinned: str | None) -> None:
    from cli import model_card

    screen = Screen()
    screen.table("Model", ("", ""), model_card.facts(snapshot, pinned))
    screen.table(
        "Metrics, each example predicted before it was learned from",
        ("measure", "value"),
        model_card.measures(snapshot),
    )
    if snapshot.calibration:
        headings = ("examples", "predicted", "observed", "= observed, | predicted")
        screen.table("Calibration", headings, model_card.bars(snapshot.calibration))
    if snapshot.form is Form.LOGISTIC:
        rows = model_card.weights(snapshot)
        title = f"The {len(rows)} largest of {len(snapshot.weights)} weights"
        screen.table(title, ("feature", "weight", "mean"), rows)
    elif snapshot.form is Form.RATES:
        screen.table("Rates", ("segment", "of", "rate", "sends"), model_card.rates_table(snapshot))
    else:
        columns = ("type", "users", "rates", "uplift", "interval")
        screen.table("Uplift: sent / held back", columns, model_card.gains_table(snapshot))


def _draw(snapshot: Snapshot, path: Path) -> None:
    from cli.evaluating.pictures import draw_calibration
    from cli.records_in import InputError
    from tactful.evaluation import Bin
    from tactful.evaluation.estimate import z_of
    from tactful.evaluation.uplift import wilson

    if not snapshot.calibration:
        raise InputError(
            f"--plot: found no calibration in {snapshot.version}, allowed: a model of probabilities"
        )
    z = z_of(0.95)
    bins = []
    for each in snapshot.calibration:
        rows = max(1, round(each.rows))
        bins.append(Bin(rows, each.predicted, each.observed, *wilson(each.observed, rows, z)))
    draw_calibration(path, bins, f"{snapshot.version}: predicted and observed")
