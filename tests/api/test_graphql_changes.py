"""Changes by GraphQL: what REST writes, under the same scopes, with the same records, and once."""

from typing import Any

import msgspec
import pytest
from api_world import World
from graph_asking import ask, data, fault

from tactful.records import ProfileUpdate, RecordKind

EVENTS = (
    "mutation($e: [JSON!]!) { sendEvents(events: $e) { "
    "accepted { id userId atMs } refused { index field found allowed } } }"
)
UPDATE = (
    'mutation($p: JSON!) { updateProfile(userId: "ada", profile: $p) { id userId decisionId } }'
)
REPLACE = 'mutation($c: JSON!) { replaceConsent(userId: "ada", consent: $c) { consent } }'
SET = (
    'mutation($p: JSON!) { setPreferences(userId: "ada", preferences: $p) { preferences consent } }'
)
ERASE = (
    'mutation($c: String!) { requestErasure(userId: "ada", confirm: $c) { '
    "receipt erasedAtMs state keysDestroyed profileGone statusUrl } }"
)
LINK = 'mutation($l: JSON!) { createLink(userId: "ada", link: $l) { url expiresAtMs headers } }'
GOOD = {"user_id": "ada", "name": "app_open"}


def _updates(world: World) -> list[ProfileUpdate]:
    return [
        msgspec.json.decode(value or b"", type=ProfileUpdate)
        for word, _, value in world.written
        if word == RecordKind.PROFILE_UPDATE
    ]


def test_a_profile_is_changed_and_its_identifiers_encrypted(world: World) -> None:
    change = {"attributes": {"n": 1}, "identifiers": {"email": "ada@example.org"}}
    accepted = data(ask(world, UPDATE, "producer", p=change), "updateProfile")
    (update,) = _updates(world)
    assert (accepted["id"], accepted["userId"]) == (update.id, "ada")
    assert str((update.identifiers or {})["email"]).startswith("enc:1:")
    (record,) = world.audit.records
    assert (record.action, record.fields) == ("change", ["attributes.n", "identifiers.email"])


@pytest.mark.parametrize("name", ["preferences", "consent", "erase"])
def test_a_profile_change_takes_nothing_of_another_scope(world: World, name: str) -> None:
    told = fault(ask(world, UPDATE, "producer", p={name: {}}))
    assert (told["code"], told["errors"][0]["field"]) == ("invalid", name)
    assert world.written == []


def test_consent_is_replaced_as_a_whole(world: World) -> None:
    world.introduce()
    replaced = data(ask(world, REPLACE, c={"transactional": True}), "replaceConsent")
    assert replaced == {"consent": {"transactional": True}}
    assert _updates(world)[-1].consent == {"marketing": None, "transactional": True}
    assert world.audit.records[-1].action == "consent"


@pytest.mark.parametrize("consent", [7, {"marketing": "yes"}, {"marketing": None}])
def test_a_whole_consent_is_of_yes_and_no(world: World, consent: Any) -> None:
    assert fault(ask(world, REPLACE, c=consent))["status"] == 422
    assert world.written == []


def test_a_bulk_writes_what_holds_and_tells_the_rest(world: World) -> None:
    done = data(ask(world, EVENTS, "producer", e=[GOOD, {"user_id": "ada"}, 7]), "sendEvents")
    assert [each["userId"] for each in done["accepted"]] == ["ada"]
    assert [(each["index"], each["field"]) for each in done["refused"]] == [(1, "name"), (2, None)]
    assert len(world.written) == 1


def test_a_bulk_has_a_bound_and_says_where_more_is_taken(world: World) -> None:
    most = world.settings.max_bulk_records
    for events, found in (([], "0"), ([7] * (most + 1), str(most + 1))):
        told = ask(world, EVENTS, "producer", e=events)
        assert told["errors"][0]["message"] == (
            f"events: found {found} of them, allowed: a list of 1..{most} events"
        )
    several = [{**GOOD, "attributes": {"text": "x" * 1_000}}] * 80
    response = world.call(
        "POST",
        "/graphql",
        role="producer",
        json={"query": EVENTS, "variables": {"e": several}},
    )
    assert response.status_code == 413
    size = response.request.headers["content-length"]
    detail = response.json()["detail"]
    assert detail.startswith(f"body: found {size} bytes, allowed: at most 65536; more by ")
    assert "/v1/events/bulk" in detail
    assert world.written == []


CHANGES = [
    ("producer", UPDATE, {"p": {"attributes": {"n": 1}}}, {"p": {"attributes": {"n": 2}}}),
    ("producer", SET, {"p": {"channels": {"sms": True}}}, {"p": {"channels": {}}}),
    ("producer", REPLACE, {"c": {"marketing": True}}, {"c": {"marketing": False}}),
    ("producer", EVENTS, {"e": [GOOD, GOOD]}, {"e": [{**GOOD, "name": "x"}]}),
    (
        "producer",
        "mutation($r: JSON!) { sendRequest(request: $r) { id decisionId } }",
        {"r": {"user_id": "ada", "type": "security_alert"}},
        {"r": {"user_id": "bo", "type": "security_alert"}},
    ),
    (
        "producer",
        "mutation($r: JSON!) { decide(request: $r) { requestId verdict decidedAtMs } }",
        {"r": {"user_id": "ada", "type": "security_alert"}},
        {"r": {"user_id": "bo", "type": "security_alert"}},
    ),
]


