"""Reading by GraphQL: what REST shows, under the same limits and with the same records."""

from typing import Any

import pytest
from api_world import World
from graph_asking import ask, data, fault

PREFERENCES = '{ preferences(userId: "ada") { userId version timeZone preferences } }'
CONSENT = '{ consent(userId: "ada") { userId version consent } }'
AUDIT = (
    'query($p: String, $n: Int! = 50) { audit(userId: "ada", page: $p, size: $n) { '
    "entries { id userId atMs actor action fields role via source requestId subjectId } next } }"
)
AUDIENCE = (
    "query($t: String!, $u: [String!]!) { audienceBestTime(type: $t, userIds: $u) { "
    "type users { userId best { channel hour atMs } } unknown byChannel byHourUtc } }"
)
EXPORT = '{ export(userId: "ada") { userId exportedAtMs complete document } }'
POLICY = "{ policy { version policy etag yaml refused } }"
PUSH = (
    "mutation($p: JSON!, $e: String) { pushPolicy(policy: $p, ifMatch: $e) "
    "{ version seen warnings } }"
)
CHECK = (
    "query($p: JSON!) { checkPolicy(policy: $p) "
    "{ usable version problems { message line } warnings changes } }"
)


def _same(told: dict[str, Any], shown: dict[str, Any], *names: str) -> None:
    """What GraphQL tells is what REST shows."""
    assert list(told.values()) == [shown[name] for name in names]


def test_preferences_and_consent_are_those_of_rest(world: World) -> None:
    world.introduce(frequency="daily_digest")
    told = data(ask(world, PREFERENCES, "analyst"), "preferences")
    shown = world.call("GET", "/v1/users/ada/preferences", role="analyst").json()
    _same(told, shown, "user_id", "version", "time_zone", "preferences")
    told = data(ask(world, CONSENT, "analyst"), "consent")
    shown = world.call("GET", "/v1/users/ada/consent", role="analyst").json()
    _same(told, shown, "user_id", "version", "consent")
    fields = [each.fields for each in world.audit.records if each.actor == "client:a-analyst"]
    assert fields == 2 * [["preferences", "time_zone"]] + 2 * [["consent"]]


def test_who_never_said_anything_wants_nothing(world: World) -> None:
    assert data(ask(world, PREFERENCES, "user:ada"), "preferences")["preferences"] == {}
    assert data(ask(world, CONSENT, "user:ada"), "consent")["consent"] == {}


def test_audit_records_come_by_pages(world: World) -> None:
    world.introduce()
    first = data(ask(world, AUDIT, "user:ada", n=1), "audit")
    (row,) = first["entries"]
    assert (row["action"], row["actor"]) == ("consent", "client:a-producer")
    # Looking is recorded too, so that the second page begins with the row of the first.
    second = data(ask(world, AUDIT, "user:ada", n=2, p=first["next"]), "audit")
    assert [each["action"] for each in second["entries"]] == ["consent", "change"]
    assert fault(ask(world, AUDIT, n=201))["errors"][0]["found"] == "201"
    assert fault(ask(world, AUDIT, p="x"))["errors"][0]["field"] == "page"


