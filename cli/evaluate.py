"""`tactful evaluate`: what a log says of a policy, a holdback, predictions, hours, our models."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.reporting import reported

app = typer.Typer(
    name="evaluate",
    help="What a log says about a policy, a holdback, predictions, hours, or our own models.",
    no_args_is_help=True,
)

_LOG = typer.Argument(metavar="LOG", help="CSV (also compressed) or Parquet.")
_CONFIDENCE = typer.Option("--confidence", help="Of the intervals.")
_OUTPUT = typer.Option("--output", help="Write everything as JSON here.")
_SEED = typer.Option("--seed", help="Of the bootstrap.")
_UNITS = typer.Option("--units", help="Column: rows that share it are not independent (a user).")
_PLOT = typer.Option("--plot", help="Write a picture here (.svg or .png).")


class Model(StrEnum):
    """The reward model of doubly robust."""

    MEANS = "means"
    RIDGE = "ridge"
    LOGISTIC = "logistic"
    NONE = "none"


class IntervalKind(StrEnum):
    """How intervals are made."""

    BOOTSTRAP = "bootstrap"
    NORMAL = "normal"


@app.command()
@reported
def policy(
    log: Annotated[Path, _LOG],
    action: Annotated[str, typer.Option("--action", help="Column: what was done.")],
    reward: Annotated[str, typer.Option("--reward", help="Column: what came of it.")],
    propensity: Annotated[
        str, typer.Option("--propensity", help="Column: the probability with which it was done.")
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            help="uniform, only:ACTION, column:NAME, or a file: another log, or a table with a "
            "column `probability`.",
        ),
    ],
    given: Annotated[
        list[str] | None,
        typer.Option("--given", help="Column of the situation the target depends on; repeatable."),
    ] = None,
    actions: Annotated[
        int | None,
        typer.Option("--actions", min=1, help="How many actions there are, if not all are seen."),
    ] = None,
    model: Annotated[
        Model, typer.Option("--model", help="The reward model of doubly robust.")
    ] = Model.MEANS,
    features: Annotated[
        list[str] | None,
        typer.Option("--features", help="Column for ridge and logistic; repeatable."),
    ] = None,
    units: Annotated[str | None, _UNITS] = None,
    interval: Annotated[
        IntervalKind, typer.Option("--interval", help="How intervals are made.")
    ] = IntervalKind.BOOTSTRAP,
    confidence: Annotated[float, _CONFIDENCE] = 0.95,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap and the folds.")] = 0,
    output: Annotated[Path | None, _OUTPUT] = None,
    plot: Annotated[Path | None, _PLOT] = None,
) -> None:
    """Estimate the value of a policy from the log of another, without trying it on anyone.

    The log must hold the probability with which each action was taken. Warnings say when the
    estimate should not be trusted.

    For example:

    $ tactful evaluate policy sends.csv --action channel --reward opened --propensity prob
    --target uniform

    $ tactful evaluate policy random.csv.gz --action item --reward click --propensity p --target
    thompson.csv.gz --given position --plot values.svg
    """
    from cli.evaluating.policy import Asked, run

    run(
        Asked(
            log=log,
            action=action,
            reward=reward,
            propensity=propensity,
            target=target,
            given=tuple(given or ()),
            actions=actions,
            model=model.value,
            features=tuple(features or ()),
            units=units,
            interval=interval.value,
            confidence=confidence,
            seed=seed,
        ),
        output,
        plot,
    )


@app.command()
@reported
def uplift(
    log: Annotated[Path, _LOG],
    group: Annotated[str, typer.Option("--group", help="Column: which group a row is of.")],
    control: Annotated[str, typer.Option("--control", help="The holdback's name.")],
    outcome: Annotated[
        list[str], typer.Option("--outcome", help="Column of numbers or 0 and 1; repeatable.")
    ],
    control_share: Annotated[
        float | None,
        typer.Option("--control-share", help="Of all rows, as declared; a warning if it is off."),
    ] = None,
    best_at: Annotated[
        int,
        typer.Option("--best-at", min=1, help="At so many rows the sequence is to be narrow."),
    ] = 10_000,
    confidence: Annotated[float, _CONFIDENCE] = 0.95,
    output: Annotated[Path | None, _OUTPUT] = None,
    plot: Annotated[Path | None, _PLOT] = None,
) -> None:
    """Estimate what each group gained over a randomised holdback.

    Two intervals: one for a single look at all rows, and a confidence sequence over the rows in
    their order, which holds however often one looks.

    For example:

    $ tactful evaluate uplift campaign.csv --group arm --control none --outcome visit
    --outcome spend
    """
    from cli.evaluating.uplift import Asked, run

    run(
        Asked(
            log=log,
            group=group,
            control=control,
            outcomes=tuple(outcome),
            control_share=control_share,
            best_at=best_at,
            confidence=confidence,
        ),
        output,
        plot,
    )


@app.command()
@reported
def predictions(
    log: Annotated[Path, _LOG],
    label: Annotated[str, typer.Option("--label", help="Column of 0 and 1: what happened.")],
    score: Annotated[str, typer.Option("--score", help="Column: the probability predicted.")],
    units: Annotated[str | None, _UNITS] = None,
    bins: Annotated[int, typer.Option("--bins", min=1, help="Of the calibration.")] = 10,
    confidence: Annotated[float, _CONFIDENCE] = 0.95,
    seed: Annotated[int, _SEED] = 0,
    output: Annotated[Path | None, _OUTPUT] = None,
    plot: Annotated[Path | None, _PLOT] = None,
) -> None:
    """Say how good predicted probabilities were: AUC, log loss, Brier score, calibration.

    For example:

    $ tactful evaluate predictions scored.csv --label opened --score open_prob --units user_id
    --plot bins.svg
    """
    from cli.evaluating.predictions import Asked, run

    run(Asked(log, label, score, units, bins, confidence, seed), output, plot)


@app.command()
@reported
def hours(
    log: Annotated[Path, _LOG],
    user: Annotated[str, typer.Option("--user", help="Column: whose open a row is.")],
    at: Annotated[
        str, typer.Option("--at", help="Column: when, an ISO time or epoch milliseconds.")
    ],
    zone: Annotated[
        str, typer.Option("--zone", help="The users' time zone, or column:NAME.")
    ] = "UTC",
    k: Annotated[int, typer.Option("--k", min=1, max=24, help="How many hours may be named.")] = 3,
    kappa: Annotated[
        float, typer.Option("--kappa", min=0.01, help="Of the shrunk hours: opens of a prior.")
    ] = 20.0,
    warm_up: Annotated[
        float, typer.Option("--warm-up", help="First share of the log, learned from, not scored.")
    ] = 0.3,
    visit_gap: Annotated[
        float,
        typer.Option("--visit-gap", min=0, help="Minutes after which an open begins a new visit."),
    ] = 30.0,
    confidence: Annotated[float, _CONFIDENCE] = 0.95,
    seed: Annotated[int, _SEED] = 0,
    output: Annotated[Path | None, _OUTPUT] = None,
    plot: Annotated[Path | None, _PLOT] = None,
) -> None:
    """Say how well the hour of each open was foretold from the opens before it.

    Five ways are compared: everyone's hours, the user's own shrunk to them, the rhythm by which
    Tactful decides, the rhythm of visits, and that rhythm for a user who may still be there.

    For example:

    $ tactful evaluate hours opens.csv --user user_id --at opened_at --zone Europe/Brussels --k 3
    """
    from cli.evaluating.hours import Asked, run

    run(Asked(log, user, at, zone, k, kappa, warm_up, visit_gap, confidence, seed), output, plot)


@app.command()
@reported
def engagement(
    log: Annotated[Path, _LOG],
    mapping: Annotated[
        Path, typer.Option("--mapping", "-m", help="The YAML file that says what a row means.")
    ],
    test_from: Annotated[
        str | None,
        typer.Option("--test-from", help="Score sends from this ISO time on; else the last 30 %."),
    ] = None,
    labels_after: Annotated[
        float,
        typer.Option("--labels-after", min=0, help="Days after a send before its label is used."),
    ] = 7.0,
    lapse_days: Annotated[
        float,
        typer.Option("--lapse-days", min=1, help="Lapse: who engaged so many days before."),
    ] = 150.0,
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", help="Only this outcome is an answer; repeatable."),
    ] = None,
    bins: Annotated[int, typer.Option("--bins", min=1, help="Of the calibration.")] = 10,
    output: Annotated[Path | None, _OUTPUT] = None,
    plot: Annotated[Path | None, _PLOT] = None,
) -> None:
    """Say how well our own features and models predict who answers the sends of a log.

    Each send of the log is made at its moment by the decision core, waits for its answer, and is
    learned from, as in production; it is predicted by the model of its moment. Compared with the
    exponential averages of each user's past, the calibrated ones too.

    For example:

    $ tactful evaluate engagement sends.csv.gz --mapping newsletter.yaml --outcome opened
    """
    from cli.evaluating.engagement import Asked, run

    asked = Asked(log, mapping, test_from, labels_after, lapse_days, bins, tuple(outcome or ()))
    run(asked, output, plot)
