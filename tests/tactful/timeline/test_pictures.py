"""The pictures of docs/composer.md are what the core does today, and can be read by everybody."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from builders import HOUR_MS, a_cap, an_update, at, knowledge, quiet
from builders import USER as ADA

from tactful.history import Past
from tactful.local_time import zone_named
from tactful.records import Priority, Reason, Request
from tactful.timeline import Drawing, Scene, Sign, render, timeline
from tactful.timeline.drawing import Look, Row
from tactful.timeline.examples import EXAMPLES

ROOT = Path(__file__).resolve().parents[3]
IMAGES = ROOT / "docs" / "images"
SVG = "{http://www.w3.org/2000/svg}"
BERLIN = zone_named("Europe/Berlin", "UTC")[0]

examples = pytest.mark.parametrize("name", EXAMPLES)


@examples
def test_a_committed_picture_is_what_the_code_draws(name: str) -> None:
    drawn = render(EXAMPLES[name]())
    assert (IMAGES / f"{name}.svg").read_text(encoding="utf-8") == drawn, (
        "draw it again: tactful draw --examples --output docs/images"
    )


def test_every_picture_is_shown_in_the_composers_page_and_none_is_left_over() -> None:
    page = (ROOT / "docs" / "composer.md").read_text(encoding="utf-8")
    assert {path.stem for path in IMAGES.glob("composer-*.svg")} == set(EXAMPLES)
    for name in EXAMPLES:
        assert f"](images/{name}.svg)" in page


@examples
def test_a_picture_tells_itself_to_who_cannot_see_it(name: str) -> None:
    drawing = EXAMPLES[name]()
    root = ET.fromstring(render(drawing))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == drawing.title
    assert desc is not None
    assert desc.text is not None
    assert all(note.text in desc.text for note in drawing.notes)
    assert root.get("role") == "img"


@examples
def test_every_note_has_its_mark_and_every_number_its_note(name: str) -> None:
    drawing = EXAMPLES[name]()
    marked = {mark.number for row in drawing.rows for mark in row.marks} - {None}
    assert marked == {note.number for note in drawing.notes}


def said(name: str) -> str:
    return " ".join(note.text for note in EXAMPLES[name]().notes)


def test_the_examples_show_what_the_page_says_of_them() -> None:
    assert "held until Wed 08:00: cap six_hours" in said("composer-cap-then-night")
    assert "[suppress, cap_user]" in said("composer-cap-then-expiry")
    assert "[suppress, quiet_hours]" in said("composer-night-then-expiry")
    assert "held until Tue 20:00" in said("composer-best-hour-at-night")
    assert "as a digest of 2" in said("composer-digest-over-clock-change")
    assert "[send, failover]" in said("composer-failover-and-escalation")
    assert "[send, escalation]" in said("composer-failover-and-escalation")
    assert "the user is there (app_open in in_app); r1 sent" in said("composer-user-turns-up")


def drawn(**policy: object) -> Drawing:
    """A promotion at 21:00 in Berlin, of a user who had one at 18:00."""
    update = an_update(
        at_ms=at("2026-03-27 12:00"),
        consent={"marketing": True},
        identifiers={"email": "a@b.c"},
        time_zone="Europe/Berlin",
    )
    asked = [
        Request(name, ADA, "promotion", at(f"2026-03-28 {hour}", "Europe/Berlin"))
        for name, hour in (("before", "18:00"), ("r1", "21:00"))
    ]
    past = [Past(each.at_ms, "requests", each.id, each) for each in asked]
    past.append(Past(update.at_ms, "profile-updates", update.id, update))
    begin = at("2026-03-28 20:00", "Europe/Berlin")
    scene = Scene("t", "a", BERLIN, begin, begin + 24 * HOUR_MS)
    return timeline(knowledge(**policy), ADA, past, scene)


def row(drawing: Drawing, label: str) -> Row:
    (found,) = [each for each in drawing.rows if label in each.label]
    return found


def test_a_band_lies_where_its_constraint_shuts_and_green_where_none_does() -> None:
    drawing = drawn(quiet_hours=quiet("22:00", "08:00"), caps=(a_cap("few", 1, 5 * HOUR_MS),))
    night = (at("2026-03-28 22:00", "Europe/Berlin"), at("2026-03-29 08:00", "Europe/Berlin"))
    (quiet_band,) = row(drawing, "quiet hours").bands
    assert (quiet_band.from_ms, quiet_band.to_ms, quiet_band.look) == (*night, Look.QUIET)
    full, again = row(drawing, "cap few is full (1 of 1)").bands
    assert (full.from_ms, full.to_ms) == (
        drawing.from_ms,
        at("2026-03-28 23:00", "Europe/Berlin"),
    )
    assert (again.from_ms, again.to_ms) == (night[1], night[1] + 5 * HOUR_MS)
    assert row(drawing, "email").bands == ()
    marks = {mark.sign: mark.at_ms for mark in row(drawing, "email").marks}
    assert marks == {Sign.EARLIEST: night[1], Sign.CHOSEN: night[1]}
    (push,) = row(drawing, "unreachable" if len(drawing.rows) > 20 else "push_token").bands
    assert push.label == "all the time"


def test_without_constraints_it_is_open_from_the_request_on() -> None:
    drawing = drawn()
    asked_ms = at("2026-03-28 21:00", "Europe/Berlin")
    (band,) = row(drawing, "in_app").bands
    assert band.from_ms == asked_ms
    assert band.look is Look.OPEN
    assert not [each for each in drawing.rows if Reason.QUIET_HOURS.replace("_", " ") in each.label]


def test_the_hour_that_clocks_skip_is_not_at_the_axis() -> None:
    text = render(drawn())
    assert "clocks go forward 60 min to 03:00" in text
    root = ET.fromstring(text)
    hours = [each.text for each in root.iter(f"{SVG}text") if (each.text or "").isdigit()]
    assert hours[:5] == ["20", "22", "00", "04", "06"]


def test_a_picture_without_a_known_request_is_refused_in_words() -> None:
    scene = Scene("empty", "a", BERLIN, 0, HOUR_MS)
    with pytest.raises(ValueError, match="'empty': found no request of a known type"):
        timeline(knowledge(), ADA, [], scene)


def test_what_was_asked_for_before_the_picture_and_is_decided_in_it_has_a_row() -> None:
    records = [
        an_update(at_ms=at("2026-01-06 12:00"), consent={"marketing": True}),
        Request("early", ADA, "promotion", at("2026-01-07 01:00")),
        Request("r1", ADA, "promotion", at("2026-01-07 07:00")),
        Request("r1", ADA, "promotion", at("2026-01-07 07:30")),
    ]
    words = ["profile-updates", *["requests"] * 3]
    past = [Past(e.at_ms, word, e.id, e) for e, word in zip(records, words, strict=True)]
    utc = zone_named(None, "UTC")[0]
    scene = Scene("t", "a", utc, at("2026-01-07 06:00"), at("2026-01-07 12:00"))
    drawing = timeline(knowledge(quiet_hours=quiet("22:00", "08:00")), ADA, past, scene)
    (band,) = row(drawing, "promotion early").bands
    assert band.from_ms == scene.from_ms
    # The copy of r1 decides nothing, and has no note.
    assert [note.text[:9] for note in drawing.notes] == ["Wed 07:00", "Wed 08:00"]
    assert render(drawing)


def test_critical_is_drawn_without_what_it_passes() -> None:
    update = an_update(at_ms=at("2026-01-06 12:00"))
    asked = Request("r1", ADA, "receipt", at("2026-01-07 23:00"), priority=Priority.CRITICAL)
    past = [
        Past(update.at_ms, "profile-updates", "p", update),
        Past(asked.at_ms, "requests", "r1", asked),
    ]
    utc = zone_named(None, "UTC")[0]
    scene = Scene("t", "a", utc, at("2026-01-07 20:00"), at("2026-01-08 09:00"))
    drawing = timeline(knowledge(quiet_hours=quiet("22:00", "08:00")), ADA, past, scene)
    assert not [each for each in drawing.rows if "quiet" in each.label]
