"""Which examples a life must have given, counted once more in the slow and obvious way.

Nothing is decayed step by step here and nothing is packed: all that ever happened stands in lists,
and each feature is worked out from them by its formula in docs/features.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import log, log1p
from typing import Any

import msgspec
from interpreter import Step

from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, zone_named
from tactful.profile.section import zone_name
from tactful.records import Decision, Event, Example, ExampleKind, Feedback, Outcome, ProfileUpdate
from tactful.sends.log import MAX_CLOCK_STEP_BACK_MS
from tactful.timing import Rhythm

LATE_MS = 7 * DAY_MS
CHURN_MS = 30 * DAY_MS
ENGAGING = {Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED}
NEGATIVE = {Outcome.DISMISSED, Outcome.UNSUBSCRIBED, Outcome.COMPLAINED}


@dataclass
class Label:
    """What became of a send."""

    type: str
    channel: str
    engaged: bool
    negative: bool


@dataclass(eq=False)
class Window:
    """A send, or a user who may go away, and what is known of it since."""

    example: Example
    due_ms: int
    seen: set[Outcome] = field(default_factory=set)
    came_back: bool = False
    label: Label | None = None

    @property
    def is_send(self) -> bool:
        return self.example.decision_id is not None

    def labels(self) -> dict[str, int]:
        if not self.is_send:
            return {"churned": int(not self.came_back)}
        named = (Outcome.CLICKED, Outcome.CONVERTED, *NEGATIVE)
        return {"engaged": int(bool(self.seen & ENGAGING))} | {
            str(each): int(each in self.seen) for each in named
        }


class Recount:
    """A user's life as far as examples go."""

    def __init__(self) -> None:
        self.examples: list[Example] = []
        self._forget()

    def _forget(self) -> None:
        self._events: list[int] = []
        self._engaged: list[int] = []
        self._sent: dict[str, tuple[int, str]] = {}
        """By decision: when and on which channel; without those that never arrived."""
        self._last_sent: dict[str, int] = {}
        self._first_sent_ms = 0
        self._log: dict[str, tuple[int, set[Outcome]]] = {}
        self._channels: set[str] = set()
        self._labels: list[Label] = []
        self._windows: list[Window] = []
        self._told: list[Window] = []
        self._churn: Window | None = None
        self._churned = 0

    def live(self, steps: list[Step]) -> list[Example]:
        """All examples of a life, in order."""
        for step in steps:
            if not step.duplicate:
                self._step(step)
        return self.examples

    def _step(self, step: Step) -> None:
        record = step.record
        if isinstance(record, ProfileUpdate) and record.erase:
            self._forget()
            return
        if isinstance(record, Event):
            self._events.append(record.at_ms)
        if isinstance(record, Feedback):
            self._engage(step, record)
        self._tell_due(step)
        if isinstance(record, Event):
            self._event(step, record)
        if isinstance(record, Feedback):
            self._outcome(step, record)
        for decision in step.decisions:
            self._send(step, decision)

    # What happens

    def _engage(self, step: Step, feedback: Feedback) -> None:
        known = self._log.get(feedback.decision_id)
        if known is not None:
            if feedback.outcome in known[1]:
                return
            known[1].add(feedback.outcome)
        elif feedback.channel in self._channels | step.knowledge.channels.keys():
            self._channels.add(feedback.channel)
        else:
            return
        if feedback.outcome in ENGAGING:
            self._engaged.append(feedback.at_ms)

    def _send(self, step: Step, decision: Decision) -> None:
        now_ms = step.now_ms
        features = self._features(step, decision.type, decision.channel)
        self._windows = [
            each
            for each in self._windows
            if each not in self._told or each.due_ms + LATE_MS >= now_ms
        ]
        sends = [each for each in self._windows if each.is_send]
        sends.sort(key=lambda each: each not in self._told)
        surplus = len(sends) + 1 - step.knowledge.policy.limits.label_windows
        for each in sends[: max(0, surplus)]:
            if each not in self._told:
                self._tell(each, now_ms)
            self._windows.remove(each)
        channel = step.knowledge.channels[decision.channel]
        self._windows.append(
            Window(
                self._example(step, features, decision),
                now_ms + channel.label_window_ms,
            )
        )
        self._sent[decision.decision_id] = now_ms, decision.channel
        self._last_sent[decision.channel] = max(self._last_sent.get(decision.channel, 0), now_ms)
        self._first_sent_ms = self._first_sent_ms or now_ms
        forget_ms = now_ms - step.knowledge.send_memory_ms - MAX_CLOCK_STEP_BACK_MS
        self._log = {name: each for name, each in self._log.items() if each[0] > forget_ms}
        self._log[decision.decision_id] = now_ms, set()
        self._channels.add(decision.channel)

    def _tell_due(self, step: Step) -> None:
        waiting = [each for each in self._windows if each not in self._told]
        again = False
        for each in sorted(waiting, key=lambda window: window.due_ms):
            if each.due_ms > step.now_ms:
                break
            if each is self._churn:
                self._churn = None
                self._churned = 0 if each.came_back else self._churned + 1
                again = self._churned < 2
            self._tell(each, step.now_ms)
        if again:
            self._open_churn(step)

    def _open_churn(self, step: Step) -> None:
        features = self._of_user(step) | {"dosage": self._dosage(step)}
        self._churn = Window(self._example(step, features), step.now_ms + CHURN_MS)
        self._windows.append(self._churn)

    def _event(self, step: Step, event: Event) -> None:
        for each in self._windows:
            late = each.due_ms + LATE_MS < step.now_ms
            gone = not each.is_send and each in self._told and not each.came_back
            if gone and not late and each.example.at_ms < event.at_ms <= each.due_ms:
                before = each.labels()
                each.came_back = True
                self._again(each, step.now_ms, before)
        if self._churn is None:
            self._churned = 0
            self._open_churn(step)
        elif event.at_ms > self._churn.example.at_ms:
            self._churn.came_back = True

    def _outcome(self, step: Step, feedback: Feedback) -> None:
        outcome = feedback.outcome
        found = [each for each in self._windows if each.example.decision_id == feedback.decision_id]
        if not found or outcome is Outcome.DELIVERED:
            return
        (window,) = found
        told = window in self._told
        if outcome in {Outcome.BOUNCED, Outcome.FAILED}:
            if not told and not window.seen:
                self._windows.remove(window)
                del self._sent[feedback.decision_id]
            return
        too_late = outcome in ENGAGING and feedback.at_ms > window.due_ms
        forgotten = told and window.due_ms + LATE_MS < step.now_ms
        if outcome in window.seen or too_late or forgotten:
            return
        before = window.labels()
        window.seen.add(outcome)
        if told:
            self._again(window, step.now_ms, before)
        elif outcome is Outcome.CONVERTED:
            self._tell(window, step.now_ms)

    # What is told

    def _tell(self, window: Window, now_ms: int) -> None:
        self._told.append(window)
        self._emit(window, labels=window.labels(), labelled_at_ms=now_ms)
        if window.is_send:
            example = window.example
            assert example.type is not None
            assert example.channel is not None
            window.label = Label(example.type, example.channel, engaged=False, negative=False)
            self._labels.append(window.label)
            self._relabel(window)

    def _again(self, window: Window, now_ms: int, before: dict[str, int]) -> None:
        revision = window.example.revision + 1
        self._emit(
            window,
            id=window.example.id.rpartition(":")[0] + f":{revision}",
            labels=window.labels(),
            labelled_at_ms=now_ms,
            revision=revision,
            corrects=before,
        )
        self._relabel(window)

    def _emit(self, window: Window, **changes: Any) -> None:
        window.example = msgspec.structs.replace(window.example, **changes)
        self.examples.append(window.example)

    def _relabel(self, window: Window) -> None:
        if window.label is not None:
            window.label.engaged = bool(window.seen & ENGAGING)
            window.label.negative = bool(window.seen & NEGATIVE)

    def _example(
        self, step: Step, features: dict[str, float], decision: Decision | None = None
    ) -> Example:
        user_id = step.before.user_id
        name = f"churn-{user_id}-{step.now_ms}" if decision is None else decision.decision_id
        return Example(
            id=f"{name}:0",
            user_id=user_id,
            kind=ExampleKind.CHURN if decision is None else ExampleKind.SEND,
            at_ms=step.now_ms,
            labelled_at_ms=0,
            labels={},
            features=features,
            segment=self._segment(step.now_ms),
            policy_version=step.knowledge.policy.version,
            model_versions=step.knowledge.model_versions,
            decision_id=None if decision is None else decision.decision_id,
            channel=None if decision is None else decision.channel,
            type=None if decision is None else decision.type,
            propensity=1.0 if decision is None else decision.propensity,
        )

    # What is known

    def _features(self, step: Step, type_name: str, channel_name: str) -> dict[str, float]:
        known, now_ms = step.knowledge, step.now_ms
        zone, _ = zone_named(
            zone_name(step.after.sections[Section.PROFILE]), known.policy.time_zone
        )
        wall = datetime.fromtimestamp(now_ms / 1000, zone)
        rhythm = Rhythm(step.after.sections[Section.ACTIVITY], now_ms, known.policy.timing)
        rate = self._rate(known)
        channel = known.channels[channel_name]
        of_type = [each.engaged for each in self._labels if each.type == type_name]
        of_channel = [each.engaged for each in self._labels if each.channel == channel_name]
        present = self._events and now_ms - max(self._events) <= known.policy.timing.presence_ms
        return self._of_user(step) | {
            "type_log_odds": odds(average(rate, of_type, 8)),
            f"type:{type_name}": 1.0,
            "channel_log_odds": odds(average(channel.engage_prob, of_channel, 8)),
            "channel_gap_log": since(self._last_sent.get(channel_name), now_ms, HOUR_MS, 720),
            f"channel:{channel_name}": 1.0,
            "rhythm_log": log(max(0.05, rhythm.at(hour_of_week(local_ms(zone, now_ms))))),
            "dosage": self._dosage(step),
            "present": float(bool(present)),
            "weekend": float(wall.weekday() >= 5),
            f"hour:{wall.hour}": 1.0,
        }

    def _of_user(self, step: Step) -> dict[str, float]:
        known, now_ms = step.knowledge, step.now_ms
        engaged = [each.engaged for each in self._labels]
        negative = [each.negative for each in self._labels]
        # The rate of events whose sum, halved each 28 days, is what it is.
        events = sum(0.5 ** ((now_ms - at_ms) / (28 * DAY_MS)) for at_ms in self._events)
        first_ms = self._first_ms()
        return {
            "rate_log_odds": odds(self._rate(known)),
            "rate_fast_log_odds": odds(average(global_rate(known), engaged, 2)),
            "sends_log": log1p(len(self._labels)),
            "recency_log": since(max(self._engaged, default=None), now_ms, DAY_MS, 365),
            "seen_log": since(
                max(self._events + self._engaged, default=None), now_ms, HOUR_MS, 24 * 365
            ),
            "tenure_log": 0.0 if first_ms is None else log1p(max(0, now_ms - first_ms) / DAY_MS),
            "activity_log": log1p(events * log(2) / 4),
            "negative_log_odds": odds(average(0.02, negative, 8)),
        }

    def _rate(self, known: Knowledge) -> float:
        return average(global_rate(known), [each.engaged for each in self._labels], 8)

    def _dosage(self, step: Step) -> float:
        half_life_ms = step.knowledge.policy.fatigue.half_life_ms
        return sum(
            0.5 ** (max(0, step.now_ms - at_ms) / half_life_ms) for at_ms, _ in self._sent.values()
        )

    def _first_ms(self) -> int | None:
        sent = [self._first_sent_ms] if self._first_sent_ms else []
        return min(self._events + sent, default=None)

    def _segment(self, now_ms: int) -> str:
        first_ms = self._first_ms()
        if first_ms is None or now_ms - first_ms < 14 * DAY_MS:
            return "new"
        away_days = (now_ms - max(self._events + self._engaged, default=0)) / DAY_MS
        return "active" if away_days < 7 else "lapsing" if away_days < 30 else "dormant"


