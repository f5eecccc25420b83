"""Webhooks by the API: the secret shown once, one's own alone, and no way to addresses inside."""

import msgspec
import pytest
from api_world import World

from connectors.webhooks.subscriptions import Subscription, unseal
from tactful import topics

BODY = {"url": "http://127.0.0.1:9/hook", "events": ["decision.send", "preferences.changed"]}


def _made(world: World, token: str | None = None) -> dict[str, str]:
    token = token or world.token("policy_admin")
    response = world.call("POST", "/v1/webhooks", token=token, json=BODY)
    assert response.status_code == 201, response.text
    found: dict[str, str] = response.json()
    return found


def _written(world: World) -> Subscription:
    word, _, value = world.written[-1]
    assert word == topics.WEBHOOKS
    return msgspec.json.decode(value or b"", type=Subscription)


def test_the_secret_is_shown_once_and_sealed_in_kafka(world: World) -> None:
    made = _made(world)
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in str(world.written)
    (sealed,) = _written(world).secrets
    assert unseal(world.master, made["id"], sealed) == made["secret"]
    again = world.call("GET", f"/v1/webhooks/{made['id']}", role="policy_admin").json()
    assert "secret" not in again
    assert again["enabled"] is True


def test_clients_see_their_own_and_an_admin_all(world: World) -> None:
    one, two = world.token("policy_admin", sub="one"), world.token("policy_admin", sub="two")
    made = _made(world, one)
    listed = world.call("GET", "/v1/webhooks", token=two).json()["webhooks"]
    assert listed == []
    path = f"/v1/webhooks/{made['id']}"
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {}} if method == "PATCH" else {}
        assert world.call(method, path, token=two, **body).status_code == 404
    assert len(world.call("GET", "/v1/webhooks", role="admin").json()["webhooks"]) == 1


def test_a_new_secret_leaves_the_old_one_for_a_day(world: World) -> None:
    made = _made(world)
    path = f"/v1/webhooks/{made['id']}/secret"
    new = world.call("POST", path, role="policy_admin").json()
    kept = _written(world)
    assert [unseal(world.master, made["id"], each) for each in kept.secrets] == [
        new["secret"],
        made["secret"],
    ]
    assert kept.old_secret_until_ms == world.now_ms + 86_400_000


def test_it_is_changed_tried_and_deleted(world: World) -> None:
    made = _made(world)
    path = f"/v1/webhooks/{made['id']}"
    assert world.call("POST", f"{path}/test", role="policy_admin").status_code == 202
    assert world.written[-1][0] == topics.WEBHOOK_DELIVERIES
    off = world.call("PATCH", path, role="policy_admin", json={"enabled": False}).json()
    assert (off["enabled"], off["disabled"]) == (False, "by_owner")
    assert world.call("POST", f"{path}/test", role="policy_admin").status_code == 409
    on = world.call(
        "PATCH", path, role="policy_admin", json={"enabled": True, "events": ["decision"]}
    )
    assert on.json()["events"] == ["decision"]
    assert world.call("DELETE", path, role="policy_admin").status_code == 204
    assert world.written[-1][2] is None
    assert world.call("GET", path, role="policy_admin").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://10.0.0.1/"},
        {"url": "http://shop.example/"},
        {"url": "file:///etc/passwd"},
        {"events": []},
        {"events": ["decision.other"]},
        {"more": 1},
    ],
)
def test_what_may_not_be_called_is_refused(world: World, change: dict[str, object]) -> None:
    world.services.local_webhooks = False
    body = {**BODY, "url": "https://shop.example/", **change}
    response = world.call("POST", "/v1/webhooks", role="policy_admin", json=body)
    assert response.status_code == 422
    assert world.written == []
