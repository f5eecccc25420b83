"""Explorations: drawn once, kept, within the budget and the constraints, and logged as they are."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    User,
    a_cap,
    a_request,
    a_user,
    an_event,
    knowledge,
    quiet,
)
from scipy.stats import chisquare

from tactful.composer import held
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.policy import Timing
from tactful.policy.model import Exploration
from tactful.records import (
    Decision,
    FrequencyMode,
    LedgerEntry,
    Preferences,
    Priority,
    ProfileUpdate,
    Reason,
    Request,
    Verdict,
    Wakeup,
)

WAITS = Timing(best_time_within_ms={Priority.NORMAL: 6 * HOUR_MS})


def _known(budget: int = 1000, **more: Any) -> Knowledge:
    rules = Exploration(temperature=1.0, min_prob=0.04, budget_per_week=budget)
    return knowledge(exploration=more.pop("exploration", rules), timing=WAITS, **more)


def _asked(user: User, count: int, apart_ms: int = HOUR_MS, **more: Any) -> list[LedgerEntry]:
    """The last verdicts on so many requests, each lived to its end."""
    found = []
    for i in range(count):
        asked_ms = user.now_ms + apart_ms
        user.asked(a_request(f"x{asked_ms}-{i}", at_ms=asked_ms, **more), asked_ms)
        while user.state.sections[Section.HELD]:
            user.take(Wakeup(), max(user.now_ms, user.state.wakeup_ms or 0))
        found.append(user.ledger[-1])
    return found


def _explored(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [each for each in entries if each.reason is Reason.EXPLORED]


def test_nothing_is_drawn_unless_the_policy_says_so() -> None:
    user = a_user(_known(exploration=None))
    for entry in _asked(user, 20):
        assert (entry.reason, entry.propensity) == (Reason.ALLOWED, 1.0)


def test_what_was_drawn_is_logged_with_its_probability() -> None:
    user = a_user(_known())
    entries = _asked(user, 60)
    assert len(_explored(entries)) > 40
    for entry in entries:
        assert entry.verdict is Verdict.SEND
        assert entry.propensity is not None
        assert 0.04 <= entry.propensity < 1.0
    decided = [each for each in user.outputs if isinstance(each, Decision)]
    assert [each.propensity for each in decided] == [each.propensity for each in entries]
    texts = [each.explanation for each in _explored(entries)]
    assert all("drawn with a chance of " in text and "to learn from" in text for text in texts)


def test_a_draw_that_meets_the_best_option_is_no_exploration_but_has_its_propensity() -> None:
    entries = _asked(a_user(_known()), 200, DAY_MS)
    best = [each for each in entries if each.reason is Reason.ALLOWED]
    assert best
    assert all(each.propensity is not None and each.propensity < 1.0 for each in best)


def test_the_drawn_slot_is_kept_when_the_user_turns_up() -> None:
    """A better hour would be given up for the user who is there; what was drawn is not."""
    user = a_user(_known())
    for i in range(40):
        entry = user.asked(a_request(f"r{i}"))
        if entry.verdict is Verdict.HOLD and entry.reason is Reason.EXPLORED:
            break
    assert "drawn to learn what " in entry.explanation
    due_ms, told = entry.reconsider_at_ms, len(user.ledger)
    assert due_ms is not None
    user.take(an_event("e1", NOW + 1), NOW + 1)
    assert [each.request_id for each in user.ledger[told:]].count(entry.request_id) == 0
    while True:
        user.take(Wakeup(), user.state.wakeup_ms)
        last = [each for each in user.ledger if each.request_id == entry.request_id][-1]
        if last is not entry:
            break
    assert (last.verdict, last.reason) == (Verdict.SEND, Reason.EXPLORED)
    assert (last.decided_at_ms, last.channel) == (due_ms, entry.channel)


def test_what_was_drawn_waits_in_the_bytes_of_the_state() -> None:
    user = a_user(_known())
    for i in range(10):
        user.asked(a_request(f"r{i}"))
    waiting = held.unpack(user.state.sections[Section.HELD], "ada")
    drawn = [each for each in waiting if each.drawn_channel is not None]
    assert drawn
    assert all(each.drawn_ms == each.due_ms and each.propensity < 1.0 for each in drawn)


def test_the_budget_counts_what_went_out_and_what_waits() -> None:
    user = a_user(_known(budget=3))
    for i in range(40):
        user.asked(a_request(f"r{i}"))
    waiting = held.unpack(user.state.sections[Section.HELD], "ada")
    sent = _explored([each for each in user.ledger if each.verdict is Verdict.SEND])
    assert len(sent) + sum(each.drawn_channel is not None for each in waiting) == 3


def test_the_budget_is_a_user_s_and_a_week_s() -> None:
    user = a_user(_known(budget=2))
    entries = _asked(user, 300, 4 * HOUR_MS)
    at_ms = [each.decided_at_ms for each in _explored(entries)]
    assert len(at_ms) > 8
    for first in at_ms:
        assert sum(first <= each < first + 7 * DAY_MS for each in at_ms) <= 2


def test_with_the_budget_used_up_the_best_is_taken_for_sure() -> None:
    user = a_user(_known(budget=1))
    entries = _asked(user, 30, 1000)
    assert len(_explored(entries)) == 1
    after = entries[entries.index(_explored(entries)[0]) + 1 :]
    assert after
    assert all((each.reason, each.propensity) == (Reason.ALLOWED, 1.0) for each in after)


def test_a_budget_of_none_draws_nothing() -> None:
    assert all(each.propensity == 1.0 for each in _asked(a_user(_known(budget=0)), 10))


@pytest.mark.parametrize(
    "more",
    [
        {"priority": Priority.HIGH},
        {"priority": Priority.CRITICAL},
        {"type": "receipt"},
    ],
)
def test_what_is_urgent_or_owed_is_never_drawn_for(more: dict[str, Any]) -> None:
    for entry in _asked(a_user(_known()), 20, **more):
        assert entry.reason is not Reason.EXPLORED
        assert entry.propensity == 1.0


def test_who_wants_digests_gets_them_when_they_want() -> None:
    user = a_user(_known(), preferences={"frequency": "daily_digest"})
    assert all(each.propensity in (1.0, None) for each in _asked(user, 10))


def test_no_draw_goes_past_a_constraint() -> None:
    """Quiet hours lie within the wait, and one a day is the most."""
    known = _known(quiet_hours=quiet("14:00", "16:00"), caps=(a_cap(),))
    user = a_user(known)
    for i in range(60):
        user.asked(a_request(f"r{i}", at_ms=NOW + i * DAY_MS // 4), NOW + i * DAY_MS // 4)
        while (user.state.wakeup_ms or NOW * 2) <= NOW + (i + 1) * DAY_MS // 4:
            user.take(Wakeup(), user.state.wakeup_ms)
    sent = [each.decided_at_ms for each in user.decisions]
    assert len(_explored(user.ledger)) > 3
    assert all(not 14 <= at_ms % DAY_MS / HOUR_MS < 16 for at_ms in sent)
    assert all(later - earlier >= DAY_MS for earlier, later in pairwise(sent))


def test_a_constraint_that_comes_up_later_pushes_the_drawn_slot_on_and_is_named() -> None:
    user = a_user(_known())
    for i in range(40):
        entry = user.asked(a_request(f"r{i}"))
        if entry.verdict is Verdict.HOLD and entry.reason is Reason.EXPLORED:
            break
    until_ms = NOW + 10 * HOUR_MS
    user.told(preferences={"pause_until_ms": until_ms})
    last = [each for each in user.ledger if each.request_id == entry.request_id][-1]
    assert (last.verdict, last.reason) == (Verdict.HOLD, Reason.PAUSED)
    assert (last.reconsider_at_ms, last.channel) == (until_ms, entry.channel)


def test_what_can_no_longer_be_had_gives_way_to_the_best() -> None:
    user = a_user(_known())
    for i in range(60):
        entry = user.asked(a_request(f"r{i}"))
        if entry.reason is Reason.EXPLORED and entry.channel == "push" and entry.reconsider_at_ms:
            break
    user.told(preferences={"channels": {"push": False}})
    last = [each for each in user.ledger if each.request_id == entry.request_id][-1]
    assert last.verdict is Verdict.SEND
    assert last.reason is Reason.ALLOWED
    assert last.propensity is not None
    assert last.propensity < 1.0


def test_options_come_as_often_as_their_propensities_say() -> None:
    """Over many users: where and when, against the probabilities that the ledger tells."""
    known = _known()
    seen: Counter[tuple[str | None, int]] = Counter()
    expected: dict[tuple[str | None, int], float] = {}
    users = 3000
    for i in range(users):
        state = UserState(f"u{i}")
        known_as = ProfileUpdate(
            "p", f"u{i}", NOW - 1, identifiers={"email": "a", "push_token": "t"},
            consent={"marketing": True}, preferences=Preferences(frequency=FrequencyMode.IMMEDIATE),
        )  # fmt: skip
        state = step(state, known_as, NOW - 1, known).state
        asked = Request("r", f"u{i}", "promotion", NOW, Priority.NORMAL)
        effects = step(state, asked, NOW, known)
        (entry,) = [each for each in effects.outputs if isinstance(each, LedgerEntry)]
        slot = entry.channel, entry.reconsider_at_ms or NOW
        seen[slot] += 1
        queue = held.unpack(effects.state.sections[Section.HELD], f"u{i}")
        chance = queue[0].propensity if queue else entry.propensity
        assert chance is not None
        assert expected.setdefault(slot, chance) == chance
    assert abs(sum(expected.values()) - 1.0) < 1e-9
    counts = [seen[slot] for slot in expected]
    assert chisquare(counts, [users * chance for chance in expected.values()]).pvalue > 0.001
