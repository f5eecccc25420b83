"""What fails in an operator is logged by type and place; only the dead letter says whose it was."""

import logging

import msgspec
import pytest
from builders import NOW, an_event, an_update
from fake_flink import FakeFlink
from kit import arrived, found

from operators import desk
from operators.history import HistoryDecide
from operators.live import LiveDecide
from tactful.records import DeadLetter

USER = "ada-lovelace-4711"
EMAIL = "secret.person@example.org"
MARKERS = (USER, EMAIL, "Musterstrasse 9")
EVENT = msgspec.structs.replace(an_event(), user_id=USER)
UPDATE = msgspec.structs.replace(an_update(identifiers={"email": EMAIL}), user_id=USER)


def broken(*_: object) -> None:
    try:
        {}[EMAIL]
    except KeyError as error:
        raise RuntimeError(f"{USER} lives at Musterstrasse 9") from error


def live() -> FakeFlink:
    return FakeFlink(LiveDecide(clock=lambda: NOW))


def told(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, which must hold no marker."""
    text = caplog.text + "".join(f"{r.getMessage()} {r.exc_text or ''}" for r in caplog.records)
    assert not [marker for marker in MARKERS if marker in text]
    return text


def test_a_failed_step_is_logged_without_values(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(desk, "step", broken)
    (letter,) = found(live().arrive(arrived(UPDATE, 77)), DeadLetter, "tactful.dead-letters")
    assert USER in letter.detail, "the dead letter says whose it was"
    text = told(caplog)
    assert "RuntimeError at test_nothing_personal_is_logged.py:" in text
    assert "from KeyError at" in text
    assert "('tactful.profile-updates', 0, 77)" in text, "the log says where the record is"


def test_a_record_over_a_damaged_state_is_logged_without_its_user(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    flink = live()
    flink.values.by_key[USER] = b"\x00 damaged"
    (letter,) = found(flink.arrive(arrived(EVENT)), DeadLetter, "tactful.dead-letters")
    assert USER in letter.detail
    assert "StateError at" in told(caplog)


def test_a_timer_over_a_damaged_state_is_logged_without_its_user(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    flink = FakeFlink(HistoryDecide(1_000))
    flink.arrive(arrived(EVENT, stamped_ms=NOW))
    flink.values.by_key[USER] = b"\x00 damaged"
    assert flink.advance(NOW + 1) == []
    assert "StateError at" in told(caplog)


def test_a_user_whose_wakeups_do_not_end_is_not_named(caplog: pytest.LogCaptureFixture) -> None:
    operator = HistoryDecide(1_000)
    FakeFlink(operator)
    assert not operator._may_sleep(USER, NOW, NOW, None)
    assert "does not come to rest" in told(caplog)
