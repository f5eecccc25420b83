"""Dead letters in the console: seen by those who may, sent back once, always recorded."""

from collections.abc import Iterator

import msgspec
import pytest
from api_world import World

from api.auth import Role
from api.pages.console.letters import payload_of
from schemas.audit import AuditAction
from tactful.records import DeadLetter, DeadLetterReason, RecordKind

PATH = "/console/dead-letters"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def letter(world: World, offset: int = 0, user: str = "ada", **changes: object) -> str:
    record = {"id": f"e-{offset}", "user_id": user, "name": "app_open", "at_ms": world.now_ms}
    value = msgspec.json.encode({**record, **changes})
    made = DeadLetter(
        DeadLetterReason.STEP_FAILED,
        'found "x", allowed: y',
        "tactful.events",
        0,
        offset,
        value,
        user,
    )
    world.services.letters.take([made])
    return f"tactful.events/0/{offset}"


def replay(world: World, *places: str, confirmed: bool = True, role: Role = Role.ADMIN) -> str:
    data = {"place": list(places), **({"confirmed": "yes"} if confirmed else {})}
    response = world.call("POST", f"{PATH}/replay", role=role, data=data)
    assert response.status_code == 200, response.text
    return response.text


def test_what_was_found_is_for_those_who_may_send_back(world: World) -> None:
    letter(world)
    analyst = world.call("GET", PATH, role=Role.ANALYST).text
    assert "hidden" in analyst
    assert "&#34;x&#34;" not in analyst
    assert world.audit.records == []
    admin = world.call("GET", PATH, role=Role.POLICY_ADMIN).text
    assert "&#34;x&#34;" in admin
    assert [(r.user_id, r.fields) for r in world.audit.records] == [("ada", ["dead_letters"])]


def test_the_filter_keeps_what_fits(world: World) -> None:
    letter(world, 1)
    world._decide("requests", "bo", b"{}", 9)
    both = world.call("GET", PATH, role=Role.ADMIN).text
    assert "offset 1<" in both
    assert "offset 9<" in both
    some = world.call("GET", f"{PATH}?reason=step_failed", role=Role.ADMIN).text
    assert "offset 1<" in some
    assert "offset 9<" not in some
    none = world.call("GET", f"{PATH}?topic=nowhere", role=Role.ADMIN).text
    assert "Nothing was refused that fits the filter" in none


def test_nothing_goes_back_before_it_is_confirmed(world: World) -> None:
    place = letter(world)
    asked = replay(world, place, confirmed=False)
    assert "Send 1 of 1 back?" in asked
    assert world.written == []
    done = replay(world, place)
    assert "sent back to events with its id" in done
    value = world.services.letters.get(place).value  # type: ignore[union-attr]
    assert world.written == [(RecordKind.EVENT, "ada", value)]
    changes = [r for r in world.audit.records if r.action is AuditAction.CHANGE]
    assert [(r.user_id, r.fields, r.subject_id) for r in changes] == [
        ("ada", ["events.replayed"], "e-0")
    ]
    assert "sent back Wed" in world.call("GET", PATH, role=Role.ADMIN).text


def test_sent_back_twice_it_counts_once(world: World) -> None:
    place = letter(world)
    replay(world, place)
    replay(world, place)
    world.now_ms += 2_000
    world.nudge("ada")
    profile = world.call("GET", "/v1/users/ada/profile", role=Role.ANALYST).json()
    assert profile["activity"]["events"] == 2
    assert len(world.written) == 3


def test_what_would_be_refused_again_stays(world: World) -> None:
    good, bad = letter(world, 1), letter(world, 2, name=7)
    asked = replay(world, good, bad, confirmed=False)
    assert "Send 1 of 2 back?" in asked
    done = replay(world, good, bad)
    assert "it would be refused again" in done
    assert [key for _, key, _ in world.written] == ["ada"]


def test_kafka_away_is_told_for_each(world: World) -> None:
    place = letter(world)
    world.kafka_away = True
    assert "Kafka does not answer" in replay(world, place)
    assert world.services.letters.replayed_ms(place) is None


def test_without_a_record_nothing_is_sent_back(world: World) -> None:
    place = letter(world)
    world.audit.away = True
    response = world.call(
        "POST", f"{PATH}/replay", role=Role.ADMIN, data={"place": place, "confirmed": "yes"}
    )
    assert response.status_code == 503
    assert world.written == []


def test_nothing_chosen_is_told(world: World) -> None:
    response = world.call("POST", f"{PATH}/replay", role=Role.ADMIN, data={"place": "no/0/0"})
    assert response.status_code == 422
    assert "Choose at least one" in response.text


def test_a_payload_is_shown_as_text_alone(world: World) -> None:
    place = letter(world, user=EVIL, name=EVIL)
    for path in (PATH, f"{PATH}/letter?place={place}"):
        html = world.call("GET", path, role=Role.ADMIN).text
        assert EVIL not in html
    assert "&lt;script&gt;alert(1)" in html
    assert world.call("GET", f"{PATH}/letter?place=x", role=Role.ADMIN).status_code == 404


def profile_letter(value: bytes) -> DeadLetter:
    topic = f"tactful.{RecordKind.PROFILE_UPDATE}"
    return DeadLetter(DeadLetterReason.UNDECODABLE, "", topic, 0, 0, value, "ada")


def test_contact_data_are_masked() -> None:
    made = profile_letter(b'{"user_id": "ada", "identifiers": {"email": "ada@example.org"}}')
    assert "ada@example.org" not in payload_of(made, contact=False)[0]
    assert '"email": "(hidden)"' in payload_of(made, contact=False)[0]
    assert "ada@example.org" in payload_of(made, contact=True)[0]
    odd = profile_letter(b'{"identifiers": "ada@example.org"}')
    assert "ada@example.org" not in payload_of(odd, contact=False)[0]
    broken = profile_letter(b'{"identifiers": {"email": "ada@example.org"')
    assert payload_of(broken, contact=False)[0].startswith("hidden")


@pytest.mark.parametrize("value", [b"\xff\x00\x10", b"\x1b[31m", b"", b"[" * 3_000, b'"\\ud800"'])
def test_any_bytes_can_be_shown(value: bytes) -> None:
    made = DeadLetter(DeadLetterReason.UNDECODABLE, "", "tactful.events", 0, 0, value)
    text, _ = payload_of(made, contact=False)
    assert all(c.isprintable() or c in "\n\t" for c in text)
