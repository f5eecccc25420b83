"""Small builders for tests of the core: records, a plain policy, and a user who lives through them.

The plain policy has no caps, no quiet hours and no waiting for a better hour, so that a test adds
only what it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from state.codec import pack, unpack
from tactful.engine.state import UserState
from tactful.engine.step import Effects, step
from tactful.knowledge import Knowledge
from tactful.policy import (
    Cap,
    ChannelPolicy,
    NotificationType,
    Policy,
    Purpose,
    QuietHoursPolicy,
    Timing,
)
from tactful.records import (
    Decision,
    Event,
    Feedback,
    Input,
    LedgerEntry,
    Outcome,
    Output,
    Preferences,
    Priority,
    ProfileSnapshot,
    ProfileUpdate,
    Reason,
    Request,
    Verdict,
    Wakeup,
)

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

USER = "ada"


def at(local: str, zone: str = "UTC", fold: int = 0) -> int:
    """Epoch milliseconds of a local time like "2026-01-07 12:00"."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.astimezone(UTC).timestamp() * 1000)


NOW = at("2026-01-07 12:00")
"""A Wednesday, noon in UTC."""

PLAIN = Policy(
    version="plain-1",
    types={
        "promotion": NotificationType(Purpose.MARKETING, ("email", "push", "in_app")),
        "newsletter": NotificationType(Purpose.MARKETING, ("email",), ttl_ms=7 * DAY_MS),
        "receipt": NotificationType(Purpose.TRANSACTIONAL, ("email", "push", "in_app")),
    },
    channels={
        "email": ChannelPolicy(address="email", engage_prob=0.3, deliver_within_ms=HOUR_MS),
        "push": ChannelPolicy(address="push_token", engage_prob=0.2),
        "in_app": ChannelPolicy(engage_prob=0.1),
    },
    quiet_hours=None,
    timing=Timing(best_time_within_ms={}),
)


def knowledge(**changes: Any) -> Knowledge:
    """The plain policy with some keys replaced."""
    return Knowledge(msgspec.structs.replace(PLAIN, **changes))


def a_cap(name: str = "daily", max: int = 1, window_ms: int = DAY_MS, **more: Any) -> Cap:  # noqa: A002
    return Cap(name=name, max=max, window_ms=window_ms, **more)


def quiet(start: str, end: str) -> QuietHoursPolicy:
    return QuietHoursPolicy(start=start, end=end)


def a_request(
    id: str = "r1",  # noqa: A002
    type: str = "promotion",  # noqa: A002
    priority: Priority | None = Priority.NORMAL,
    at_ms: int = NOW,
    **more: Any,
) -> Request:
    return Request(id=id, user_id=USER, type=type, priority=priority, at_ms=at_ms, **more)


def an_event(id: str = "e1", at_ms: int = NOW, **more: Any) -> Event:  # noqa: A002
    return Event(id=id, user_id=USER, name=more.pop("name", "app_open"), at_ms=at_ms, **more)


def a_feedback(
    decision_id: str,
    outcome: Outcome,
    at_ms: int = NOW,
    id: str | None = None,  # noqa: A002
    channel: str = "email",
) -> Feedback:
    name = f"f-{decision_id}-{outcome}" if id is None else id
    return Feedback(name, USER, decision_id, channel, outcome, at_ms)


def an_update(id: str = "p1", at_ms: int = NOW, **more: Any) -> ProfileUpdate:  # noqa: A002
    if isinstance(more.get("preferences"), dict):
        more["preferences"] = msgspec.convert(more["preferences"], Preferences)
    return ProfileUpdate(id=id, user_id=USER, at_ms=at_ms, **more)


def a_ledger_entry(
    at_ms: int,
    verdict: Verdict = Verdict.SEND,
    reason: Reason = Reason.ALLOWED,
    channel: str | None = "email",
    user: str = "ada",
) -> LedgerEntry:
    """A verdict on a tip of its own, asked for and decided at one moment."""
    return LedgerEntry(
        decision_id=f"d-{user}-{at_ms}",
        request_id=f"r-{at_ms}",
        user_id=user,
        type="tip",
        verdict=verdict,
        reason=reason,
        priority=Priority.NORMAL,
        requested_at_ms=at_ms,
        decided_at_ms=at_ms,
        expires_at_ms=at_ms + 1,
        explanation="because",
        policy_version="p",
        model_versions={},
        channel=channel,
    )


