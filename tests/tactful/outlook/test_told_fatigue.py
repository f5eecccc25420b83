"""Fatigue and the wanted frequency, as `tactful explain USER` tells them from the ledger."""

from zoneinfo import ZoneInfo

from builders import NOW, USER, a_request, a_user, knowledge
from models import a_model, taught

from cli.outlook import outlook_lines
from tactful.outlook import ReleaseBy, outlook
from tactful.records import Reason


def test_the_newest_verdict_tells_how_tired_the_user_is() -> None:
    user = a_user(taught(knowledge(), a_model(intercept=-1.0, dosage=-0.6)), time_zone="UTC")
    for number in range(2):
        user.asked(a_request(f"s{number}", "receipt", at_ms=NOW + number))
    held = user.asked(a_request("r1", "newsletter", at_ms=NOW + 9))
    assert held.reason is Reason.FATIGUE
    found = outlook(USER, user.ledger, NOW + 10)
    assert found.weariness is not None
    assert found.weariness.type == "newsletter"
    assert found.weariness.at_ms == NOW + 9
    first = next(iter(outlook_lines(found, ZoneInfo("UTC")))).plain
    assert first == "Fatigue 63% at Wed 2026-01-07 12:00; wants about 4.8 newsletter a week."
    (waiting,) = found.waiting
    moment = next(each for each in waiting.releases if each.by is ReleaseBy.MOMENT)
    assert moment.text == "the user is rested"


def test_without_models_nothing_is_said_of_it() -> None:
    user = a_user()
    user.asked(a_request())
    found = outlook(USER, user.ledger, NOW + 1)
    assert found.weariness is None
    assert "Fatigue" not in next(iter(outlook_lines(found, ZoneInfo("UTC")))).plain
