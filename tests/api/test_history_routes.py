"""History, explanations, what waits, who looked, and the best time."""

import msgspec
from api_world import World

from tactful.policy import DEFAULT_POLICY


def _request(world: World, name: str, kind: str = "security_alert", user: str = "ada") -> None:
    body = {"id": name, "user_id": user, "type": kind}
    response = world.call("POST", "/v1/requests", role="producer", json=body)
    assert response.status_code == 202
    world.now_ms += 1_000


def test_history_is_paged_newest_first_without_gap_or_repetition(world: World) -> None:
    world.introduce()
    for number in range(7):
        _request(world, f"r-{number}")
    seen = []
    page = None
    for _ in range(4):
        options = {"size": 2} | ({"page": page} if page else {})
        got = world.call("GET", "/v1/users/ada/history", role="analyst", params=options).json()
        seen += [entry["request_id"] for entry in got["entries"]]
        page = got.get("next")
    assert page is None
    assert seen == [f"r-{number}" for number in reversed(range(7))]


def test_a_made_up_cursor_is_refused(world: World) -> None:
    response = world.call(
        "GET", "/v1/users/ada/history", role="analyst", params={"page": "' OR 1=1"}
    )
    assert response.status_code == 422


def test_an_explanation_tells_all_verdicts_from_tail_and_history(world: World) -> None:
    world.introduce("ada", quiet_hours={"start": "00:00", "end": "23:59"})
    kind = "cart_reminder"
    _request(world, "r-1", kind)
    path = "/v1/users/ada/explanations/r-1"
    told = world.call("GET", path, role="user:ada").json()
    assert told["verdict"] == told["entries"][-1]["verdict"]
    assert told["explanation"]
    world.ledger.__init__(100)  # type: ignore[misc]
    assert world.call("GET", path, role="user:ada").json() == told
    missing = world.call("GET", "/v1/users/ada/explanations/none", role="user:ada")
    assert missing.status_code == 404


def test_what_waits_is_listed_until_it_waits_no_more(world: World) -> None:
    world.introduce()
    body = {
        "id": "r-1",
        "user_id": "ada",
        "type": "security_alert",
        "priority": "normal",
        "not_before_ms": world.now_ms + 3_600_000,
    }
    world.call("POST", "/v1/requests", role="producer", json=body)
    held = world.call("GET", "/v1/users/ada/held", role="analyst").json()["entries"]
    assert [entry["request_id"] for entry in held] == ["r-1"]
    world.now_ms += 400 * 86_400_000
    assert world.call("GET", "/v1/users/ada/held", role="analyst").json()["entries"] == []


def test_reading_the_audit_records_is_audited_too(world: World) -> None:
    world.introduce()
    first = world.call("GET", "/v1/users/ada/audit", role="user:ada").json()["entries"]
    assert {entry["action"] for entry in first} >= {"change", "consent"}
    again = world.call("GET", "/v1/users/ada/audit", role="user:ada").json()["entries"]
    assert again[0]["actor"] == "user:ada"
    assert again[0]["fields"] == ["audit"]


def test_the_best_time_is_what_the_core_would_choose(world: World) -> None:
    world.introduce()
    found = world.call(
        "GET", "/v1/users/ada/best-time", role="analyst", params={"type": "promotion"}
    )
    assert found.status_code == 200, found.text
    told = found.json()
    assert told["best"]["channel"] == "email"
    assert told["best"]["at_ms"] >= world.now_ms
    assert told["time_zone"] == "Europe/Berlin"
    world.call(
        "PUT", "/v1/users/ada/consent", role="user:ada", json={"consent": {"marketing": False}}
    )
    world.now_ms += 6_000
    world.nudge("ada")
    refused = world.call(
        "GET", "/v1/users/ada/best-time", role="analyst", params={"type": "promotion"}
    ).json()
    assert "best" not in refused
    assert refused["reason"] == "consent"


def test_a_type_that_is_none_is_refused_with_those_there_are(world: World) -> None:
    response = world.call("GET", "/v1/users/ada/best-time", role="analyst", params={"type": "x"})
    assert response.status_code == 422
    assert "promotion" in response.json()["detail"]


def test_an_audience_is_spread_over_channels_and_hours(world: World) -> None:
    world.introduce("ada")
    world.introduce("bo")
    body = {"type": "promotion", "user_ids": ["ada", "bo", "nobody", "ada"]}
    told = world.call("POST", "/v1/audiences/best-time", role="analyst", json=body).json()
    assert [user["user_id"] for user in told["users"]] == ["ada", "bo"]
    assert told["unknown"] == ["nobody"]
    assert told["by_channel"] == {"email": 2}
    assert sum(told["by_hour_utc"]) == 2


def test_the_policy_is_read_checked_and_pushed(world: World) -> None:
    got = world.call("GET", "/v1/policy", role="analyst")
    assert got.json()["version"] == DEFAULT_POLICY.version
    as_yaml = world.call(
        "GET", "/v1/policy", role="analyst", headers={"Accept": "application/yaml"}
    )
    text = as_yaml.text.replace(DEFAULT_POLICY.version, "mine-1")
    yaml = {"Content-Type": "application/yaml"}
    checked = world.call(
        "POST", "/v1/policy/check", role="analyst", content=text, headers=yaml
    ).json()
    assert checked["usable"] is True
    broken = world.call(
        "POST",
        "/v1/policy/check",
        role="analyst",
        content=text.replace("mine-1", "mine-1\nquiet_huors: 7"),
        headers=yaml,
    ).json()
    assert broken["usable"] is False
    assert broken["problems"][0]["line"] is not None
    stale = {**yaml, "If-Match": '"other"'}
    assert (
        world.call(
            "PUT", "/v1/policy", role="policy_admin", content=text, headers=stale
        ).status_code
        == 412
    )
    fresh = {**yaml, "If-Match": got.headers["ETag"]}
    pushed = world.call("PUT", "/v1/policy", role="policy_admin", content=text, headers=fresh)
    assert pushed.json() == {"version": "mine-1", "seen": True}
    assert world.call("GET", "/v1/policy", role="analyst").json()["version"] == "mine-1"
    changed = msgspec.json.decode(msgspec.json.encode(DEFAULT_POLICY)) | {
        "version": "mine-1",
        "quiet_hours": None,
    }
    conflict = world.call("PUT", "/v1/policy", role="policy_admin", json=changed)
    assert conflict.status_code == 409


def test_models_are_listed_as_the_jobs_have_them(world: World) -> None:
    assert world.call("GET", "/v1/models", role="analyst").json() == {"models": []}
    snapshot = {"task": "engagement", "version": "engagement-1", "weights": {"a": 1.0}}
    world.knowledge.records["model/engagement"] = msgspec.json.encode(snapshot)
    listed = world.call("GET", "/v1/models", role="analyst").json()["models"]
    assert listed == [{"task": "engagement", "version": "engagement-1"}]
    one = world.call("GET", "/v1/models/engagement", role="analyst").json()
    assert one["weights"] == {"a": 1.0}
    assert world.call("GET", "/v1/models/other", role="analyst").status_code == 404