class User:
    """One user's life: each record taken changes the state, and what went out is remembered.

    The state goes through its bytes after every step, as it does in the job.
    """

    def __init__(self, known: Knowledge, now_ms: int) -> None:
        self.knowledge = known
        self.now_ms = now_ms
        self.state = UserState(USER)
        self.outputs: list[Output] = []

    def take(self, record: Input, now_ms: int | None = None) -> Effects:
        """One step; the clock is `now_ms`, which stays where it is unless given."""
        if now_ms is not None:
            self.now_ms = now_ms
        effects = step(self.state, record, self.now_ms, self.knowledge)
        self.state = unpack(pack(effects.state), USER)
        self.outputs += effects.outputs
        return effects

    def asked(self, request: Request, now_ms: int | None = None) -> LedgerEntry:
        """The verdict on a request in the step that takes it; fails when there is none."""
        now = request.at_ms if now_ms is None else now_ms
        entries = [
            output
            for output in self.take(request, max(now, self.now_ms)).outputs
            if isinstance(output, LedgerEntry) and output.request_id == request.id
        ]
        assert entries, f"no verdict on {request.id}"
        return entries[-1]

    def told(self, **more: Any) -> Effects:
        """A profile update that was made now."""
        more.setdefault("id", f"p{len(self.outputs)}-{self.now_ms}")
        return self.take(an_update(at_ms=more.pop("at_ms", self.now_ms), **more))

    def woken(self, now_ms: int | None = None) -> list[LedgerEntry]:
        """The verdicts of the next wake-up that gives any, on time or later."""
        for _ in range(8):
            due_ms = self.state.wakeup_ms
            assert due_ms is not None, "nothing is due"
            moment = max(due_ms, self.now_ms) if now_ms is None else now_ms
            outputs = self.take(Wakeup(), moment).outputs
            found = [output for output in outputs if isinstance(output, LedgerEntry)]
            if found:
                return found
        raise AssertionError("eight wake-ups gave no verdict")

    @property
    def ledger(self) -> list[LedgerEntry]:
        return [output for output in self.outputs if isinstance(output, LedgerEntry)]

    @property
    def decisions(self) -> list[Decision]:
        return [output for output in self.outputs if isinstance(output, Decision)]

    @property
    def snapshots(self) -> list[ProfileSnapshot]:
        return [output for output in self.outputs if isinstance(output, ProfileSnapshot)]

    def verdicts(self, request_id: str = "r1") -> list[str]:
        """The verdicts and reasons of a request in order, as "verdict reason"."""
        return [
            f"{entry.verdict} {entry.reason}"
            for entry in self.ledger
            if entry.request_id == request_id
        ]


def a_user(
    known: Knowledge | None = None,
    *,
    now_ms: int = NOW,
    consent: Mapping[str, bool] | None = None,
    identifiers: Mapping[str, str] | None = None,
    preferences: Mapping[str, Any] | None = None,
    time_zone: str | None = None,
) -> User:
    """A user who gave consent to marketing and can be reached by e-mail and push.

    Their profile is a day old, so that every test's own records are newer.
    """
    user = User(known or knowledge(), now_ms - DAY_MS)
    user.take(
        an_update(
            id="born",
            at_ms=now_ms - DAY_MS,
            consent={"marketing": True} if consent is None else dict(consent),
            identifiers=(
                {"email": "ada@example.org", "push_token": "t0"}
                if identifiers is None
                else dict(identifiers)
            ),
            preferences=None if preferences is None else dict(preferences),
            time_zone=time_zone,
        )
    )
    user.now_ms = now_ms
    user.outputs.clear()
    return user


def names(entries: Sequence[LedgerEntry]) -> list[str]:
    """Entries as "request verdict reason"."""
    return [f"{entry.request_id} {entry.verdict} {entry.reason}" for entry in entries]
