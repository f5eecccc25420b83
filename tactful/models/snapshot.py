"""A model as it travels in `tactful.knowledge` under `model/<task>`: plain numbers, in JSON.

Whatever could make a score wrong without a sound is refused here, with the field's name: numbers
that are none, a scale without its mean, a form that does not fit the task, sizes without bound.
"""

import enum
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from tactful.records.common import MAX_TIME_MS, Name, TimeMs

MAX_WEIGHTS = 4096
"""Weights of one model, and rates of one table."""
MAX_BYTES = 1_000_000
"""Of one snapshot; Kafka takes a message of a megabyte by default."""
MAX_SEGMENTS = 256
MAX_NAME_CHARS = 256
HOURS = 24
LARGEST = 1e12
"""No weight, mean or rate is beyond it; a product of two is still a number."""


class SnapshotError(ValueError):
    """A snapshot that can't be used: the field, what was found, what is allowed."""


class Form(enum.StrEnum):
    """How a snapshot is to be read."""

    LOGISTIC = "logistic"
    RATES = "rates"
    UPLIFT = "uplift"


class Task(enum.StrEnum):
    """What is learned."""

    ENGAGEMENT = "engagement"
    NEGATIVE = "negative"
    DISMISSAL = "dismissal"
    AFFINITY = "affinity"
    CHURN = "churn"
    RATES = "rates"
    UPLIFT = "uplift"


FORMS = dict.fromkeys(Task, Form.LOGISTIC) | {
    Task.RATES: Form.RATES,
    Task.UPLIFT: Form.UPLIFT,
}
"""The form of each task's snapshots."""