def global_rate(known: Knowledge) -> float:
    """What is assumed of everyone."""
    rates = [channel.engage_prob for channel in known.channels.values()]
    return sum(rates) / len(rates)


def average(prior: float, labels: list[bool], half_life: int) -> float:
    """The labels weigh 1, d, d^2, … from the newest back; the prior is one more that weighs 1."""
    keep = 0.5 ** (1 / half_life)
    total, weight = prior, 1.0
    for age, label in enumerate(reversed(labels)):
        total += label * keep**age
        weight += keep**age
    return total / weight


def odds(prob: float) -> float:
    """Log-odds, kept away from the edges."""
    prob = min(max(prob, 0.001), 0.999)
    return log(prob / (1 - prob))


def since(then_ms: int | None, now_ms: int, unit_ms: int, most: int) -> float:
    """Never is as long ago as can be."""
    return log1p(most if then_ms is None else min(max(0, now_ms - then_ms) / unit_ms, most))


def differences(found: list[Example], wanted: list[Example]) -> Iterator[str]:
    """Where two lists of examples differ, in words."""
    for one, other in zip(found, wanted, strict=False):
        bare = [msgspec.structs.replace(each, features={}) for each in (one, other)]
        if bare[0] != bare[1]:
            yield f"found {bare[0]}\nwanted {bare[1]}"
        if one.features.keys() != other.features.keys():
            yield f"{one.id}: found {sorted(one.features)}, wanted {sorted(other.features)}"
            continue
        for name, value in one.features.items():
            if abs(value - other.features[name]) > tolerance(name, other.features[name]):
                yield f"{one.id}: {name} is {value}, wanted {other.features[name]}"
    if len(found) != len(wanted):
        yield f"found {[each.id for each in found]}\nwanted {[each.id for each in wanted]}"


def tolerance(name: str, value: float) -> float:
    """How far a feature may be off.

    The hours of the week are counted in half floats (11 bits each), and a clock that stepped back
    by minutes is not told apart from one that stood still; all else is rounded to 32 bits.
    """
    if name == "activity_log":
        return 3e-3 * (1 + abs(value))
    if name == "dosage":
        return 3e-3 * (1 + abs(value))
    return 1e-4 * (1 + abs(value))
