from itertools import pairwise

from tactful.ids import MARK_BYTES, decision_id, mark, tag


def test_an_id_is_the_same_for_ever() -> None:
    # Providers deduplicate by it, so it may not change with a version.
    assert decision_id("ada", "r1") == "08155f6de1bb6eff720ea07fc884a35f"
    assert decision_id("größe", "☃") == decision_id("größe", "☃")


def test_no_two_of_user_and_request_run_together() -> None:
    found = {decision_id("abc"[:cut], "abc"[cut:]) for cut in range(4)}
    assert len(found) == 4


def test_marks_in_the_state_are_the_same_for_ever() -> None:
    # They are compared with those in states written by older versions.
    assert mark("r1").hex() == "491f37c8258b"
    assert len(mark("")) == MARK_BYTES
    assert all(one != two for one, two in pairwise(sorted(mark(f"e{n}") for n in range(10_000))))


def test_tags_in_the_state_are_the_same_for_ever() -> None:
    assert tag("promotion") == 3239935441
    assert 0 <= tag("ü" * 100) < 2**32
