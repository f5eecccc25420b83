"""What `step` knows beside the user: the policy in force, made ready for the decision path.

Knowledge is a value: an update gives a new one, and an invalid update leaves the old one in use.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zlib import crc32

import msgspec

from tactful.ids import tag
from tactful.local_time import DAY_MS, Calendar
from tactful.models import (
    LogisticModel,
    Model,
    Rates,
    SnapshotError,
    Task,
    model_of,
    parse_snapshot,
)
from tactful.policy import DEFAULT_POLICY, ConsentMode, Policy, PolicyError, Purpose
from tactful.policy import parse_policy as _parse_policy
from tactful.policy.model import (
    CancelledBy,
    Cap,
    ConflictGroup,
    CoolDown,
    Gap,
    NotificationType,
    Per,
    Rule,
)
from tactful.records import Reason
from tactful.sends.log import PURPOSE_BIT
from tactful.volume.price import PriceError, PricePath, parse_price

POLICY_KEY = "policy/default"
PRICE_KEY = "price/"
"""Followed by the channel's name."""
MODEL_KEY = "model/"
"""Followed by the task's name."""


class InvalidKnowledgeError(ValueError):
    """A knowledge record that can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap as it applies to one type: count the sends that match, refuse the one too many.

    Attributes:
        name: as the policy has it.
        max: how many sends a window may hold.
        window_ms: of a window that slides; None for one of the calendar.
        calendar: the calendar's window, in the user's zone.
        purpose_mask: the purposes counted (`tactful.sends.log.PURPOSE_BIT`).
        type_tags: the types counted, None for all.
        channels: the channels counted and bound, None for all.
        campaigns: the campaigns counted and bound, None for all.
        per_channel: whether each channel counts on its own.
        per_campaign: whether each campaign counts on its own; without a campaign nothing counts.
    """

    name: str
    max: int
    window_ms: int | None
    calendar: Calendar | None
    purpose_mask: int
    type_tags: frozenset[int] | None
    channels: frozenset[int] | None
    campaigns: frozenset[int] | None
    per_channel: bool
    per_campaign: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the policy, ready to use."""

    name: str
    tag: int
    address: str | None
    engage_prob: float
    cost: float
    deliver_within_ms: int
    label_window_ms: int
    address_ttl_ms: int | None = None
    presence: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A notification type of the policy, ready to use.

    Attributes:
        limits: the caps that apply, by the reason they give.
        gaps, cool_downs: those whose purposes are this type's.
        conflict_tags: the types of its conflict group, itself included; empty without a group.
        rules: the conditions that concern it.
    """

    name: str
    tag: int
    purpose: Purpose
    purpose_bit: int
    opt_in: bool
    channels: tuple[Channel, ...]
    limits: dict[Reason, tuple[Limit, ...]]
    ttl_ms: int
    value_half_life_ms: int
    value: float
    policy: NotificationType
    gaps: tuple[Gap, ...]
    cool_downs: tuple[CoolDown, ...]
    conflict: ConflictGroup | None
    conflict_tags: frozenset[int]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Knowledge:
    """The policy in force, the channels' prices, and the models with their versions, by task.

    `memo` is for what is worked out once per policy (`tactful.constraints.of`). With `terse`
    verdicts come without their why, in half the time: the reason is the first constraint in the
    way rather than the one that binds, and nothing is explained. What is decided is the same. It
    is for simulations, where nobody reads a million explanations.
    """

    policy: Policy = DEFAULT_POLICY
    model_versions: dict[str, str] = field(default_factory=dict)
    prices: dict[str, PricePath] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    terse: bool = False

    def with_update(self, key: str, value: bytes) -> "Knowledge":
        """The knowledge after one record of `tactful.knowledge`; the old one stays as it is.

        Args:
            key: `kind/name`; this version knows `policy/default`, `price/<channel>` and, for the
                tasks it knows, `model/<task>`. Other kinds are left for the versions that know
                them.
            value: JSON; empty bytes (a tombstone) take back what was there before any.

        Raises:
            InvalidKnowledgeError: the value can't be used.
        """
        try:
            if key == POLICY_KEY:
                policy = _parse_policy(value) if value else DEFAULT_POLICY
                return Knowledge(
                    policy, self.model_versions, self.prices, self.models, terse=self.terse
                )
            if key.startswith(PRICE_KEY):
                return self._priced(key.removeprefix(PRICE_KEY), value)
            if key.startswith(MODEL_KEY):
                return self._taught(key.removeprefix(MODEL_KEY), value)
        except (PolicyError, PriceError, SnapshotError) as error:
            raise InvalidKnowledgeError(f"{key}: {error}") from error
        return self

    def _priced(self, channel: str, value: bytes) -> "Knowledge":
        prices = {name: path for name, path in self.prices.items() if name != channel}
        if value:
            prices[channel] = parse_price(value)
        return self._kept(replace(self, prices=prices))

    def _taught(self, task: str, value: bytes) -> "Knowledge":
        if task not in _TASKS:
            return self
        models = {name: model for name, model in self.models.items() if name != task}
        if value:
            snapshot = parse_snapshot(value)
            if snapshot.task != task:
                raise SnapshotError(f"task: found {snapshot.task.value!r}, allowed: {task!r}")
            models[task] = model_of(snapshot)
        versions = {name: models[name].version for name in sorted(models)}
        # Which constraints can bind may follow from which models there are.
        memo = self.memo if models.keys() == self.models.keys() else {}
        return self._kept(replace(self, models=models, model_versions=versions, memo=memo))

    def _kept(self, changed: "Knowledge") -> "Knowledge":
        # The policy is the same, and so is all that was worked out from it.
        changed.__dict__.update(
            {name: self.__dict__[name] for name in _OF_POLICY if name in self.__dict__}
        )
        return changed

    def logistic(self, task: str) -> LogisticModel | None:
        """The logistic model of a task, None as long as there is none."""
        model = self.models.get(task)
        return model if isinstance(model, LogisticModel) else None

    @property
    def rates(self) -> Rates | None:
        """The rates by segment, None as long as there are none."""
        model = self.models.get(Task.RATES)
        return model if isinstance(model, Rates) else None

    def hours_of(self, segment: str) -> tuple[float, ...] | None:
        """When users of a segment engage: the density over the 24 hours; None without rates."""
        rates = self.rates
        if rates is None:
            return None
        return rates.hours(segment, self.policy.timing.global_hour_weights)

    @cached_property
    def policy_mark(self) -> int:
        """Four bytes that tell one policy from another."""
        return crc32(msgspec.json.encode(self.policy))

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The channels by name."""
        return {
            name: Channel(
                name=name,
                tag=tag(name),
                address=policy.address,
                engage_prob=policy.engage_prob,
                cost=policy.cost,
                deliver_within_ms=policy.deliver_within_ms,
                label_window_ms=policy.label_window_ms,
                address_ttl_ms=policy.address_ttl_ms,
                presence=policy.presence,
            )
            for name, policy in self.policy.channels.items()
        }

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The notification types by name."""
        return {name: self._kind(name, kind) for name, kind in self.policy.types.items()}

    @cached_property
    def cancelled_by(self) -> dict[str, dict[str, tuple[CancelledBy, ...]]]:
        """By the event's name: the types it cancels, and when."""
        found: dict[str, dict[str, tuple[CancelledBy, ...]]] = {}
        for name, kind in self.policy.types.items():
            for each in kind.cancelled_by:
                types = found.setdefault(each.event, {})
                types[name] = (*types.get(name, ()), each)
        return found

    @cached_property
    def send_memory_ms(self) -> int:
        """How long a send is remembered: as long as anything counts it, or feedback comes."""
        policy = self.policy
        spans = [FEEDBACK_MEMORY_MS]
        spans += [_span_ms(cap) for cap in policy.caps]
        spans += [gap.min_ms for gap in policy.gaps]
        spans += [each.within_ms + each.rest_ms for each in policy.cool_downs]
        spans += [group.window_ms for group in policy.conflict_groups.values()]
        return max(spans)

    def _kind(self, name: str, kind: NotificationType) -> Kind:
        policy = self.policy
        limits: dict[Reason, tuple[Limit, ...]] = {}
        for cap in policy.caps:
            limit = self._limit(cap, name, kind)
            if limit is not None:
                reason = CAP_REASONS[cap.per]
                limits[reason] = (*limits.get(reason, ()), limit)
        group = kind.conflict_group
        return Kind(
            name=name,
            tag=tag(name),
            purpose=kind.purpose,
            purpose_bit=PURPOSE_BIT[kind.purpose],
            opt_in=policy.consent.get(kind.purpose, ConsentMode.OPT_IN) is ConsentMode.OPT_IN,
            channels=tuple(self.channels[channel] for channel in kind.channels),
            limits=limits,
            ttl_ms=min(kind.ttl_ms, policy.limits.max_ttl_ms),
            value_half_life_ms=kind.value_half_life_ms,
            value=kind.value,
            policy=kind,
            gaps=tuple(gap for gap in policy.gaps if kind.purpose in gap.purposes),
            cool_downs=tuple(each for each in policy.cool_downs if kind.purpose in each.purposes),
            conflict=None if group is None else policy.conflict_groups[group],
            conflict_tags=frozenset(
                tag(other)
                for other, each in policy.types.items()
                if group is not None and each.conflict_group == group
            ),
            rules=tuple(
                rule
                for rule in policy.rules
                if (rule.types is None or name in rule.types)
                and (rule.purposes is None or kind.purpose in rule.purposes)
            ),
        )

    def _limit(self, cap: Cap, name: str, kind: NotificationType) -> Limit | None:
        """The cap as it applies to a type, None when it does not."""
        if (
            kind.purpose not in cap.purposes
            or (cap.types is not None and name not in cap.types)
            or (cap.categories is not None and kind.category not in cap.categories)
            or (cap.per is Per.CATEGORY and kind.category is None)
        ):
            return None
        counted: list[str] | None = None
        if cap.per is Per.TYPE:
            counted = [name]
        elif cap.types is not None or cap.categories is not None or cap.per is Per.CATEGORY:
            counted = [
                other
                for other, each in self.policy.types.items()
                if (cap.types is None or other in cap.types)
                and (cap.categories is None or each.category in cap.categories)
                and (cap.per is not Per.CATEGORY or each.category == kind.category)
            ]
        return Limit(
            name=cap.name,
            max=cap.max,
            window_ms=cap.window_ms,
            calendar=cap.calendar,
            purpose_mask=sum(PURPOSE_BIT[purpose] for purpose in cap.purposes),
            type_tags=_tags(counted),
            channels=_tags(cap.channels),
            campaigns=_tags(cap.campaigns),
            per_channel=cap.per is Per.CHANNEL,
            per_campaign=cap.per is Per.CAMPAIGN,
        )


FEEDBACK_MEMORY_MS = 7 * DAY_MS
"""For this long after a send its outcomes count once each, however often they are reported."""

CAP_REASONS = {
    Per.USER: Reason.CAP_USER,
    Per.TYPE: Reason.CAP_TYPE,
    Per.CHANNEL: Reason.CAP_CHANNEL,
    Per.CAMPAIGN: Reason.CAP_CAMPAIGN,
    Per.CATEGORY: Reason.CAP_CATEGORY,
}

# A day of the calendar may have 25 hours, and the user may move to another zone.
_CALENDAR_MS = {
    Calendar.DAY: 3 * DAY_MS,
    Calendar.WEEK: 9 * DAY_MS,
    Calendar.MONTH: 33 * DAY_MS,
}


def _span_ms(cap: Cap) -> int:
    """For how long a send can count for a cap."""
    return cap.window_ms or _CALENDAR_MS[cap.calendar or Calendar.DAY]


_TASKS = frozenset(task.value for task in Task)
_OF_POLICY = ("policy_mark", "channels", "kinds", "cancelled_by", "send_memory_ms")


def _tags(names: Iterable[str] | None) -> frozenset[int] | None:
    return None if names is None else frozenset(tag(name) for name in names)
