"""One user's page: the timeline by hand, the pictures by the core's own numbers, nothing leaks."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec
import pytest
from api_world import NOW_MS, World
from builders import a_ledger_entry
from hypothesis import given
from hypothesis import strategies as st

from api.auth import Role
from api.kafka.events import UserEvents, newest
from api.pages.console.user.pictures import channels_of, fatigue_of, hours_of_week
from api.pages.console.user.timeline import rows_of, timeline_of, waits_of
from api.pages.console.wording import ago, local
from connectors.cassandra.reading import StoreError
from connectors.cassandra.unreadable import UnreadableRecordError
from tactful.engagement.section import decay
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.outlook import outlook
from tactful.policy import DEFAULT_POLICY
from tactful.records import Event, Feedback, LedgerEntry, Outcome, Reason, Scoring, Verdict

CLOCK = local(ZoneInfo("UTC"))
KNOWN = Knowledge(DEFAULT_POLICY)
EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def hold(at_ms: int, until_ms: int, decision: str = "d-1") -> LedgerEntry:
    made = a_ledger_entry(at_ms, Verdict.HOLD, Reason.QUIET_HOURS, "email")
    return msgspec.structs.replace(
        made, decision_id=decision, reconsider_at_ms=until_ms, expires_at_ms=until_ms + DAY_MS
    )


def test_a_wait_ends_at_the_next_verdict_or_at_the_moment_it_waits_for() -> None:
    first, second = hold(1_000, 9_000), hold(5_000, 20_000)
    sent = msgspec.structs.replace(a_ledger_entry(7_000), decision_id="d-1")
    assert waits_of([sent, second, first]) == [(first, 1_000, 5_000), (second, 5_000, 7_000)]
    assert waits_of([first]) == [(first, 1_000, 9_000)]


def test_each_thing_stands_in_its_row_with_its_sentence() -> None:
    send = a_ledger_entry(NOW_MS - DAY_MS)
    silent = a_ledger_entry(NOW_MS - 2 * DAY_MS, Verdict.SUPPRESS, Reason.CONSENT, None)
    old = a_ledger_entry(NOW_MS - 30 * DAY_MS, channel="push")
    back = [
        Feedback("f1", "ada", send.decision_id, "email", Outcome.OPENED, NOW_MS - HOUR_MS),
        Feedback("f2", "ada", "unknown", "email", Outcome.OPENED, NOW_MS),
    ]
    entries = [old, silent, send, hold(NOW_MS - HOUR_MS, NOW_MS + HOUR_MS)]
    did = [Event(f"e{age}", "ada", "app_open", NOW_MS - age * DAY_MS) for age in (20, 3, 1)]
    found = timeline_of(entries, back, NOW_MS, CLOCK, events=did)
    assert found["rows"] == ["events", "email", "came back", "held", "not sent"]
    assert [each["at_ms"] for each in found["events"]] == [did[1].at_ms, did[2].at_ms]
    assert found["events"][0]["text"].endswith("app_open")
    assert timeline_of(entries, back, NOW_MS, CLOCK)["rows"][0] == "email"
    assert [each["at_ms"] for each in found["sends"]] == [send.decided_at_ms]
    assert [each["outcome"] for each in found["outcomes"]] == ["opened"]
    assert [(e["from_ms"], e["to_ms"]) for e in found["holds"]] == [
        (NOW_MS - HOUR_MS, NOW_MS + HOUR_MS)
    ]
    assert [each["verdict"] for each in found["silent"]] == ["suppress"]
    assert "because" in found["sends"][0]["text"]
    assert [row["outcomes"] for row in rows_of(entries, back, CLOCK)] == [[], ["opened"], [], []]


@given(st.lists(st.integers(0, 40 * DAY_MS), max_size=30))
def test_law_nothing_is_drawn_twice_or_outside(ages: list[int]) -> None:
    entries = [a_ledger_entry(NOW_MS - age) for age in sorted(set(ages), reverse=True)]
    found = timeline_of(entries, [], NOW_MS, CLOCK)
    inside = [each for each in entries if each.decided_at_ms >= found["from_ms"]]
    assert len(found["sends"]) == len(inside)
    assert all(found["from_ms"] <= each["at_ms"] <= found["to_ms"] for each in found["sends"])


def test_the_fatigue_now_is_what_the_sends_still_weigh() -> None:
    entries = [a_ledger_entry(NOW_MS - age * DAY_MS) for age in (9, 4, 1)]
    ahead = outlook("ada", entries, NOW_MS)
    found = fatigue_of(entries, ahead, KNOWN, NOW_MS)
    half_ms = DEFAULT_POLICY.fatigue.half_life_ms
    weight = sum(decay(each.decided_at_ms, NOW_MS, half_ms) for each in entries)
    assert found["now"] == pytest.approx(weight, abs=1e-3)
    assert found["in_a_week"] == pytest.approx(weight * decay(0, 7 * DAY_MS, half_ms), abs=1e-3)
    assert (found["wanted"], found["planned"]) == (None, [])


def test_what_a_model_told_and_what_waits_are_drawn_too() -> None:
    scoring = Scoring(0.2, 0.5, 0.0, 0.5, "active", fatigue=0.25, wanted_per_week=7.0)
    entries = [
        msgspec.structs.replace(a_ledger_entry(NOW_MS - DAY_MS), scoring=scoring),
        hold(NOW_MS - HOUR_MS, NOW_MS + 5 * HOUR_MS),
    ]
    ahead = outlook("ada", entries, NOW_MS, ahead_ms=7 * DAY_MS)
    found = fatigue_of(entries, ahead, KNOWN, NOW_MS)
    assert (found["fatigue"], found["wanted_per_week"]) == (0.25, 7.0)
    assert found["planned"][-1][1] > found["rest"][-1][1]


def test_without_hours_in_the_profile_they_are_everyones() -> None:
    found = hours_of_week(None, KNOWN, NOW_MS)
    assert (found["own"], found["evidence"], len(found["weights"])) == (False, 0.0, 168)
    assert sum(found["weights"][:24]) == pytest.approx(24.0, abs=0.1)


def test_channels_without_sends_show_what_holds_for_everyone() -> None:
    found = {each["channel"]: each for each in channels_of(None, KNOWN)}
    assert set(found) == set(DEFAULT_POLICY.channels)
    for name, channel in DEFAULT_POLICY.channels.items():
        assert found[name]["mean"] == pytest.approx(channel.engage_prob, abs=1e-3)
        assert found[name]["low"] <= found[name]["mean"] <= found[name]["high"]


def ask(world: World, request_id: str, **more: object) -> None:
    body = {"id": request_id, "user_id": "ada", "type": "security_alert", **more}
    assert world.call("POST", "/v1/requests", role="producer", json=body).status_code == 202


def test_a_users_page_tells_what_was_decided_and_what_waits(world: World) -> None:
    world.introduce()
    ask(world, "r-1", priority="high")
    ask(world, "r-2", priority="normal", not_before_ms=world.now_ms + HOUR_MS // 2)
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert page.status_code == 200
    text = page.text
    assert "Europe/Berlin" in text
    assert "sent on email" in text
    assert "1 held" in text
    assert "the time comes that it was asked not to go before" in text
    assert "own hours" in text
    assert "ada@example.org" not in text
    assert "known, hidden" in text


def test_what_the_user_did_is_drawn_with_how_far_back_was_looked(world: World) -> None:
    world.introduce()
    for name in ("app_open", "add_to_cart"):
        event = {"user_id": "ada", "name": name}
        assert world.call("POST", "/v1/events", role="producer", json=event).status_code == 202
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert "add_to_cart" in page.text
    assert "3 events" in page.text  # with the one by which the world knows them
    assert "was looked for" not in page.text
    trouble = "Not all of the stream could be read in time."

    class Cut:
        async def of_user(self, user_id: str) -> UserEvents:
            return UserEvents(
                [Event("e1", user_id, EVIL, NOW_MS - HOUR_MS)], NOW_MS - DAY_MS, trouble
            )

    world.services.events = Cut()
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert "none from before" in page.text
    assert trouble in page.text
    assert EVIL not in page.text


def test_an_event_that_stands_twice_in_the_stream_is_one() -> None:
    value = msgspec.json.encode({"id": "e1", "user_id": "ada", "name": "app_open", "at_ms": NOW_MS})
    assert [each.id for each in newest("ada", [value, b"{", value])] == ["e1"]


def test_contact_data_are_for_those_who_may_see_them(world: World) -> None:
    world.introduce()
    for role, second_factor, seen in (
        (Role.PRIVACY_OFFICER, True, True),
        (Role.PRIVACY_OFFICER, False, False),
        (Role.ANALYST, True, False),
    ):
        page = world.call(
            "GET", "/console/user", role=role, params={"id": "ada"}, second_factor=second_factor
        )
        assert ("ada@example.org" in page.text) is seen
    fields = [set(record.fields) for record in world.audit.records[-3:]]
    assert ["identifiers.email" in each for each in fields] == [True, False, False]


def test_hostile_names_stay_text(world: World) -> None:
    world.introduce(EVIL)
    made = msgspec.structs.replace(
        a_ledger_entry(world.now_ms, user=EVIL),
        explanation="</script><script>alert(1)</script>",
        type=EVIL,
    )
    world.ledger.take([made])
    page = world.call("GET", "/console/user", role=Role.ADMIN, params={"id": EVIL})
    assert page.status_code == 200
    assert EVIL not in page.text.replace('<img src="/static', "")
    assert "<script>alert" not in page.text
    assert "</script><script>" not in page.text
    unknown = world.call("GET", "/console/user", role=Role.ADMIN, params={"id": f"{EVIL}x"})
    assert "onerror=alert(1)&gt;x" in unknown.text


@pytest.mark.parametrize("user", ["a/b", "ä ö", "?x=1&y", "a" * 256, "-", "../x"])
def test_any_id_can_be_looked_up(world: World, user: str) -> None:
    world.ledger.take([a_ledger_entry(world.now_ms, user=user)])
    found = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": user})
    assert found.status_code == 200
    assert world.audit.records[-1].user_id == user


def test_without_the_stores_the_newest_is_still_told(world: World) -> None:
    world.introduce()
    ask(world, "r-1", priority="high")
    world.profiles.away = True
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert page.status_code == 200
    assert "does not answer" in page.text
    assert "sent on email" in page.text


def test_an_unreadable_profile_is_named_and_the_rest_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.introduce()
    ask(world, "r-1", priority="high")

    async def aget(*_: object, **__: object) -> object:
        raise UnreadableRecordError("DecodeError")

    monkeypatch.setattr(world.profiles, "aget", aget)
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert page.status_code == 200
    assert "The stored profile can&#39;t be read" in page.text
    assert "sent on email" in page.text


def test_unreadable_verdicts_are_named_and_hide_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.introduce()
    ask(world, "r-1", priority="high")
    whole = world.profiles.ahistory

    async def ahistory(*args: object, **options: object) -> object:
        page = await whole(*args, **options)  # type: ignore[arg-type]
        page.unreadable = 1
        return page

    async def aget(*_: object, **__: object) -> object:
        raise StoreError("away")

    monkeypatch.setattr(world.profiles, "ahistory", ahistory)
    monkeypatch.setattr(world.profiles, "aget", aget)
    page = world.call("GET", "/console/user", role=Role.ANALYST, params={"id": "ada"})
    assert "Some verdicts can&#39;t be read" in page.text
    assert "The profile store does not answer" in page.text, "the one does not hide the other"
    assert "sent on email" in page.text


def test_spans_are_told_roughly() -> None:
    assert [ago(ms) for ms in (0, 59_000, 60_000, 47 * HOUR_MS)] == ["1 s", "59 s", "1 min", "47 h"]