Number = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Metric = Annotated[float, msgspec.Meta(ge=-float(MAX_TIME_MS), le=float(MAX_TIME_MS))]
"""A number about a model; one of them is a moment (`drifted_at_ms`)."""
Weight = Annotated[float, msgspec.Meta(ge=0.0, le=LARGEST)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Pair(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Decayed counts: sends, and those of them that were engaged with."""

    sent: Weight
    engaged: Weight


class RateTable(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Decayed counts by segment; the segment "" is everyone.

    Attributes:
        channel: by segment and channel.
        type: by segment and notification type.
        hour: by segment, the weight of engagements in each of the 24 local hours of the send.
    """

    channel: dict[str, dict[str, Pair]] = {}
    type: dict[str, dict[str, Pair]] = {}
    hour: dict[str, Annotated[tuple[Weight, ...], msgspec.Meta(min_length=24, max_length=24)]] = {}


class Gain(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What sending a type adds to the outcome's rate, against its holdback.

    Attributes:
        treated: users who were sent it.
        control: users who were held back.
        treated_rate: of the outcome, among the treated.
        control_rate: of the outcome, among those held back.
        value: the difference so far.
        low: lower end of the confidence sequence; None while it is too early for one.
        high: its upper end.
        confidence: of the whole sequence.
    """

    treated: int
    control: int
    treated_rate: Share
    control_rate: Share
    value: Annotated[float, msgspec.Meta(ge=-1.0, le=1.0)]
    low: Number | None = None
    high: Number | None = None
    confidence: Share = 0.95


class Bin(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Predictions of about the same size: their mean, the share that happened, how many."""

    predicted: Share
    observed: Share
    rows: Weight


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a task's model.

    A feature that stands in `means` is scaled to (x - mean) / sqrt(variance), 0 for a variance of
    0; any other enters as it is. So does River's StandardScaler.

    Attributes:
        task: which question the model answers.
        version: its name; it stands in the `model_versions` of decisions.
        trained_at_ms: as of when, epoch milliseconds; the learn job gives the time at which the
            newest label it has learned from was known.
        examples: how many examples it has learned from.
        form: how to read it.
        intercept: of a logistic model, log-odds.
        weights: of a logistic model, by feature.
        means: of the scaled features.
        variances: of the same features.
        rates: of the form `rates`.
        gains: of the form `uplift`, by notification type.
        metrics: prequential: each example was predicted before it was learned from.
        calibration: the same predictions in bins.
        card: what a person wants to know of the model (`tactful model show`).
    """

    task: Task
    version: Name
    trained_at_ms: TimeMs
    examples: Annotated[int, msgspec.Meta(ge=0)]
    form: Form
    intercept: Number = 0.0
    weights: dict[str, Number] = {}
    means: dict[str, Number] = {}
    variances: dict[str, Weight] = {}
    rates: RateTable | None = None
    gains: dict[str, Gain] = {}
    metrics: dict[str, Metric] = {}
    calibration: Annotated[tuple[Bin, ...], msgspec.Meta(max_length=100)] = ()
    card: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(Snapshot)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The JSON of a snapshot; equal snapshots give equal bytes."""
    return _encoder.encode(snapshot)


def parse_snapshot(value: bytes) -> Snapshot:
    """A snapshot from JSON.

    Raises:
        SnapshotError: it can't be used; the message names the field, what was found and what is
            allowed.
    """
    if len(value) > MAX_BYTES:
        raise SnapshotError(f"snapshot: found {len(value)} bytes, allowed: {MAX_BYTES} at most")
    try:
        snapshot = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"snapshot: {error}") from error
    except RecursionError:
        raise SnapshotError("card: found a value nested too deeply") from None
    if snapshot.form is not FORMS[snapshot.task]:
        raise SnapshotError(
            f"form: found {snapshot.form.value!r}, "
            f"allowed for the task {snapshot.task}: {FORMS[snapshot.task].value!r}"
        )
    _check_logistic(snapshot)
    _check_rates(snapshot)
    _check_gains(snapshot)
    return snapshot


def _check_logistic(snapshot: Snapshot) -> None:
    if snapshot.form is not Form.LOGISTIC and (snapshot.weights or snapshot.intercept):
        raise SnapshotError(f"weights: found some, allowed in the form {snapshot.form}: none")
    _check_names("weights", snapshot.weights)
    _check_names("means", snapshot.means)
    if snapshot.means.keys() != snapshot.variances.keys():
        apart = sorted(snapshot.means.keys() ^ snapshot.variances.keys())
        raise SnapshotError(
            f"variances: found a mean or a variance alone for {apart[:5]}, allowed: both or none"
        )


def _check_rates(snapshot: Snapshot) -> None:
    if (snapshot.rates is None) is (snapshot.form is Form.RATES):
        found = "none" if snapshot.rates is None else "some"
        raise SnapshotError(f"rates: found {found} in the form {snapshot.form}")
    if snapshot.rates is None:
        return
    for group in ("channel", "type"):
        table: dict[str, dict[str, Pair]] = getattr(snapshot.rates, group)
        _check_names(f"rates.{group}", table, MAX_SEGMENTS)
        for segment, rates in table.items():
            _check_names(f"rates.{group}[{segment!r}]", rates)
            for name, pair in rates.items():
                if pair.engaged > pair.sent:
                    raise SnapshotError(
                        f"rates.{group}[{segment!r}][{name!r}]: found {pair.engaged} engaged of "
                        f"{pair.sent} sent, allowed: no more than were sent"
                    )
        if sum(map(len, table.values())) > MAX_WEIGHTS:
            raise SnapshotError(f"rates.{group}: found too many, allowed: {MAX_WEIGHTS}")
    _check_names("rates.hour", snapshot.rates.hour, MAX_SEGMENTS)


def _check_gains(snapshot: Snapshot) -> None:
    if snapshot.gains and snapshot.form is not Form.UPLIFT:
        raise SnapshotError(f"gains: found some, allowed in the form {snapshot.form}: none")
    _check_names("gains", snapshot.gains)
    for name, gain in snapshot.gains.items():
        if (gain.low is None) is not (gain.high is None):
            raise SnapshotError(f"gains[{name!r}]: found one end of the interval, allowed: both")
        if gain.low is not None and gain.high is not None and gain.low > gain.high:
            raise SnapshotError(
                f"gains[{name!r}]: found an interval from {gain.low} to {gain.high}"
            )


def _check_names(field: str, names: Iterable[str], most: int = MAX_WEIGHTS) -> None:
    there = list(names)
    if len(there) > most:
        raise SnapshotError(f"{field}: found {len(there)}, allowed: {most} at most")
    for name in there:
        if len(name) > MAX_NAME_CHARS:
            raise SnapshotError(
                f"{field}: found a name of {len(name)} characters, allowed: {MAX_NAME_CHARS}"
            )
