"""Taking one's data along, having it erased, and the sentences on why something came."""

from api_world import World
from sample import a_few_days
from visitor import Page, Visitor

from api.pages.preferences.why import told
from api.pages.shared import Catalogue
from tactful.records import Reason


def test_all_that_is_kept_comes_as_a_file(world: World, ada: Visitor) -> None:
    response = ada.submit(ada.page().posting_to("/preferences/data"))
    assert response.headers["content-disposition"].startswith("attachment")
    # A link may be in other hands: addresses are for who has a token of their own.
    assert response.json()["profile"]["identifiers"] == {"email": None}
    assert any(each.action == "export" for each in world.audit.records)
    assert "leaves out" in ada.page().text


def test_who_signed_in_by_a_token_gets_the_addresses_too(world: World) -> None:
    herself = Visitor(world)
    form = herself.page().posting_to("/preferences/session")
    assert herself.submit(form, token=world.token("user:ada")).status_code == 200
    page = herself.page()
    assert "leaves out" not in page.text
    taken = herself.submit(page.posting_to("/preferences/data"))
    assert taken.json()["profile"]["identifiers"] == {"email": "ada@example.org"}


def test_erasing_takes_two_steps_and_gives_a_receipt(world: World, ada: Visitor) -> None:
    form = ada.page("/preferences/erasure").posting_to("/preferences/erasure")
    missed = ada.submit(form)
    assert missed.status_code == 422
    assert "Nothing was erased" in missed.text
    assert "ada" not in world.cipher.destroyed
    done = ada.submit(form, understood="yes")
    assert done.status_code == 303
    assert "ada" in world.cipher.destroyed
    receipt = ada.page(done.headers["location"])
    assert "Your data are erased" in receipt.text
    assert done.headers["location"].rpartition("/")[2] in receipt.text


def test_anothers_receipt_is_none(world: World, ada: Visitor) -> None:
    world.introduce("bo")
    bo = Visitor.by_link(world, "bo")
    form = bo.page("/preferences/erasure").posting_to("/preferences/erasure")
    receipt = bo.submit(form, understood="yes").headers["location"]
    assert bo.get(receipt).status_code == 200
    assert ada.get(receipt).status_code == 404


def test_the_last_notifications_are_told_in_sentences(world: World, ada: Visitor) -> None:
    a_few_days(world, "ada")
    page = ada.page()
    assert "You have turned off messages of this kind." in page.text
    assert "the news and offers that you had allowed" in page.text
    assert "It was in your quiet hours. We look at it again on" in page.text
    for technical in ("propensity", "utility", "score", "preference_type", "engagement", "s-1"):
        assert technical not in page.text


def test_without_the_history_the_rest_of_the_page_is_there(world: World, ada: Visitor) -> None:
    async def away(*_: object, **__: object) -> None:
        from connectors.cassandra.reading import StoreError

        raise StoreError("away")

    world.profiles.ahistory = away  # type: ignore[assignment, method-assign]
    page = ada.page()
    assert "can't be shown right now" in page.text
    assert page.on("channels")


def test_every_reason_has_its_sentence_in_every_language() -> None:
    catalogue = Catalogue()
    for language in ("en", "de"):
        texts = catalogue.texts(language)
        assert [each for each in Reason if f"why.{each}" not in texts] == []


def test_times_are_in_the_zone_of_the_person(world: World, ada: Visitor) -> None:
    world.call(
        "POST",
        "/v1/requests",
        role="producer",
        json={"id": "r-1", "user_id": "ada", "type": "order_update"},
    )
    entry = world.profiles.history["ada"][-1]
    policy, texts = world.knowledge.current.policy, Catalogue().texts("en")
    assert told(entry, policy, texts, "UTC").when != told(entry, policy, texts, "Asia/Tokyo").when
    assert (
        told(entry, policy, texts, "Europe/Berlin").when in Page(ada.get("/preferences").text).text
    )
