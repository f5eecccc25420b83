from builders import HOUR_MS, MINUTE_MS, NOW, PLAIN, User, a_request, a_user, knowledge, names

from tactful.engine.state import Section
from tactful.policy import NotificationType, Purpose
from tactful.policy.model import Batch, ConflictGroup, Others
from tactful.records import Priority
from tactful.sends.log import entries

WINDOW_MS = 4 * HOUR_MS
LATER = NOW + HOUR_MS


def a_group(others: Others = Others.WAIT) -> User:
    """A user of whom offers (worth 2) and tips (worth 1) want one thing."""
    types = {
        name: NotificationType(
            Purpose.MARKETING,
            ("email", "push", "in_app"),
            value=value,
            value_half_life_ms=10**15,
            conflict_group="offers",
            batch=Batch(window_ms=HOUR_MS),
        )
        for name, value in (("offer", 2.0), ("tip", 1.0))
    }
    return a_user(
        knowledge(
            types=types | {"promotion": PLAIN.types["promotion"]},
            conflict_groups={"offers": ConflictGroup(WINDOW_MS, others)},
        )
    )


def test_at_most_one_of_a_group_goes_out_in_a_window() -> None:
    user = a_group()
    assert user.asked(a_request("r1", "offer")).verdict == "send"
    held = user.asked(a_request("r2", "tip", at_ms=NOW + MINUTE_MS))
    assert (held.verdict, held.reason) == ("hold", "conflict")
    assert held.reconsider_at_ms == NOW + WINDOW_MS
    assert held.explanation.startswith(
        "held until Wed 2026-01-07 16:00 (UTC, the default zone): another notification of the "
        "conflict group offers goes first"
    )
    assert names(user.woken()) == ["r2 send allowed"]


def test_two_of_one_type_are_of_one_group() -> None:
    user = a_group()
    user.asked(a_request("r1", "tip"))
    assert user.asked(a_request("r2", "tip")).reason == "conflict"


def test_types_outside_the_group_are_not_its_business() -> None:
    user = a_group()
    user.asked(a_request("r1", "offer"))
    assert user.asked(a_request("r2")).verdict == "send"


def test_of_those_that_wait_the_more_valuable_goes_first_and_the_other_waits() -> None:
    user = a_group()
    user.asked(a_request("tip", "tip", not_before_ms=LATER))
    user.asked(a_request("offer", "offer", not_before_ms=LATER))
    assert names(user.woken()) == ["offer send allowed", "tip hold conflict"]
    assert user.ledger[-1].reconsider_at_ms == LATER + WINDOW_MS


def test_priority_counts_before_value() -> None:
    user = a_group()
    user.asked(a_request("offer", "offer", not_before_ms=LATER))
    user.asked(a_request("tip", "tip", Priority.HIGH, not_before_ms=LATER))
    assert names(user.woken()) == ["tip send allowed", "offer hold conflict"]


def test_a_less_valuable_one_may_go_where_the_window_ends_before_the_other_s_moment() -> None:
    user = a_group()
    user.asked(a_request("offer", "offer", not_before_ms=NOW + WINDOW_MS))
    assert user.asked(a_request("tip", "tip")).verdict == "send"
    assert names(user.woken()) == ["offer send allowed"]
    assert user.now_ms == NOW + WINDOW_MS


def test_a_less_valuable_one_waits_for_a_more_valuable_one_that_waits() -> None:
    user = a_group()
    user.asked(a_request("offer", "offer", not_before_ms=LATER))
    held = user.asked(a_request("tip", "tip"))
    assert (held.reason, held.reconsider_at_ms) == ("conflict", LATER + WINDOW_MS)


def test_a_more_valuable_one_does_not_wait_for_a_less_valuable_one_that_waits() -> None:
    user = a_group()
    user.asked(a_request("tip", "tip", not_before_ms=LATER))
    assert user.asked(a_request("offer", "offer")).verdict == "send"


def test_critical_passes_its_group() -> None:
    user = a_group()
    user.asked(a_request("r1", "offer"))
    assert user.asked(a_request("r2", "tip", Priority.CRITICAL)).verdict == "send"


def test_others_that_wait_are_merged_into_the_one_that_goes_if_the_group_says_so() -> None:
    user = a_group(Others.MERGE)
    # What goes along need not wait for its batch.
    user.asked(a_request("tip", "tip", batch_key="b", data={"n": 1}))
    user.asked(a_request("offer", "offer"))
    assert names(user.ledger[1:]) == ["offer send allowed", "tip digest conflict"]
    [decision] = user.decisions
    assert decision.digest is not None
    assert [(each.request_id, each.data) for each in decision.digest.items] == [
        ("offer", None),
        ("tip", {"n": 1}),
    ]
    assert user.ledger[-1].merged_into == "offer"
    assert len(entries(user.state.sections[Section.SENDS])) == 1


def test_what_may_not_go_now_is_not_merged_but_waits() -> None:
    user = a_group(Others.MERGE)
    user.asked(a_request("tip", "tip", channels=["push"], not_before_ms=LATER))
    user.asked(a_request("offer", "offer"))
    # The offer went out on e-mail.
    assert user.verdicts("tip") == ["hold not_before"]
    assert names(user.woken()) == ["tip hold conflict"]


def test_who_comes_after_the_merged_one_waits_for_the_window_s_end() -> None:
    user = a_group(Others.MERGE)
    user.asked(a_request("offer", "offer"))
    user.asked(a_request("t1", "tip", at_ms=NOW + 1))
    user.asked(a_request("t2", "tip", at_ms=NOW + 2))
    assert names(user.woken()) == ["t1 send allowed", "t2 digest conflict"]
    assert user.now_ms == NOW + WINDOW_MS