def test_an_audience_is_that_of_rest_and_each_user_recorded(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    answer = ask(world, AUDIENCE, "producer", t="promotion", u=["ada", "bo"])
    told = data(answer, "audienceBestTime")
    assert [each["userId"] for each in told["users"]] == ["ada"]
    assert told["unknown"] == ["bo"]
    assert sum(told["byHourUtc"]) == sum(told["byChannel"].values()) == 1
    assert [(each.user_id, each.fields) for each in world.audit.records] == [
        ("ada", ["best_time"]),
        ("bo", ["best_time"]),
    ]


@pytest.mark.parametrize(
    ("kind", "users", "field"),
    [
        ("none", ["ada"], "type"),
        ("promotion", [], "user_ids"),
        ("promotion", ["a"] * 1_001, "user_ids"),
    ],
)
def test_an_audience_is_bounded_and_of_a_known_type(
    world: World, kind: str, users: list[str], field: str
) -> None:
    told = fault(ask(world, AUDIENCE, t=kind, u=users))
    assert (told["code"], told["errors"][0]["field"]) == ("invalid", field)


def test_costly_questions_have_their_limit_alias_by_alias() -> None:
    world = World(rate_limit_heavy="2/minute")
    several = " ".join(
        f'a{n}: audienceBestTime(type: "promotion", userIds: ["ada"]) {{ type }}' for n in range(3)
    )
    told = ask(world, f"{{ {several} }}")
    world.close()
    assert fault(told)["code"] == "rate-limited"
    assert fault(told)["retryAfterS"] >= 1


def test_an_export_is_that_of_rest(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    told = data(ask(world, EXPORT, "privacy_officer"), "export")
    assert (told["userId"], told["complete"]) == ("ada", True)
    assert told["document"]["profile"]["identifiers"] == {"email": "ada@example.org"}
    assert [(each.action, each.fields) for each in world.audit.records] == [("export", ["all"])]
    shown = world.call("POST", "/v1/users/ada/export", role="privacy_officer").json()
    assert told["document"].keys() == shown.keys()
    assert told["document"]["history"] == shown["history"]


def test_an_export_needs_the_second_factor(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    told = fault(ask(world, EXPORT, "privacy_officer", second_factor=False))
    assert told["code"] == "second-factor-required"
    assert world.audit.records == []


def test_a_policy_is_read_checked_and_pushed(world: World) -> None:
    before = data(ask(world, POLICY, "policy_admin"), "policy")
    shown = world.call("GET", "/v1/policy", role="policy_admin")
    assert (before["policy"], before["etag"]) == (shown.json()["policy"], shown.headers["ETag"])
    text = before["yaml"].replace(before["version"], "mine-1")
    checked = data(ask(world, CHECK, "policy_admin", p=text), "checkPolicy")
    assert (checked["usable"], checked["version"]) == (True, "mine-1")
    pushed = data(ask(world, PUSH, "policy_admin", p=text, e=before["etag"]), "pushPolicy")
    assert (pushed["version"], pushed["seen"]) == ("mine-1", True)
    stale = fault(ask(world, PUSH, "policy_admin", p=text, e=before["etag"]))
    assert stale["code"] == "precondition-failed"
    as_object = {**before["policy"], "version": "mine-2"}
    pushed = data(ask(world, PUSH, "policy_admin", p=as_object), "pushPolicy")
    assert (pushed["version"], world.knowledge.current.policy.version) == ("mine-2", "mine-2")


def test_a_policy_is_pushed_with_the_second_factor_alone(world: World) -> None:
    text = data(ask(world, POLICY), "policy")["yaml"]
    told = fault(ask(world, PUSH, "policy_admin", second_factor=False, p=text))
    assert told["code"] == "second-factor-required"
    assert fault(ask(world, PUSH, "analyst", p=text))["code"] == "forbidden"
    assert world.written == []


@pytest.mark.parametrize("policy", [7, ["x"], "channels: 7", {"version": ""}, "\x00"])
def test_a_policy_that_does_not_hold_is_not_pushed(world: World, policy: Any) -> None:
    assert fault(ask(world, PUSH, p=policy))["status"] == 422
    assert world.written == []


def test_a_policy_that_does_not_hold_is_told_by_line(world: World) -> None:
    checked = data(ask(world, CHECK, "analyst", p="version: x\nchannels: 7\n"), "checkPolicy")
    assert checked["usable"] is False
    assert checked["problems"]


def test_a_preview_is_that_of_rest(world: World) -> None:
    world.introduce()
    text = data(ask(world, POLICY), "policy")["yaml"]
    query = "query($p: JSON!) { previewPolicy(policy: $p) }"
    told = data(ask(world, query, "analyst", p=text), "previewPolicy")
    shown = world.call(
        "POST",
        "/v1/policy/preview",
        role="analyst",
        content=text,
        headers={"Content-Type": "application/yaml"},
    )
    assert told == shown.json()
    assert fault(ask(world, query, "analyst", p="channels: 7"))["code"] == "invalid"


def test_a_wait_is_bounded(world: World) -> None:
    query = 'query($n: Int!) { decision(decisionId: "d", waitMs: $n) { verdict } }'
    assert data(ask(world, query, n=30), "decision") is None
    assert fault(ask(world, query, n=10_001))["errors"][0]["field"] == "waitMs"
