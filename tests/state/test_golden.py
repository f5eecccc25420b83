"""States that earlier versions stored are read, and lived on with, for ever."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import (
    DAY_MS,
    NOW,
    USER,
    User,
    a_cap,
    a_feedback,
    a_request,
    an_event,
    an_update,
    knowledge,
    names,
)
from make_golden import GOLDEN, KNOWN, STATES
from reading import reading

from state.codec import pack, unpack
from state.layout import VERSION
from tactful.engine.state import Section
from tactful.ids import decision_id
from tactful.policy import Purpose
from tactful.policy.model import MAX_COUNTED_SENDS
from tactful.records import Outcome, Priority, Wakeup
from tactful.snapshot.part import _HEAD as SNAPSHOT_HEAD
from tactful.snapshot.part import next_wakeup_ms

FILES = sorted(GOLDEN.glob("*.bin"))
EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def living(path: Path) -> User:
    """A user who goes on from a stored state."""
    user = User(KNOWN, NOW + DAY_MS // 4)
    user.state = unpack(path.read_bytes(), USER)
    return user


def test_this_version_of_the_layout_has_its_golden_states() -> None:
    stems = {path.stem for path in FILES}
    assert {f"v{VERSION}-{make.__name__}" for make in STATES} <= stems


@EACH
def test_a_stored_state_says_what_it_said_when_it_was_stored(path: Path) -> None:
    said = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    # A part that is newer than the state may add to what is said; what was said stays.
    found = reading(unpack(path.read_bytes(), USER))
    assert {key: found[key] for key in said} == said


@EACH
def test_a_stored_state_survives_being_stored_again(path: Path) -> None:
    state = unpack(path.read_bytes(), USER)
    assert unpack(pack(state), USER) == state


@EACH
def test_a_stored_state_goes_on(path: Path) -> None:
    user = living(path)
    user.take(an_event("new"))
    user.take(an_update("new", user.now_ms, consent={"marketing": True}, attributes={"new": 1}))
    user.told(identifiers={"email": "new@example.org"}, preferences={"quiet_hours": None})
    verdict = user.asked(a_request("new", "receipt", Priority.CRITICAL, user.now_ms))
    assert verdict.verdict == "send"
    user.take(a_feedback(verdict.decision_id, Outcome.CLICKED, channel=verdict.channel or ""))
    user.take(an_event("newer"), user.now_ms + 5000)
    assert msgspec.json.decode(user.snapshots[-1].attributes)["new"] == 1


@EACH
def test_the_snapshots_version_goes_on_growing(path: Path) -> None:
    user = living(path)
    _, last, *_ = SNAPSHOT_HEAD.unpack_from(user.state.sections[Section.SNAPSHOT])
    user.take(an_event("a"), NOW - 40 * DAY_MS)  # a clock far behind
    assert user.snapshots[0].version > last > NOW - DAY_MS


@EACH
def test_all_that_waits_gets_its_final_verdict(path: Path) -> None:
    user = living(path)
    said = reading(user.state)
    waiting = {(each["request"]["id"], each["attempt"]) for each in said["held"]}
    # One that is watched may be tried again, and then once more.
    further = {
        (each["request"]["id"], each["attempt"] + more)
        for each in said["attempts"]
        for more in (1, 2)
    }
    for _ in range(100):
        if user.state.wakeup_ms is None:
            break
        user.take(Wakeup(), max(user.now_ms, user.state.wakeup_ms))
    assert user.state.wakeup_ms is None
    assert next_wakeup_ms(user.state.sections) is None
    final = [(entry.request_id, entry.attempt) for entry in user.ledger if entry.verdict.final]
    assert len(final) == len(set(final))
    assert waiting <= set(final) <= waiting | further
    assert not user.state.sections[Section.HELD]


@EACH
def test_a_stored_user_can_be_erased(path: Path) -> None:
    user = living(path)
    user.told(erase=True)
    assert user.snapshots[-1].erased
    sections = user.state.sections
    kept = {Section.DEDUP, Section.PROFILE, Section.SNAPSHOT}
    assert {section for section in Section if sections[section]} <= kept


def golden(name: str) -> User:
    return living(GOLDEN / f"v1-{name}.bin")


def test_the_regular_user_of_version_1_is_still_known() -> None:
    user = golden("regular")
    said: dict[str, Any] = reading(user.state)
    assert said["profile"]["zone"] == "Europe/Berlin"
    assert said["profile"]["attributes"]["city"] == "Zürich"
    assert "gone" not in said["profile"]["attributes"]
    assert said["profile"]["consent"]["marketing:in_app"] is False
    assert said["profile"]["preferences"]["quiet_hours"] == {"start": "22:30", "end": "07:15"}
    assert said["activity"]["counts"][0] == 28
    assert {each["request"]["id"] for each in said["held"]} == {"held", "held-too"}
    assert said["duplicates"] == 1


def test_the_regular_user_of_version_1_meets_no_record_twice() -> None:
    user = golden("regular")
    for record in (
        an_event("visit-27"),
        a_request("receipt-27", "receipt"),
        a_request("held", "newsletter"),
        a_feedback("x", Outcome.BOUNCED),
    ):
        assert user.take(record).duplicate, record
    assert not user.take(an_event("visit-28")).duplicate


def test_an_older_write_does_not_win_against_version_1() -> None:
    user = golden("regular")
    before = NOW - 28 * DAY_MS
    user.take(an_update("late", before - 1, attributes={"city": "Bern", "gone": 2}))
    found = reading(user.state)["profile"]["attributes"]
    assert found["city"] == "Zürich"
    assert "gone" not in found


def test_an_outcome_known_to_version_1_counts_no_second_time() -> None:
    user = golden("regular")
    # The receipt of day 26 was opened.
    before = reading(user.state)["engagement"]
    user.take(a_feedback(decision_id(USER, "receipt-26"), Outcome.OPENED, id="again"))
    assert reading(user.state)["engagement"] == before
    user.take(a_feedback(decision_id(USER, "receipt-26"), Outcome.CLICKED, id="more"))
    assert reading(user.state)["engagement"] != before


def test_caps_count_the_sends_of_version_1() -> None:
    user = golden("regular")
    cap = a_cap(max=1, window_ms=7 * DAY_MS, purposes=(Purpose.TRANSACTIONAL,))
    user.knowledge = knowledge(caps=(cap,))
    assert user.asked(a_request("r", "receipt", at_ms=NOW + 1)).reason == "cap_user"


def test_the_full_user_of_version_1_is_full() -> None:
    said = reading(golden("full").state)
    limits = KNOWN.policy.limits
    assert len(said["sends"]) == MAX_COUNTED_SENDS
    assert len(said["held"]) == limits.held
    assert len(said["attempts"]) == limits.tracked_attempts


def test_a_digest_that_version_1_held_for_its_second_attempt_goes_out_whole() -> None:
    user = golden("full")
    [waiting] = [each for each in reading(user.state)["held"] if each["attempt"] > 1]
    while user.state.wakeup_ms is not None and user.state.wakeup_ms <= waiting["due_ms"]:
        user.take(Wakeup(), max(user.now_ms, user.state.wakeup_ms))
    [sent] = [each for each in user.decisions if each.request_id == "post-1-0"]
    assert (sent.attempt, sent.channel, sent.decided_at_ms) == (2, "push", waiting["due_ms"])
    assert sent.digest is not None
    assert [(each.request_id, each.data) for each in sent.digest.items] == [
        ("post-1-0", {"who": "Zoë 0"}),
        ("post-1-1", {"who": "Zoë 1"}),
    ]
    assert user.verdicts("post-1-0") == ["send failover"]


def test_a_batch_that_version_1_collected_goes_out_as_one() -> None:
    user = golden("full")
    user.take(Wakeup())
    [sent] = [each for each in user.decisions if each.type == "likes"]
    assert sent.digest is not None
    assert [each.request_id for each in sent.digest.items] == ["post-2-0", "post-2-1"]
    assert user.verdicts("post-2-1") == ["digest batch"]


def test_an_attempt_that_version_1_watched_escalates_when_nobody_opened_it() -> None:
    user = golden("full")
    [watched] = [each for each in reading(user.state)["attempts"] if each["request"]["id"] == "a20"]
    user.take(Wakeup(), watched["due_ms"])
    [sent] = [each for each in user.decisions if each.request_id == "a20"]
    assert sent.attempt == 2
    assert [sent.channel, *watched["tried"]] in (["email", "push"], ["push", "email"])
    assert user.verdicts("a20") == ["send escalation"]


def test_an_answer_ends_an_attempt_that_version_1_watched() -> None:
    user = golden("full")
    user.take(a_feedback(decision_id(USER, "a20"), Outcome.OPENED))
    assert "a20" not in {each["request"]["id"] for each in reading(user.state)["attempts"]}


def test_what_version_1_held_is_sent_with_all_its_data() -> None:
    user = golden("regular")
    user.told(id="no hours", preferences={"preferred_hours": None, "quiet_hours": None})
    while "held send allowed" not in names(user.ledger):
        user.woken()
    [decision] = [each for each in user.decisions if each.request_id == "held"]
    assert (decision.campaign, decision.batch_key) == ("spring", "b1")
    assert decision.data == {
        "title": "Grüße ☃",
        "n": 2**53,
        "f": 0.5,
        "list": [None, {"x": False}],
    }
