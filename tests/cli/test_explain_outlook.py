"""The next hours of a user as `tactful explain` prints and draws them."""

from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from builders import HOUR_MS, NOW, USER, User, a_cap, a_request, a_user, at, knowledge, quiet

from cli.outlook import EXPIRES, MOMENT, STILL_OF_USE, WAITS, outlook_lines
from cli.story import as_text, tell
from tactful.local_time import zone_named
from tactful.outlook import Outlook, outlook
from tactful.policy import NotificationType, Policy, Purpose
from tactful.policy.model import Failover
from tactful.timeline import outlook_drawing, render

BERLIN = ZoneInfo("Europe/Berlin")
LATE = at("2026-01-07 23:00", "Europe/Berlin")


def a_night() -> tuple[User, Outlook]:
    """A receipt waits for the morning, a promotion for a cap."""
    user = a_user(
        knowledge(quiet_hours=quiet("22:00", "08:00"), caps=(a_cap("few", 1, 20 * HOUR_MS),)),
        time_zone="Europe/Berlin",
    )
    user.asked(a_request("sent", at_ms=LATE - 2 * HOUR_MS))
    user.asked(a_request("deal", at_ms=LATE))
    user.asked(a_request("paid", type="receipt", at_ms=LATE))
    return user, outlook(USER, user.ledger, LATE, policy=user.knowledge.policy)


def test_the_axis_shows_the_wait_the_moment_and_the_expiry_hour_by_hour() -> None:
    _, found = a_night()
    lines = [line.plain for line in outlook_lines(found, BERLIN)]
    assert lines[0] == "Next 48 hours: 2 requests wait."
    (hours,) = [line for line in lines[:4] if "06    12" in line]
    (paid,) = [line for line in lines if line.startswith("  receipt paid  ")]
    (deal,) = [line for line in lines if line.startswith("  promotion deal  ")]
    assert paid.split()[-1] == WAITS * 9 + MOMENT + STILL_OF_USE * 14 + EXPIRES
    assert deal.split()[-1] == WAITS * 18 + MOMENT + STILL_OF_USE * 5 + EXPIRES
    # The column of 06:00 is two hours left of the moment at 08:00.
    assert paid.index(MOMENT) - hours.index("06") == 2


def test_what_would_release_each_is_told_with_local_times() -> None:
    _, found = a_night()
    text = "\n".join(line.plain for line in outlook_lines(found, BERLIN))
    assert "Thu 2026-01-08 08:00: the quiet hours end" in text
    assert "if the user changes their quiet hours" in text
    assert "Thu 2026-01-08 17:00: a slot of the cap few (1 of 1) is free again" in text
    assert "Thu 2026-01-08 23:00: it expires" in text


def test_nothing_that_waits_is_said_so() -> None:
    (line,) = outlook_lines(outlook(USER, [], NOW), BERLIN)
    assert line.plain == "Next 48 hours: nothing waits."


def test_an_escalation_under_way_is_told() -> None:
    types = {
        "receipt": NotificationType(
            Purpose.TRANSACTIONAL, ("email", "push"), failover=Failover(unopened_after_ms=HOUR_MS)
        )
    }
    user = a_user(knowledge(types=types))
    user.asked(a_request(type="receipt"))
    policy: Policy = user.knowledge.policy
    found = outlook(USER, user.ledger, NOW, policy=policy)
    text = "\n".join(line.plain for line in outlook_lines(found, ZoneInfo("UTC")))
    assert "attempt 1 of at most 3 went out on email Wed 2026-01-07 12:00." in text
    assert "Wed 2026-01-07 13:00: unless it is opened, then push" in text
    assert "unless opened, push may follow" in render(
        outlook_drawing(found, zone_named("UTC", "UTC")[0])
    )


def test_the_story_tells_the_counterfactual_once_and_on_a_line_of_its_own() -> None:
    user, _ = a_night()
    text = as_text(tell([], user.ledger, [], BERLIN), BERLIN)
    (line,) = [each for each in text if "without the cap few" in each]
    assert line == (
        "    would have been held to go out on email at Thu 2026-01-08 08:00 without the cap few "
        "(1 of 1)"
    )
    assert not any("without that" in each for each in text)


def test_the_picture_of_the_next_hours_is_an_svg_that_tells_itself() -> None:
    _, found = a_night()
    root = ET.fromstring(render(outlook_drawing(found, zone_named("Europe/Berlin", "UTC")[0])))
    title, desc = root[0].text, root[1].text
    assert title == "The next 48 hours of ada"
    assert desc is not None
    assert "cap few is full (1 of 1)" in desc
    empty = render(outlook_drawing(outlook(USER, [], NOW), zone_named(None, "UTC")[0]))
    assert "nothing waits" in empty
