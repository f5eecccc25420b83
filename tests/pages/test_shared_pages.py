"""What all pages share: their policy, files by hash, languages, problems, and hostile texts."""

import json
import re
import tomllib
from pathlib import Path, PurePath

import msgspec
import pytest
from api_world import World
from sample import link_of
from visitor import Page, Visitor

from api.pages.shared import POLICY, Pages
from api.pages.shared.areas import areas
from api.problems import TITLES

KEY = re.compile(r"""\bt(?:exts)?\(\s*f?["']([\w.]+)["'][,)]""")
HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{ csrf_token }}"


def _texts(language: str) -> dict[str, dict[str, object]]:
    return {
        area: json.loads((folder / "locales" / f"{language}.json").read_text(encoding="utf-8"))
        for area, folder in areas().items()
        if (folder / "locales").is_dir()
    }


def test_no_text_is_missing_in_any_language() -> None:
    english, german = _texts("en"), _texts("de")
    assert english.keys() == german.keys()
    for area, texts in english.items():
        assert texts.keys() == german[area].keys(), area
        for key, text in texts.items():
            other = german[area][key]
            assert type(text) is type(other), key
            holes = [set(re.findall(r"\{(\w+)\}", json.dumps(each))) for each in (text, other)]
            assert holes[0] == holes[1], key


def test_every_text_that_a_page_asks_for_is_there() -> None:
    known = {key for texts in _texts("en").values() for key in texts}
    asked = {
        (path.name, key)
        for folder in areas().values()
        for path in [*folder.rglob("*.html"), *folder.rglob("*.py")]
        for key in KEY.findall(path.read_text(encoding="utf-8"))
        if "." in key and not key.endswith(".")
    }
    assert len(asked) > 100
    assert {each for each in asked if each[1] not in known} == set()


def test_every_problem_has_its_words() -> None:
    texts = _texts("en")["shared"]
    missing = [
        code
        for code in TITLES
        if not {f"shared.problem.{code}.title", f"shared.problem.{code}.text"} <= texts.keys()
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr,en;q=0.4,de;q=0.8", "de"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=broken,en;q=0.1", "en"),
    ],
)
def test_the_language_is_what_the_browser_prefers(world: World, header: str, language: str) -> None:
    page = Visitor(world, header).get("/preferences")
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text


def test_a_language_that_was_chosen_stays(ada: Visitor) -> None:
    assert "Ihre Benachrichtigungen" in ada.page("/preferences?language=de").text
    assert "Ihre Benachrichtigungen" in ada.page().text
    assert "Your notifications" in ada.page("/preferences?language=en").text
    assert "Your notifications" in ada.page("/preferences?language=xx").text


def test_pages_run_nothing_but_their_own_files(world: World, ada: Visitor) -> None:
    paths = (
        "/preferences",
        "/preferences/erasure",
        "/preferences/nothing",
        link_of(world, purpose="unsubscribe"),
        link_of(world),
    )
    for path in paths:
        response = ada.get(path)
        assert response.headers["content-security-policy"] == POLICY
        assert response.headers["x-frame-options"] == "DENY"
        for tag, attributes in Page(response.text).tags:
            assert "style" not in attributes, path
            assert not [each for each in attributes if each.startswith("on")], path
            assert tag != "style"
            if tag == "script":
                assert (attributes["src"] or "").startswith("/static/")
    assert ada.get("/v1/policy").headers["content-security-policy"].startswith("default-src 'none'")


def test_files_are_kept_for_good_under_the_hash_of_what_is_in_them(
    world: World, ada: Visitor
) -> None:
    urls = set(re.findall(r'"(/static/[^"]+)"', ada.get("/preferences").text))
    assert len(urls) >= 4
    css = next(each for each in urls if each.endswith("tokens.css"))
    inside = re.findall(r'url\("(/static/[^"]+)"\)', world.call("GET", css).text)
    assert inside
    for url in [*urls, *inside]:
        found = world.call("GET", url)
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]
        other = re.sub(r"/static/\w+/", "/static/0123456789ab/", url)
        assert world.call("GET", other).headers["cache-control"] == "no-cache"
    for path in ("shared/../rendering.py", "shared/%2e%2e/rendering.py", "shared/nothing.css"):
        assert world.call("GET", f"/static/0/{path}").status_code == 404


