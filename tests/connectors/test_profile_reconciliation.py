import dataclasses

from profile_messages import FakeMessage, message

from connectors.cassandra.profiles import ProfileRow
from connectors.cassandra.reconcile import EXAMPLES, differences, expected_rows


def rows(*messages: FakeMessage) -> dict[str, ProfileRow]:
    return expected_rows(messages)  # type: ignore[arg-type]


def test_the_newest_version_that_still_holds_is_expected() -> None:
    found = rows(
        message("kept", 2, offset=0),
        message("kept", 1, offset=1),
        message("erased", 1, offset=2),
        message("erased", 2, offset=3, erased=True),
        message("nulled", 5, offset=4),
        message("nulled", None, offset=5),
        message("nulled", 4, offset=6),
        message("back", 5, offset=7),
        message("back", None, offset=8),
        message("back", 6, offset=9),
        FakeMessage(b"poison", b"{"),
    )
    assert {user: row.version for user, row in found.items()} == {"kept": 2, "back": 6}


def test_equal_rows_agree_wherever_they_came_from() -> None:
    expected = rows(message("a", 1), message("b", 1))
    found = [dataclasses.replace(row, source_offset=99) for row in expected.values()]
    report = differences(expected, found)
    assert (report.users, report.differing, report.agreeing_share) == (2, 0, 1.0)


def test_each_kind_of_difference_is_found_and_named() -> None:
    expected = rows(*(message(user, 3) for user in ("fine", "missing", "stale", "late_write")))
    stray = rows(message("stray", 1))["stray"]
    stale = rows(message("stale", 2))["stale"]
    late = dataclasses.replace(expected["late_write"], written_at=1_700_000)
    report = differences(expected, [expected["fine"], stray, stale, late])
    assert (report.users, report.differing, report.agreeing_share) == (5, 4, 0.2)
    assert {one.user_id: one.what for one in report.examples} == {
        "missing": "missing",
        "stray": "unexpected",
        "stale": "version",
        "late_write": "written_at",
    }


def test_nothing_to_compare_agrees() -> None:
    assert differences({}, []).agreeing_share == 1.0


def test_examples_are_bounded() -> None:
    report = differences(rows(*(message(f"u{n}", 1) for n in range(EXAMPLES * 3))), [])
    assert len(report.examples) == EXAMPLES
    assert report.differing == EXAMPLES * 3
