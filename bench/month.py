"""The state of a user after a month: what it weighs, and what it holds."""

import random

from state.codec import pack, unpack
from tactful.engine.state import Section
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    Decision,
    Event,
    Feedback,
    Input,
    Outcome,
    Priority,
    ProfileUpdate,
    Request,
    Wakeup,
)

DAYS = 30
EVENTS_PER_DAY = 40
REQUESTS_PER_DAY = 6
START_MS = 1_788_220_800_000  # 2026-09-01 00:00 UTC


def state_after_a_month(seed: int = 1) -> dict[str, int]:
    """Bytes of each section after 30 days of 40 events and 6 requests, a third of sends opened."""
    rng = random.Random(seed)
    knowledge = Knowledge()
    records: list[tuple[int, Input]] = [
        (
            START_MS,
            ProfileUpdate(
                id="u",
                user_id="user-1",
                at_ms=START_MS,
                attributes={"country": "DE", "plan": "pro", "language": "de", "age": 33},
                identifiers={"email": "user-1@example.org", "push_token": "a1b2c3d4e5f6" * 4},
                consent={"marketing": True},
                time_zone="Europe/Berlin",
            ),
        )
    ]
    types = list(DEFAULT_POLICY.types)
    for day in range(DAYS):
        for number in range(EVENTS_PER_DAY):
            at_ms = START_MS + day * DAY_MS + int(rng.gauss(18, 3) % 24 * HOUR_MS)
            event = Event(f"event-{day}-{number}", "user-1", "page_view", at_ms)
            records.append((at_ms, event))
        for number in range(REQUESTS_PER_DAY):
            at_ms = START_MS + day * DAY_MS + rng.randrange(DAY_MS)
            name = f"request-{day}-{number}"
            request = Request(name, "user-1", rng.choice(types), at_ms, Priority.NORMAL)
            records.append((at_ms, request))
    state = unpack(None, "user-1")
    answers = 0
    for at_ms, record in sorted(records, key=lambda item: item[0]):
        while state.wakeup_ms is not None and state.wakeup_ms <= at_ms:
            effects = step(state, Wakeup(), state.wakeup_ms, knowledge)
            state = effects.state
            for output in effects.outputs:
                if isinstance(output, Decision) and rng.random() < 1 / 3:
                    answers += 1
                    opened = Feedback(
                        f"feedback-{answers}",
                        "user-1",
                        output.decision_id,
                        output.channel,
                        Outcome.OPENED,
                        output.decided_at_ms,
                    )
                    state = step(state, opened, output.decided_at_ms, knowledge).state
        state = step(state, record, at_ms, knowledge).state
    sizes = {section.name.lower(): len(state.sections[section]) for section in Section}
    return {**sizes, "total": len(pack(state))}