def test_all_that_pages_need_is_packaged() -> None:
    # Package data are named by pattern: what lies deeper would be missing where it is installed.
    root = Path(__file__).parents[2]
    with (root / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["*"]
    for folder in areas().values():
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                name = str(path.relative_to(folder))
                fitting = [each for each in patterns if each.count("/") == name.count("/") > 0]
                assert any(PurePath(name).match(each) for each in fitting), name


def test_problems_are_pages_for_people_and_documents_for_scripts(
    world: World, ada: Visitor
) -> None:
    page = ada.get("/preferences/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in page.text
    assert page.headers["x-trace-id"] in page.text
    script = ada.send("GET", "/preferences/nothing", headers={"Accept": "application/json"})
    assert script.json()["type"].endswith("not-found")
    assert script.json()["message"]
    assert world.call("GET", "/v1/nothing").headers["content-type"] == "application/problem+json"
    assert ada.send("DELETE", "/preferences").status_code == 405


def test_hostile_names_are_shown_as_the_text_they_are(world: World) -> None:
    user = f"u{HOSTILE.replace('/', '')}"
    policy = world.knowledge.current.policy
    promotion = policy.types["promotion"]
    channel = policy.channels["email"]
    changed = msgspec.structs.replace(
        policy,
        version="t-1",
        types={**policy.types, HOSTILE: msgspec.structs.replace(promotion, channels=(HOSTILE,))},
        channels={**policy.channels, HOSTILE: channel},
    )
    world.knowledge.current = world.knowledge.current.with_update(
        "policy/default", msgspec.json.encode(changed)
    )
    token = world.services.links.make("preferences", user)
    visitor = Visitor(world)
    assert visitor.get(f"/preferences?link={token}").status_code == 200
    for path in (
        "/preferences",
        f"/preferences/{HOSTILE.replace('/', '')}",
        f"/preferences?saved={HOSTILE}",
        "/preferences/unsubscribe/"
        + world.services.links.make("unsubscribe", user, type=HOSTILE, channel=HOSTILE),
    ):
        html = visitor.get(path).text
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert (
            "49" not in re.sub(r"[\w-]{20,}|#\d+;|\d{2}:\d{2}", "", html).partition("img")[2][:60]
        )
    page = visitor.page()
    quoted = [each.value for each in page.section("types").controls if "onerror" in each.value]
    assert quoted
    page = visitor.saved(page.section("types"), off=[quoted[0]])
    assert quoted[0] not in page.on("types")


def test_an_organisation_brings_its_own_words_colours_and_logo(tmp_path: Path) -> None:
    for folder in ("locales", "static"):
        (tmp_path / folder).mkdir()
    own = {"shared.product": "Acme", "type.price_drop": "Prices that fell"}
    (tmp_path / "locales" / "en.json").write_text(json.dumps(own))
    (tmp_path / "static" / "brand.css").write_text(":root { --accent: #123456; }")
    (tmp_path / "static" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    world = World(pages_dir=tmp_path)
    try:
        html = Visitor(world).get("/preferences").text
        assert "<title>Your notifications · Acme</title>" in html
        assert re.search(r'href="/static/\w+/brand/brand\.css"', html)
        assert re.search(r'src="/static/\w+/brand/logo\.svg"', html)
        texts = Pages(tmp_path).catalogue.texts("de")
        assert texts.named("type", "price_drop") == "Prices that fell"
        assert texts.named("type", "never_heard_of") == "Never heard of"
    finally:
        world.close()