@pytest.mark.parametrize(("role", "document", "said", "other"), CHANGES)
def test_the_same_change_again_is_done_once_and_another_is_refused(
    world: World, role: str, document: str, said: Any, other: Any
) -> None:
    world.introduce()
    first = ask(world, document, role, key="k-1", **said)
    written = len(world.written)
    again = ask(world, document, role, key="k-1", **said)
    assert again["data"] == first["data"]
    (name,) = first["data"]
    assert again["extensions"] == {"idempotentReplayed": [name]}
    assert "extensions" not in first
    assert fault(ask(world, document, role, key="k-1", **other))["code"] == "idempotency-mismatch"
    assert len(world.written) == written


@pytest.mark.parametrize(("role", "document", "said", "other"), CHANGES)
def test_without_redis_a_repetition_makes_the_same_record_and_another_its_own(
    world: World, role: str, document: str, said: Any, other: Any
) -> None:
    world.introduce()
    world.shared.away = True
    ids = []
    for each in (said, said, other):
        written = len(world.written)
        data(ask(world, document, role, key="k-1", **each), next(iter(ask_names(document))))
        # A decision that is known already is not asked for again.
        ids.append(
            [msgspec.json.decode(value or b"")["id"] for _, _, value in world.written[written:]]
        )
    assert ids[1] in ([], ids[0])
    assert ids[2]
    assert not set(ids[0]) & set(ids[2])


def ask_names(document: str) -> list[str]:
    """The one field that a document asks for."""
    return [document.split("{ ", 1)[1].split("(", 1)[0]]


def test_what_a_user_wants_is_not_kept_with_the_key(world: World) -> None:
    ask(world, SET, "user:ada", key="k-1", p={"types": {"promotion": False}})
    kept = [value for key, (_, value) in world.shared._values.items() if key.startswith("idem:")]
    assert len(kept) == 1
    assert b"promotion" not in kept[0]


def test_consent_beside_preferences_is_for_who_may_read_it_and_recorded(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    narrow = world.token("producer", scope="preferences:write")
    change = {"frequency": "daily_digest"}
    told = data(ask(world, SET, token=narrow, p=change), "setPreferences")
    assert told == {"preferences": change, "consent": None}
    assert [each.action for each in world.audit.records] == ["change"]
    told = data(ask(world, SET, "producer", p=change), "setPreferences")
    assert told["consent"] == {"marketing": True}
    assert [each.fields for each in world.audit.records[1:]] == [
        ["preferences.frequency"],
        ["consent"],
    ]


def test_a_user_is_erased_once_and_the_receipt_tells_when_it_is_done(world: World) -> None:
    world.introduce()
    world.audit.records.clear()
    wrong = fault(ask(world, ERASE, "privacy_officer", c="bo"))
    assert (wrong["code"], wrong["errors"][0]["field"]) == ("invalid", "confirm")
    first = data(ask(world, ERASE, "privacy_officer", key="k-1", c="ada"), "requestErasure")
    again = data(ask(world, ERASE, "privacy_officer", key="k-1", c="ada"), "requestErasure")
    assert again == first
    assert [update.erase for update in _updates(world)].count(True) == 1
    assert [each.action for each in world.audit.records] == ["erase", "destroy_keys"]
    query = 'query($r: String!) { erasure(userId: "ada", receipt: $r) { state profileGone } }'
    seen = data(ask(world, query, "privacy_officer", r=first["receipt"]), "erasure")
    assert seen == {"state": "done", "profileGone": True}
    assert fault(ask(world, query, r="eyJ1"))["code"] == "not-found"


def test_erasing_needs_the_second_factor_and_oneself_does_not(world: World) -> None:
    told = fault(ask(world, ERASE, "privacy_officer", second_factor=False, c="ada"))
    assert told["code"] == "second-factor-required"
    assert world.written == []
    assert data(ask(world, ERASE, "user:ada", second_factor=False, c="ada"), "requestErasure")


def test_a_link_is_made_and_recorded(world: World) -> None:
    asked = {"purpose": "unsubscribe", "channel": "email"}
    link = data(ask(world, LINK, "producer", l=asked), "createLink")
    assert link["headers"]["List-Unsubscribe"] == f"<{link['url']}>"
    assert [each.fields for each in world.audit.records] == [["links.unsubscribe"]]
    told = fault(ask(world, LINK, "producer", l={"purpose": "x"}))
    assert told["errors"][0]["field"] == "purpose"
