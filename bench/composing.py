"""What one decision costs: by the number of constraints, and by how many notifications wait.

Also the built-in policy against the first version's, on the bare loop, turn about in one run.
"""

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import msgspec

from bench.loop import Loop
from bench.percentiles import percentiles
from bench.policies import first_policy
from bench.scoring import CHANNELS, HOURS, Grid, variants
from bench.traffic import first_updates, mixed
from tactful.constraints import of
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, Calendar
from tactful.policy import DEFAULT_POLICY, Cap, Policy
from tactful.policy.model import CoolDown, Gap, Holidays, Per, Rule
from tactful.records import Event, Priority, ProfileUpdate, Request, Wakeup

NOON_MS = 1_788_264_000_000  # 2026-09-01 12:00 UTC
REPEATS = 2_000
HELD = (0, 1, 4, 16, 32)
_TYPE = "promotion"


def policies_compared(count: int, users: int, rounds: int) -> dict[str, Any]:
    """Records per CPU second on the bare loop under both policies, turn about."""
    rates: dict[str, list[float]] = {"first": [], "default": []}
    for _ in range(rounds):
        for name, policy in (("first", first_policy()), ("default", DEFAULT_POLICY)):
            now_ms = time.time_ns() // 1_000_000
            records = list(mixed(count, users, 8, now_ms))
            loop = Loop(Knowledge(policy))
            loop.run(first_updates(users, now_ms - 3_600_000))
            gc.collect()
            gc.freeze()
            cpu_s = time.process_time()
            loop.run(records)
            rates[name].append(count / (time.process_time() - cpu_s))
    ratios = [ours / first for ours, first in zip(rates["default"], rates["first"], strict=True)]
    return {
        "records": count,
        "records_per_cpu_s": {name: round(median(each)) for name, each in rates.items()},
        "ratio": round(median(ratios), 3),
        "ratio_of_each_round": [round(each, 3) for each in ratios],
    }


def decision_cost() -> dict[str, Any]:
    """Microseconds of one `step`, p50 and p99."""
    return {
        "unit": "us",
        "one request, by constraints that can bind": {
            f"{_constraints(policy)}: {name}": _requests(policy)
            for name, policy in _policies().items()
        },
        "one event of a user for whom so many wait": {
            str(held): _events(held, eager=False) for held in HELD
        },
        "one event, all that wait decided again": {
            str(held): _events(held, eager=True) for held in HELD
        },
        "one wake-up at which so many are due": {str(held): _wakeups(held) for held in HELD[1:]},
        "one request, by models": {
            name: _asked(knowledge) for name, knowledge in variants().items()
        },
        f"{CHANNELS} channels x {HOURS} hours scored, the user's features known": {
            name: _timed(_grid(knowledge))
            for name, knowledge in variants().items()
            if knowledge.models
        },
        "one request, by hours until it expires": {
            str(hours): _requests(_within(hours)) for hours in (12, 24 * 7, 24 * 30)
        },
    }


def _constraints(policy: Policy) -> int:
    """How many can bind."""
    knowledge = Knowledge(policy)
    return len(of(knowledge, knowledge.kinds[_TYPE], critical=False).all)


def _policies() -> dict[str, Policy]:
    """From nothing but consent and addresses up to all there is."""
    replace = msgspec.structs.replace
    bare = replace(first_policy(), caps=(), quiet_hours=None)
    more_caps = (
        Cap(name="day", max=50, calendar=Calendar.DAY),
        Cap(name="month", max=200, calendar=Calendar.MONTH),
        Cap(name="channel", max=50, window_ms=DAY_MS, per=Per.CHANNEL),
        Cap(name="campaign", max=50, window_ms=DAY_MS, per=Per.CAMPAIGN),
        Cap(name="category", max=50, window_ms=DAY_MS, per=Per.CATEGORY),
    )
    return {
        "no caps, no quiet hours": bare,
        "first version": first_policy(),
        "built-in": DEFAULT_POLICY,
        "everything": replace(
            DEFAULT_POLICY,
            caps=DEFAULT_POLICY.caps + more_caps,
            gaps=(Gap("apart", 1), Gap("apart on a channel", 1)),
            cool_downs=(CoolDown("burst", 50, HOUR_MS, HOUR_MS),),
            rules=(Rule("adults", 'age >= 18 and country in ["DE", "AT"]'),),
            holidays=Holidays(default_country="DE"),
        ),
    }


