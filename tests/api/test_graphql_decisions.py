"""Synchronous decisions by GraphQL: the verdict, or where to look for it later."""

from typing import Any

import pytest
from api_world import World
from graph_asking import ask, data, fault

from tactful.ids import decision_id

DECIDE = (
    "mutation($r: JSON!, $ms: Int) { decide(request: $r, deadlineMs: $ms) { "
    "decisionId requestId userId verdict channel explanation } }"
)
ALERT = {"id": "r-1", "user_id": "ada", "type": "security_alert"}


def test_a_verdict_is_waited_for_and_recorded(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    verdict = data(ask(world, DECIDE, "producer", r=ALERT), "decide")
    assert (verdict["requestId"], verdict["verdict"]) == ("r-1", "send")
    (record,) = world.audit.records
    assert (record.action, record.fields, record.subject_id) == (
        "read",
        ["ledger"],
        verdict["decisionId"],
    )
    assert data(ask(world, DECIDE, "producer", r=ALERT, ms=60), "decide") == verdict


def test_past_the_deadline_it_is_told_where_to_look_later(world: World) -> None:
    world.introduce()
    world.job_away = True
    told = ask(world, DECIDE, "producer", r=ALERT, ms=60)
    decision = decision_id("ada", "r-1")
    assert told["data"] == {"decide": None}
    assert fault(told) == {
        "code": "decision-pending",
        "status": 504,
        "decisionId": decision,
        "requestId": "r-1",
        "statusUrl": f"/v1/decisions/{decision}",
        "retryAfterS": 1,
    }
    query = "query($d: String!) { decision(decisionId: $d, waitMs: 20) { requestId } }"
    assert data(ask(world, query, "producer", d=decision), "decision") is None
    word, key, value = world.written[-1]
    world._decide(word, key, value, 0)
    assert data(ask(world, query, "producer", d=decision), "decision") == {"requestId": "r-1"}


def test_a_pending_decision_is_not_what_a_key_is_answered_with(world: World) -> None:
    world.introduce()
    asked = {"user_id": "ada", "type": "security_alert"}
    world.job_away = True
    pending = fault(ask(world, DECIDE, "producer", key="k-1", r=asked, ms=60))
    world.job_away = False
    verdict = data(ask(world, DECIDE, "producer", key="k-1", r=asked, ms=60), "decide")
    assert verdict["decisionId"] == pending["decisionId"]


def test_a_document_waits_no_longer_for_many_decisions_than_for_one() -> None:
    slow = World(max_decision_deadline_ms=200, decision_deadline_ms=200)
    slow.job_away = True
    several = " ".join(
        f'd{n}: decide(request: {{user_id: "ada", type: "security_alert", id: "r-{n}"}}) '
        "{ verdict }"
        for n in range(4)
    )
    told = ask(slow, f"mutation {{ {several} }}", "producer")
    slow.close()
    assert [each["extensions"]["code"] for each in told["errors"]] == 4 * ["decision-pending"]
    assert [each["message"].split(".")[0] for each in told["errors"][1:]] == (
        3 * ["No verdict within 50 ms"]
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"r": 7}, "request"),
        ({"r": ALERT, "ms": 1}, "deadline_ms"),
        ({"r": ALERT, "ms": 60_000}, "deadline_ms"),
        ({"r": {"user_id": "ada"}}, "type"),
    ],
)
def test_a_bad_deadline_or_no_request_is_refused(world: World, said: Any, field: str) -> None:
    told = fault(ask(world, DECIDE, "producer", **said))
    assert told["code"] == "invalid"
    assert field in str(told)
    assert world.written == []


def test_a_verdict_that_cannot_be_recorded_is_not_asked_for(world: World) -> None:
    world.audit.away = True
    assert fault(ask(world, DECIDE, "producer", r=ALERT))["code"] == "unavailable"
    assert world.written == []
