"""The policy editor: form and text are one draft, faults stand at their field, guarded pushes."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from api_world import World
from hypothesis import given
from hypothesis import strategies as st

from api.auth import Role
from api.pages.console.policy.drafting import Draft, of_form, of_policy, of_text
from api.pages.console.policy.drawn import drawn, effect_of, quiet_of, worth_of
from api.pages.console.policy.fields import fields_of
from api.routes.policies import etag_of
from tactful.policy import DEFAULT_POLICY, Policy
from tactful.policy.diff import changes
from tactful.policy.form import write_policy
from tactful.policy.model import Cap, QuietHoursPolicy
from tactful.records import LocalSpan, Weekday

EDIT, PUSH = "/console/policy/edit", "/console/policy/push"
EVIL = "</textarea><script>alert(1)</script>"


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def form_of(policy: Policy, **changed: str) -> dict[str, list[str]]:
    """What a browser sends for the form of a policy."""
    sent = {
        field.name: [field.value]
        for field in fields_of(policy)
        if field.kind != "switch" or field.value
    }
    sent["form"] = ["1"]
    return sent | {name: [value] for name, value in changed.items()}


def changed(draft: Draft) -> list[str]:
    assert draft.read is not None, (draft.faults, draft.others)
    return [str(each) for each in changes(DEFAULT_POLICY, draft.read.policy)]


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    draft = of_form(DEFAULT_POLICY, form_of(DEFAULT_POLICY))
    assert changed(draft) == []
    assert draft.text == write_policy(DEFAULT_POLICY)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("version", "mine-1", "version: default-2 -> mine-1"),
        ("caps[0].max", "1", "caps.marketing_daily.max: 3 -> 1"),
        ("caps[1].window", "14d", "caps.marketing_weekly.window: 7d -> 14d"),
        ("caps[2].types", "promotion, tip", "caps.promotion_weekly.types: [promotion] -> "),
        ("gaps[0].min", "2h", "gaps.marketing_gap.min: 30m -> 2h"),
        ("quiet_hours.start", "21:00", "quiet_hours.start: 22:00 -> 21:00"),
        ("channels.sms.cost", "0.5", "channels.sms.cost: 0.08 -> 0.5"),
        ("channels.email.rate_per_s", "20", "channels.email.rate_per_s: none -> 20"),
        ("types.promotion.holdback.share", "0.1", "types.promotion.holdback: added"),
        ("types.tip.channels", "email", "types.tip.channels: "),
        ("types.tip.ttl", "3d", "types.tip.ttl: 7d -> 3d"),
        ("timing.digest_hour", "18", "timing.digest_hour: 9 -> 18"),
    ],
)
def test_a_field_changes_its_key_alone(field: str, value: str, said: str) -> None:
    found = changed(of_form(DEFAULT_POLICY, form_of(DEFAULT_POLICY, **{field: value})))
    assert len(found) == 1
    assert found[0].startswith(said)


def test_rows_are_added_and_taken_out() -> None:
    form = form_of(DEFAULT_POLICY, **{"caps[0].remove": "1"})
    form |= {"caps[4].name": ["night"], "caps[4].max": ["2"], "caps[4].window": ["12h"]}
    found = changed(of_form(DEFAULT_POLICY, form))
    assert found[0] == "caps.marketing_daily: removed"
    assert found[1].startswith("caps.night: added")
    assert len(found) == 2


def test_quiet_hours_are_switched_off_and_on_again() -> None:
    form = form_of(DEFAULT_POLICY)
    del form["quiet_hours"]
    off = of_form(DEFAULT_POLICY, form)
    assert changed(off) == ["quiet_hours: removed"]
    assert off.read is not None
    again = form_of(off.read.policy, **{"quiet_hours": "on", "quiet_hours.start": "20:00"})
    on = of_form(off.read.policy, again)
    assert changed(on) == ["quiet_hours.start: 22:00 -> 20:00"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quiet_hours.start", "25:00"),
        ("caps[0].max", "many"),
        ("caps[0].max", "-1"),
        ("caps[1].window", "7 days"),
        ("channels.sms.cost", "free"),
        ("channels.email.engage_prob", "1.5"),
        ("types.tip.channels", "email, emial"),
        ("types.promotion.holdback.share", "2"),
        ("timing.digest_hour", "24"),
        ("time_zone", "Berlin"),
        ("version", ""),
        ("caps[0].per", "planet"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_rest_stays(field: str, value: str) -> None:
    draft = of_form(DEFAULT_POLICY, form_of(DEFAULT_POLICY, **{field: value}))
    assert draft.read is None
    assert list(draft.faults) == [field]
    assert "allowed" in draft.faults[field] or "at least" in draft.faults[field]
    assert draft.typed[field] == value
    assert draft.text == write_policy(DEFAULT_POLICY)


def test_a_fault_after_a_removed_row_stands_at_its_own_row() -> None:
    form = form_of(DEFAULT_POLICY, **{"caps[0].remove": "1", "caps[2].max": "x"})
    assert list(of_form(DEFAULT_POLICY, form).faults) == ["caps[2].max"]


def test_text_that_cant_be_used_says_where() -> None:
    draft = of_text("version: x\ntypes: {}\nquiet_huors: 7\n")
    assert draft.read is None
    assert any("quiet_huors" in line and ":3:" in line for line in draft.others)


@given(st.text(max_size=300))
def test_law_any_text_is_a_draft(text: str) -> None:
    draft = of_text(text)
    assert (draft.read is None) is bool(draft.others)


words = st.text(max_size=12)
names = st.sampled_from([field.name for field in fields_of(DEFAULT_POLICY)])


@given(st.dictionaries(names, words, max_size=4))
def test_law_whatever_is_typed_gives_a_usable_policy_or_says_why(typed: dict[str, str]) -> None:
    draft = of_form(DEFAULT_POLICY, form_of(DEFAULT_POLICY, **typed))
    if draft.read is None:
        assert draft.faults or draft.others
    else:
        assert of_text(draft.text).read is not None
        assert of_policy(draft.read.policy).text == draft.text


def test_quiet_spans_wrap_midnight_and_follow_their_weekday() -> None:
    assert quiet_of(None)[0] == {"day": "Monday", "spans": []}
    plain = quiet_of(QuietHoursPolicy("22:00", "07:30"))
    assert plain[0]["spans"] == [[22.0, 24.0], [0.0, 7.5]]
    assert sum(b - a for day in plain for a, b in day["spans"]) == pytest.approx(7 * 9.5)
    weekend = QuietHoursPolicy(
        "22:00", "07:00", {Weekday.SATURDAY: LocalSpan("13:00", "15:00"), Weekday.SUNDAY: None}
    )
    found = {day["day"]: day["spans"] for day in quiet_of(weekend)}
    assert found["Saturday"] == [[0.0, 7.0], [13.0, 15.0]]
    assert found["Sunday"] == []
    assert found["Monday"] == [[22.0, 24.0]]


def test_the_worth_of_a_type_falls_by_half() -> None:
    kind = DEFAULT_POLICY.types["promotion"]
    worth = dict(map(tuple, worth_of(kind)))
    assert worth[0.0] == kind.value
    assert worth[kind.ttl_ms / 86_400_000] == pytest.approx(kind.value * 0.5**1.5, abs=1e-3)


def test_caps_are_told_by_week() -> None:
    policy = msgspec.structs.replace(
        DEFAULT_POLICY, caps=(Cap(name="a", max=2, window_ms=86_400_000),)
    )
    assert drawn(policy)["caps"] == [
        {"name": "a", "text": "at most 2 marketing sends in any 1d per user", "per_week": 14.0}
    ]


PREVIEW = {
    "before": {
        "version": "a",
        "endings": {"sent at once": 5, "suppressed": 1},
        "sends": [{"of": "email", "to": "tip", "count": 4}, {"of": "email", "to": "x", "count": 1}],
        "reasons": [],
        "delay_min": {"p50": 0, "p95": 3},
    },
    "after": {
        "version": "b",
        "endings": {"sent at once": 3, "expired": 3},
        "sends": [{"of": "push", "to": "tip", "count": 3}],
        "reasons": [],
        "delay_min": {"p50": None, "p95": None},
    },
    "users": 4,
    "users_changed": 2,
    "requests": 6,
    "requests_changed": 3,
    "moves": [],
    "reason_moves": [{"of": "sent (x)", "to": EVIL, "count": 2}],
}


def test_an_effect_has_both_sides_by_name() -> None:
    found = effect_of(PREVIEW)
    assert found["endings"]["names"] == ["sent at once", "suppressed", "expired"]
    assert found["endings"]["before"] == [5, 1, 0]
    assert found["endings"]["after"] == [3, 0, 3]
    assert found["sends"] == {"names": ["email", "push"], "before": [5, 0], "after": [0, 3]}


def post(world: World, path: str, data: dict[str, Any], role: Role = Role.POLICY_ADMIN) -> Any:
    return world.call("POST", path, role=role, data=data)


def text_in(html: str, version: str = "mine-1") -> str:
    del html
    return write_policy(DEFAULT_POLICY).replace(DEFAULT_POLICY.version, version)


def test_from_the_form_to_the_preview_to_the_push(world: World) -> None:
    seen: list[bytes] = []

    async def preview(policy: bytes) -> dict[str, Any]:
        seen.append(policy)
        return PREVIEW

    world.services.extras["preview"] = preview
    form = form_of(DEFAULT_POLICY, **{"caps[0].max": "1", "version": "mine-1"})
    page = post(world, EDIT, {**form, "action": "preview"})
    assert page.status_code == 200
    assert msgspec.json.decode(seen[0])["caps"][0]["max"] == 1
    assert "<strong>3</strong> of 6 requests" in page.text
    assert "caps.marketing_daily.max" in page.text
    assert EVIL not in page.text
    base = re.search(r'name="base" value="([^"]+)"', page.text)
    assert base is not None
    made = of_form(DEFAULT_POLICY, form)
    pushed = post(world, PUSH, {"base": base[1].replace("&#34;", '"'), "text": made.text})
    assert (pushed.status_code, pushed.headers["location"]) == (303, "/console/policy?pushed=1")
    assert world.knowledge.current.policy.version == "mine-1"
    assert world.knowledge.current.policy.caps[0].max == 1
    shown = world.call("GET", "/console/policy?pushed=1", role=Role.ANALYST).text
    assert "mine-1" in shown
    assert "The policy is published" in shown


def test_a_draft_on_its_way_keeps_what_the_form_does_not_show(world: World) -> None:
    text = text_in("") + "exploration: {}\n"
    page = post(world, EDIT, {"form": "1", "draft": text, "caps[0].max": "2", "quiet_hours": "on"})
    assert page.status_code == 200
    assert "exploration: {}" in page.text
    assert "caps.marketing_daily.max" in page.text


def test_text_goes_into_the_form(world: World) -> None:
    text = text_in("").replace("max: 3", "max: 2", 1)
    page = post(world, EDIT, {"text": text, "action": "check"})
    assert re.search(r'name="caps\[0\].max" type="text" value="2"', page.text)


def test_faults_are_shown_where_they_are(world: World) -> None:
    page = post(world, EDIT, form_of(DEFAULT_POLICY, **{"caps[0].max": "<b>"}))
    assert page.status_code == 422
    assert 'aria-describedby="f-caps-0-max-fault"' in page.text
    assert 'value="&lt;b&gt;"' in page.text
    broken = post(world, EDIT, {"text": EVIL})
    assert broken.status_code == 422
    assert EVIL not in broken.text


def test_a_push_is_only_of_what_was_read(world: World) -> None:
    current = world.knowledge.current.policy
    stale = post(world, PUSH, {"base": '"other"', "text": text_in("")})
    assert stale.status_code == 412
    assert "Another policy was pushed" in stale.text
    broken = post(world, PUSH, {"base": etag_of(current), "text": "version: 1"})
    assert broken.status_code == 422
    same = write_policy(current).replace("max: 3", "max: 2", 1)
    conflict = post(world, PUSH, {"base": etag_of(current), "text": same})
    assert conflict.status_code == 409
    assert "a new one" in conflict.text
    assert world.written == []


def test_kafka_away_is_told_and_the_draft_is_kept(world: World) -> None:
    world.kafka_away = True
    base = etag_of(world.knowledge.current.policy)
    page = post(world, PUSH, {"base": base, "text": text_in("", "kept-7")})
    assert page.status_code == 503
    assert "Kafka does not answer" in page.text
    assert "version: kept-7" in page.text


def test_who_may_only_read_may_try_and_not_push(world: World) -> None:
    data = {"text": text_in("")}
    page = post(world, EDIT, data, Role.ANALYST)
    assert "Pushing needs the scope policy:write" in page.text
    assert PUSH not in page.text
    assert post(world, PUSH, data, Role.ANALYST).status_code == 403


def test_without_a_preview_it_says_so(world: World) -> None:
    del world.services.extras["preview"]
    page = post(world, EDIT, {"text": text_in(""), "action": "preview"})
    assert page.status_code == 200
    assert "No preview can be made here" in page.text