def _within(hours: int) -> Policy:
    """The built-in policy with so many hours until a promotion expires, all of them to wait."""
    replace = msgspec.structs.replace
    kind = replace(DEFAULT_POLICY.types[_TYPE], ttl_ms=hours * HOUR_MS)
    timing = replace(
        DEFAULT_POLICY.timing, best_time_within_ms=dict.fromkeys(Priority, 12 * HOUR_MS)
    )
    return replace(DEFAULT_POLICY, types=DEFAULT_POLICY.types | {_TYPE: kind}, timing=timing)


def _requests(policy: Policy) -> dict[str, float]:
    return _asked(Knowledge(policy))


def _asked(knowledge: Knowledge) -> dict[str, float]:
    state = _user(knowledge)
    return _timed(
        lambda at: step(
            state,
            Request(f"r{at}", "u", _TYPE, NOON_MS, Priority.NORMAL, campaign="autumn"),
            NOON_MS,
            knowledge,
        )
    )


def _grid(knowledge: Knowledge) -> Callable[[int], object]:
    grid = Grid(knowledge, _user(knowledge), _TYPE, NOON_MS)
    return lambda _: grid.score()


def _events(held: int, *, eager: bool) -> dict[str, float]:
    policy = _waiting_policy(better_hour=eager)
    knowledge = Knowledge(policy)
    state = _with_held(knowledge, held, NOON_MS if eager else NOON_MS + HOUR_MS)
    return _timed(
        lambda at: step(
            state, Event(f"e{at}", "u", "page_view", NOON_MS + 1), NOON_MS + 1, knowledge
        )
    )


def _wakeups(held: int) -> dict[str, float]:
    knowledge = Knowledge(_waiting_policy(better_hour=False))
    state = _with_held(knowledge, held, NOON_MS + HOUR_MS)
    return _timed(lambda _: step(state, Wakeup(), NOON_MS + HOUR_MS, knowledge))


def _waiting_policy(*, better_hour: bool) -> Policy:
    replace = msgspec.structs.replace
    weights = (0.1,) * 20 + (5.0,) + (0.1,) * 3
    timing = replace(
        DEFAULT_POLICY.timing,
        global_hour_weights=weights if better_hour else DEFAULT_POLICY.timing.global_hour_weights,
    )
    kinds = {
        name: replace(kind, conflict_group=None) for name, kind in DEFAULT_POLICY.types.items()
    }
    return replace(DEFAULT_POLICY, types=kinds, timing=timing)


def _user(knowledge: Knowledge) -> UserState:
    known = ProfileUpdate(
        id="u0",
        user_id="u",
        at_ms=NOON_MS - DAY_MS,
        attributes={"country": "DE", "age": 33},
        identifiers={"email": "u@example.org", "push_token": "t0"},
        consent={"marketing": True},
        time_zone="Europe/Berlin",
    )
    state = step(UserState("u"), known, NOON_MS - DAY_MS, knowledge).state
    for number in range(20):
        at_ms = NOON_MS - DAY_MS + number * HOUR_MS
        event = Event(f"e-{number}", "u", "page_view", at_ms)
        state = step(state, event, at_ms, knowledge).state
    return state


def _with_held(knowledge: Knowledge, held: int, not_before_ms: int) -> UserState:
    state = _user(knowledge)
    for number in range(held):
        request = Request(
            f"h{number}",
            "u",
            _TYPE,
            NOON_MS,
            Priority.NORMAL,
            not_before_ms=not_before_ms,
            data={"item": number, "price": 19.9},
        )
        state = step(state, request, NOON_MS, knowledge).state
    if held and not state.sections[Section.HELD]:
        raise RuntimeError("nothing was held: the benchmark's policy is wrong")
    return state


def _timed(work: Callable[[int], object]) -> dict[str, float]:
    for at in range(200):
        work(at)
    spans = []
    for at in range(REPEATS):
        # Of this thread's own time, since others may use the machine too.
        started_ns = time.thread_time_ns()
        work(at)
        spans.append((time.thread_time_ns() - started_ns) / 1000)
    found = percentiles(spans)
    return {"p50": found["p50"], "p99": found["p99"]}
