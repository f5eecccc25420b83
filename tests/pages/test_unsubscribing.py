"""RFC 8058: one POST turns off, without cookie and redirect; a GET never does; and its undo."""

import msgspec
import pytest
from api_world import World
from sample import link_of
from visitor import Page, Visitor

ONE_CLICK = [("List-Unsubscribe", "One-Click")]


def _wants(world: World) -> tuple[dict[str, object], dict[str, bool]]:
    preferences = world.call("GET", "/v1/users/ada/preferences", role="user:ada").json()
    consent = world.call("GET", "/v1/users/ada/consent", role="user:ada").json()
    return preferences["preferences"], consent["consent"]


ABOUT: list[tuple[dict[str, str], dict[str, object], dict[str, bool]]] = [
    ({}, {}, {"marketing": False}),
    ({"channel": "email"}, {}, {"marketing": True, "marketing:email": False}),
    ({"type": "promotion"}, {"types": {"promotion": False}}, {"marketing": True}),
    (
        {"type": "promotion", "channel": "email"},
        {"types": {"promotion": {"email": False}}},
        {"marketing": True},
    ),
]


@pytest.mark.parametrize(("about", "preferences", "consent"), ABOUT)
def test_one_post_turns_off_what_the_link_names_and_the_undo_puts_it_back(
    world: World,
    about: dict[str, str],
    preferences: dict[str, object],
    consent: dict[str, bool],
) -> None:
    link = link_of(world, purpose="unsubscribe", **about)
    mailer = Visitor(world)
    before = _wants(world)
    done = mailer.post(link, ONE_CLICK)
    assert done.status_code == 200
    assert "set-cookie" not in done.headers
    assert _wants(world) == (preferences, consent)
    assert mailer.post(link, ONE_CLICK).status_code == 200
    assert _wants(world) == (preferences, consent)
    page = Page(done.text)
    assert "Turned off:" in page.text
    undone = mailer.submit(page.posting_to(f"{link}/undo"))
    assert undone.status_code == 200
    assert _wants(world) == before


def test_the_models_learn_from_it_once_where_the_link_names_the_notification(world: World) -> None:
    decision_id = "a7302ce7dbd5266ac1d0a49ce0d1cbfa"
    link = link_of(world, purpose="unsubscribe", channel="email", decision_id=decision_id)
    for _ in range(2):
        assert Visitor(world).post(link, ONE_CLICK).status_code == 200
    told = [msgspec.json.decode(value) for kind, _, value in world.written if kind == "feedback"]
    assert {each["id"] for each in told} == {f"unsubscribed-{decision_id}"}
    assert told[0]["outcome"] == "unsubscribed"
    assert told[0]["decision_id"] == decision_id
    assert told[0]["channel"] == "email"
    assert told[0]["user_id"] == "ada"


def test_a_mail_programs_multipart_body_counts_too(world: World) -> None:
    link = link_of(world, purpose="unsubscribe", channel="email")
    response = world.call("POST", link, files={"List-Unsubscribe": (None, "One-Click")})
    assert response.status_code == 200
    assert _wants(world)[1]["marketing:email"] is False


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_that_follows_the_link_turns_nothing_off(world: World, method: str) -> None:
    link = link_of(world, purpose="unsubscribe", type="promotion")
    before = len(world.written)
    world.call(method, link)
    assert len(world.written) == before


def test_a_person_sees_one_button_and_what_it_does(world: World) -> None:
    link = link_of(world, purpose="unsubscribe", type="promotion", channel="email")
    visitor = Visitor(world)
    page = visitor.page(link)
    assert "Turn off “Offers and discounts by e-mail”?" in page.text
    (form,) = page.forms
    assert form.action == link
    assert visitor.submit(form).status_code == 200
    assert _wants(world)[0] == {"types": {"promotion": {"email": False}}}


@pytest.mark.parametrize("body", [[], [("List-Unsubscribe", "No")], [("x", "y")]])
def test_a_post_that_does_not_ask_for_it_does_nothing(
    world: World, body: list[tuple[str, str]]
) -> None:
    link = link_of(world, purpose="unsubscribe")
    before = len(world.written)
    assert Visitor(world).post(link, body).status_code == 422
    assert len(world.written) == before


def test_a_link_that_was_changed_or_is_of_another_kind_does_nothing(world: World) -> None:
    token = link_of(world).partition("link=")[2]
    for bad in (token, "x", link_of(world, purpose="unsubscribe").rpartition("/")[2][:-2] + "zz"):
        response = Visitor(world).post(f"/preferences/unsubscribe/{bad}", ONE_CLICK)
        assert response.status_code == 401
    assert _wants(world)[1] == {"marketing": True}


def test_an_undo_is_good_for_its_own_link_alone(world: World) -> None:
    world.introduce("bo")
    mine = link_of(world, purpose="unsubscribe")
    his = link_of(world, "bo", purpose="unsubscribe")
    undo = Page(Visitor(world).post(his, ONE_CLICK).text).forms[0].hidden("undo") or ""
    assert Visitor(world).post(f"{mine}/undo", [("undo", undo)]).status_code == 422
    assert Visitor(world).post(f"{his}/undo", [("undo", undo + "x")]).status_code == 422
    assert Visitor(world).post(f"{his}/undo", [("undo", undo)]).status_code == 200


def test_a_no_is_heard_while_the_stores_are_away(world: World) -> None:
    world.call("PATCH", "/v1/users/ada/consent", role="admin", json={"consent": {"email": True}})
    link = link_of(world, purpose="unsubscribe")
    world.profiles.away = True
    done = Visitor(world).post(link, ONE_CLICK)
    assert done.status_code == 200
    assert "Undo" not in done.text
    world.profiles.away = False
    assert _wants(world)[1]["marketing:email"] is False


def test_what_protects_is_not_turned_off_and_the_page_says_so(world: World) -> None:
    policy = world.knowledge.current.policy
    alert = msgspec.structs.replace(policy.types["security_alert"], priority="critical")
    changed = msgspec.structs.replace(policy, types={**policy.types, "security_alert": alert})
    world.knowledge.current = world.knowledge.current.with_update(
        "policy/default", msgspec.json.encode(changed)
    )
    link = link_of(world, purpose="unsubscribe", type="security_alert")
    before = len(world.written)
    for response in (Visitor(world).get(link), Visitor(world).post(link, ONE_CLICK)):
        assert response.status_code == 409
        assert "can't be turned off" in Page(response.text).text
    assert len(world.written) == before


def test_it_is_recorded_as_the_persons_own_change(world: World) -> None:
    Visitor(world).post(link_of(world, purpose="unsubscribe", channel="email"), ONE_CLICK)
    last = world.audit.records[-1]
    assert (last.actor, last.action, last.fields) == (
        "user:ada",
        "consent",
        ["consent.marketing:email"],
    )
    assert last.via == "POST /preferences/unsubscribe/{token}, link of client:a-producer"
