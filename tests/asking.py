"""Asks one constraint about one request directly, without the composer around it."""

from collections.abc import Mapping, Sequence
from typing import Any

from builders import DAY_MS, NOW, USER, a_request, an_update, knowledge

from tactful.constraints import Ask, Constraint, Rival
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.ids import tag
from tactful.knowledge import Channel, Knowledge
from tactful.policy import Purpose
from tactful.profile import section as profile_section
from tactful.records import Priority
from tactful.sends.log import COUNTED_BIT, DIGEST_BIT, PURPOSE_BIT, Sent


def an_ask(
    known: Knowledge | None = None,
    type: str = "promotion",  # noqa: A002
    now_ms: int = NOW,
    *,
    priority: Priority = Priority.NORMAL,
    sends: Sequence[Sent] = (),
    rivals: Sequence[Rival] = (),
    order: tuple[int, float, int, str] | None = None,
    first_ms: int | None = None,
    last_seen_ms: int = 0,
    born_ms: int | None = None,
    profile: Mapping[str, Any] | None = None,
    **request: Any,
) -> Ask:
    """A request of a user who gave consent and has an e-mail address and a push token.

    `profile` are further fields of the update that wrote it all, `born_ms` when that was (a day
    before by default).
    """
    known = known or knowledge()
    fields: dict[str, Any] = {
        "consent": {"marketing": True},
        "identifiers": {"email": "ada@example.org", "push_token": "t0"},
        **(profile or {}),
    }
    born_ms = now_ms - DAY_MS if born_ms is None else born_ms
    state = step(UserState(USER), an_update(at_ms=born_ms, **fields), born_ms, known).state
    section = state.sections[Section.PROFILE]
    asked = a_request(type=type, at_ms=request.pop("at_ms", now_ms), priority=priority, **request)
    return Ask(
        asked,
        known.kinds[type],
        now_ms,
        known,
        profile_section.settings(section),
        sorted(sends),
        first_ms=first_ms,
        rivals=rivals,
        order=order or (2, -1.0, asked.at_ms, asked.id),
        profile=section,
        last_seen_ms=last_seen_ms,
    )


def sent(
    at_ms: int,
    type: str = "promotion",  # noqa: A002
    channel: str = "email",
    *,
    campaign: str | None = None,
    purpose: Purpose = Purpose.MARKETING,
    counted: bool = True,
    digest: bool = False,
) -> Sent:
    """A send as the log has it."""
    flags = PURPOSE_BIT[purpose] | counted * COUNTED_BIT | digest * DIGEST_BIT
    return Sent(
        at_ms, tag(type), tag(channel), 0 if campaign is None else tag(campaign), b"mark00", flags
    )


def channel_of(ask: Ask, name: str) -> Channel:
    """A channel of the ask's policy."""
    return ask.knowledge.channels[name]


def earliest(
    constraint: Constraint, ask: Ask, from_ms: int | None = None, channel: str = "email"
) -> int | None:
    """The first moment that a constraint allows, from now on unless said otherwise.

    On the way it is held to what every constraint promises.
    """
    start_ms = ask.now_ms if from_ms is None else from_ms
    on = channel_of(ask, channel)
    found = constraint.earliest_ms(ask, on, start_ms)
    if found is not None:
        assert found >= start_ms
        assert constraint.earliest_ms(ask, on, found) == found
    if found != start_ms:
        assert constraint.because(ask, on, start_ms)
        assert not constraint.idle(ask)
        assert constraint.applies(ask.kind)
    return found


def why(constraint: Constraint, ask: Ask, channel: str = "email") -> str:
    """What a constraint says of now."""
    return constraint.because(ask, channel_of(ask, channel), ask.now_ms)
