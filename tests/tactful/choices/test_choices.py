"""What a choice means: consent, whole types, quiet hours, pauses, and one click and its undo."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.choices import (
    PauseSpan,
    QuietChoice,
    allow_purpose,
    allowed,
    before,
    chosen_quiet,
    offer_of,
    pause_until_ms,
    quiet_hours,
    start_of_day_ms,
    type_on,
    unsubscribe,
)
from tactful.policy import DEFAULT_POLICY
from tactful.profile.fields import Fields
from tactful.profile.part import written
from tactful.profile.section import NOTHING, WHOLE_TYPE
from tactful.records import Preferences, Priority, ProfileUpdate, QuietHours, Weekday

OFFER = offer_of(DEFAULT_POLICY)
CHANNELS = OFFER.channels
BERLIN = ZoneInfo("Europe/Berlin")

keys = st.sampled_from(
    ["marketing", "transactional", *CHANNELS, *(f"marketing:{each}" for each in CHANNELS)]
)
consents = st.dictionaries(keys, st.booleans())
settings = (
    st.none()
    | st.booleans()
    | st.dictionaries(st.sampled_from([WHOLE_TYPE, *CHANNELS]), st.booleans(), min_size=1)
)


def _after(consent: dict[str, bool], change: dict[str, bool | None]) -> dict[str, bool]:
    merged = {**consent, **change}
    return {key: value for key, value in merged.items() if value is not None}


@given(consents, st.booleans(), st.booleans())
def test_a_word_on_a_purpose_holds_on_all_channels(
    consent: dict[str, bool], on: bool, opt_in: bool
) -> None:
    after = _after(consent, allow_purpose(consent, "marketing", CHANNELS, on=on))
    for channel in CHANNELS:
        assert allowed(after, "marketing", channel, opt_in=opt_in) is on
        assert allowed(after, "transactional", channel, opt_in=False) is allowed(
            consent, "transactional", channel, opt_in=False
        )


def _merged(*preferences: dict[str, object]) -> tuple[dict[str, object], dict[str, bool]]:
    """Profile updates one after another, by the core's own rules."""
    fields = Fields(NOTHING)
    for at_ms, each in enumerate(preferences, 1):
        update = msgspec.convert(
            {"id": "u", "user_id": "ada", "at_ms": at_ms, **each}, ProfileUpdate
        )
        for group, path, value in written(update):
            fields.write(group, path, value, (at_ms, ""))
    pieces = fields.profile().pieces
    return msgspec.json.decode(pieces[2]).get("types", {}), msgspec.json.decode(pieces[3])


@given(
    settings,
    consents,
    st.sampled_from([None, "promotion"]),
    st.none() | st.sampled_from(CHANNELS),
)
def test_one_click_turns_off_what_it_names_and_its_undo_puts_all_back(
    setting: object, consent: dict[str, bool], type_: str | None, channel: str | None
) -> None:
    first = {"preferences": {"types": {"promotion": setting}}, "consent": consent}
    types, said = _merged(first)
    change = unsubscribe(OFFER, said, channel=channel, type_=type_)
    off_types, off_consent = _merged(first, change.fields())
    for each in OFFER.channels_of(DEFAULT_POLICY.types["promotion"].purpose):
        if channel in (None, each):
            reached = type_on(off_types.get("promotion"), each) and allowed(
                off_consent, "marketing", each, opt_in=True
            )
            assert not reached, each
    back = before(change, types, said)
    assert _merged(first, change.fields(), back.fields()) == (types, said)


def test_only_what_is_critical_by_itself_cannot_be_turned_off() -> None:
    critical = msgspec.structs.replace(
        DEFAULT_POLICY.types["security_alert"], priority=Priority.CRITICAL
    )
    policy = msgspec.structs.replace(
        DEFAULT_POLICY, types={**DEFAULT_POLICY.types, "security_alert": critical}
    )
    assert [each.name for each in offer_of(policy).types if each.always_on] == ["security_alert"]
    assert not any(each.always_on for each in OFFER.types)


@pytest.mark.parametrize("choice", list(QuietChoice))
def test_quiet_hours_are_read_back_as_they_were_chosen(choice: QuietChoice) -> None:
    wanted = quiet_hours(choice, "21:00", "07:00")
    found = msgspec.convert({"quiet_hours": wanted}, Preferences).quiet_hours
    assert chosen_quiet(found) is choice


def test_hours_of_single_weekdays_stay_when_the_others_change() -> None:
    own = QuietHours("22:00", "08:00", {Weekday.SUNDAY: None})
    hours = quiet_hours(QuietChoice.OWN, "21:00", "07:00", own)
    assert hours == {"start": "21:00", "end": "07:00", "weekdays": {"sunday": None}}


def test_quiet_hours_that_never_end_are_refused() -> None:
    with pytest.raises(ValueError, match="not quiet"):
        quiet_hours(QuietChoice.OWN, "08:00", "08:00")


@pytest.mark.parametrize(
    ("now", "span", "until"),
    [
        ("2026-01-31T10:00+01:00", PauseSpan.MONTH, "2026-02-28T10:00+01:00"),
        ("2026-12-05T10:00+01:00", PauseSpan.MONTH, "2027-01-05T10:00+01:00"),
        # The night the clocks go forward: the day has 23 hours.
        ("2026-03-28T10:00+01:00", PauseSpan.DAY, "2026-03-29T10:00+02:00"),
        ("2026-10-20T10:00+02:00", PauseSpan.WEEK, "2026-10-27T10:00+01:00"),
    ],
)
def test_a_pause_ends_at_the_same_time_of_day(now: str, span: PauseSpan, until: str) -> None:
    from datetime import datetime

    def ms(text: str) -> int:
        return round(datetime.fromisoformat(text).timestamp() * 1000)

    assert pause_until_ms(span, BERLIN, ms(now)) == ms(until)


def test_a_pause_until_a_day_ends_when_the_day_begins() -> None:
    assert start_of_day_ms(date(2026, 7, 1), BERLIN) == 1_782_856_800_000
