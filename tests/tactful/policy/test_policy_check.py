import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tactful.ids import tag
from tactful.policy import DEFAULT_POLICY, Policy, PolicyError, parse_policy
from tactful.policy.check import problems_of

DAY_MS = 86_400_000


def a_policy(**changes: Any) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "version": "v1",
        "types": {"promotion": {"purpose": "marketing", "channels": ["email"]}},
        "channels": {"email": {"address": "email"}},
    }
    return policy | changes


def refusal(**changes: Any) -> str:
    with pytest.raises(PolicyError) as caught:
        parse_policy(json.dumps(a_policy(**changes)).encode())
    return str(caught.value)


def test_a_small_policy_gets_defaults_for_the_rest() -> None:
    policy = parse_policy(json.dumps(a_policy()).encode())
    assert policy.version == "v1"
    assert policy.types["promotion"].ttl_ms == DAY_MS
    assert policy.quiet_hours is not None
    assert policy.limits.held == 32


def test_the_default_policy_has_no_problem_and_survives_its_json() -> None:
    assert problems_of(DEFAULT_POLICY) == []
    assert parse_policy(msgspec.json.encode(DEFAULT_POLICY)) == DEFAULT_POLICY


def test_quiet_hours_can_be_switched_off() -> None:
    assert parse_policy(json.dumps(a_policy(quiet_hours=None)).encode()).quiet_hours is None


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"capz": []}, "capz"),
        ({"types": {"promotion": {"purpose": "marketing", "chanels": ["email"]}}}, "chanels"),
        ({"channels": {"email": {"adress": "email"}}}, "adress"),
        ({"caps": [{"name": "c", "max": 1, "window": 5, "window_ms": 5}]}, "window"),
        ({"timing": {"digest": 9}}, "digest"),
        ({"limits": {"helt": 3}}, "helt"),
    ],
)
def test_a_misspelt_key_is_refused_by_its_name(changes: dict[str, Any], key: str) -> None:
    assert re.search(rf"[ .]{key}: unknown key, allowed: ", refusal(**changes))


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        (
            {"types": {"tip": {"purpose": "marketing", "channels": ["email", "pigeon"]}}},
            ["types.tip.channels", "found 'pigeon'", "allowed: email"],
        ),
        (
            {"types": {"tip": {"purpose": "marketing", "channels": []}}},
            ["types.tip.channels", "found none"],
        ),
        ({"channels": {}}, ["channels: found none", "at least one"]),
        (
            {"caps": [{"name": "c", "max": 257, "window_ms": 1}]},
            ["caps[0].max", "found 257", "allowed: 0 to 256"],
        ),
        (
            {"caps": [{"name": "c", "max": 1, "window_ms": 1, "types": ["tipp"]}]},
            ["caps[0].types", "found 'tipp'", "allowed: promotion"],
        ),
        ({"time_zone": "Mars/Olympus"}, ["time_zone", "found 'Mars/Olympus'", "IANA"]),
        (
            {"types": {"tip": {"purpose": "marketing", "channels": ["email", "email"]}}},
            ["types.tip.channels", "found 'email' 2 times", "allowed: once"],
        ),
        (
            {"caps": [{"name": "c", "max": n, "window_ms": 1} for n in range(3)]},
            ["caps: name: found 'c' 3 times, allowed: once"],
        ),
        (
            {"channels": {"email": {}} | {f"c{number}": {} for number in range(16)}},
            ["channels: found 17, allowed: up to 16"],
        ),
        (
            {"timing": {"global_hour_weights": [0.0] * 24}},
            ["timing.global_hour_weights", "not all 0"],
        ),
        (
            {"timing": {"global_hour_weights": [-1.0] + [1.0] * 23}},
            ["timing.global_hour_weights", "from 0 up"],
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_with_key_found_and_allowed(
    changes: dict[str, Any], parts: list[str]
) -> None:
    message = refusal(**changes)
    assert message.startswith("policy: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"version": ""}, "version"),
        ({"time_zone": 3}, "time_zone"),
        ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, "quiet_hours.start"),
        ({"quiet_hours": {"start": "8:00", "end": "08:00"}}, "quiet_hours.start"),
        ({"caps": [{"name": "c", "max": -1, "window_ms": 1}]}, "caps[0].max"),
        ({"caps": [{"name": "c", "max": 1, "window_ms": 0}]}, "caps[0].window_ms"),
        ({"caps": [{"name": "c", "max": 1}]}, "caps[0]: found neither window nor calendar"),
        ({"timing": {"digest_hour": 24}}, "timing.digest_hour"),
        ({"timing": {"global_hour_weights": [1.0] * 23}}, "timing.global_hour_weights"),
        ({"limits": {"held": 0}}, "limits.held"),
        ({"limits": {"held": 257}}, "limits.held"),
        ({"types": {"a": {"purpose": "markting", "channels": ["email"]}}}, "purpose"),
        ({"channels": {"email": {"engage_prob": 1.5}}}, "engage_prob"),
        ({"types": None}, "types"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_by_its_place(
    changes: dict[str, Any], path: str
) -> None:
    assert path in refusal(**changes)


def test_a_wrong_value_inside_a_type_names_the_type() -> None:
    types = {
        "good": {"purpose": "marketing", "channels": ["email"]},
        "bad": {"purpose": "markting", "channels": ["email"]},
    }
    assert refusal(types=types) == (
        'policy: types.bad.purpose: found "markting" '
        "(string), allowed: marketing, transactional "
        "(did you mean marketing?)"
    )


def test_a_misspelt_key_is_answered_with_the_keys_allowed() -> None:
    assert refusal(channels={"email": {"adress": "email"}}) == (
        "policy: channels.email.adress: unknown key, "
        "allowed: address, engage_prob, cost, deliver_within_ms, rate_per_s, address_ttl_ms, "
        "presence, label_window_ms, format (did you mean address?)"
    )
    assert ", caps, " in refusal(capz=[])


def test_all_wrong_shapes_are_said_at_once() -> None:
    message = refusal(gaps=[{"name": "c", "min": 1, "per": 7}], time_zone=3, quiet_hours={})
    assert message.removeprefix("policy: ").split("; ") == [
        (
            "gaps[0].min: unknown key, allowed: name, min_ms, per, purposes, channels "
            "(did you mean min_ms?)"
        ),
        "gaps[0].per: found 7 (number), allowed: user, channel, type",
        "gaps[0].min_ms: found nothing, it is required",
        "time_zone: found 3 (number), allowed: str",
    ]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each innermost value: its place as a policy error names it, what it stands in, its key."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        place = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}".lstrip(".")
        if isinstance(each, dict | list) and each:
            yield from leaves(each, place)
        else:
            yield place, value, key


def test_a_wrong_value_anywhere_is_answered_with_its_place() -> None:
    shape = json.loads(msgspec.json.encode(DEFAULT_POLICY))
    places = list(leaves(shape))
    assert len(places) > 300
    for place, inside, key in places:
        right, inside[key] = inside[key], [[1]]
        with pytest.raises(PolicyError) as caught:
            parse_policy(json.dumps(shape).encode())
        (problem,) = caught.value.problems
        assert problem.startswith((f"{place}: found array", f"{place}[0]: found array"))
        inside[key] = right


def test_a_value_without_end_is_cut_short_in_the_message() -> None:
    assert len(refusal(time_zone="x" * 100_000)) < 200


def test_json_nested_too_deep_is_refused() -> None:
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(PolicyError, match="policy: "):
        parse_policy(deep)


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": "\xff"}'])
def test_what_is_no_policy_at_all_is_refused(value: bytes) -> None:
    with pytest.raises(PolicyError, match="policy: "):
        parse_policy(value)


def test_16_channels_are_not_too_many() -> None:
    channels = {"email": {}} | {f"c{number}": {} for number in range(15)}
    assert len(parse_policy(json.dumps(a_policy(channels=channels)).encode()).channels) == 16


def test_all_problems_are_said_at_once() -> None:
    message = refusal(
        time_zone="Mars/Olympus", types={"tip": {"purpose": "marketing", "channels": ["pigeon"]}}
    )
    assert "time_zone" in message
    assert "pigeon" in message


def colliding() -> tuple[str, str]:
    """Two names with the same CRC-32."""
    return "plumless", "buckeroo"


def test_names_that_share_a_hash_are_refused() -> None:
    one, two = colliding()
    assert tag(one) == tag(two)
    kind = {"purpose": "marketing", "channels": ["email"]}
    message = refusal(types={one: kind, two: kind})
    assert f"types: '{two}' and '{one}' share a hash, rename one of them" in message
    message = refusal(channels={"email": {}, one: {}, two: {}})
    assert "channels: " in message


def test_a_policy_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        DEFAULT_POLICY.version = "other"  # type: ignore[misc]
    assert isinstance(DEFAULT_POLICY, Policy)
