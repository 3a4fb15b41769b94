"""Segments over HTTP: the list, the builder with and without a script, saving and undoing."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tenshu.bootstrap import Shop
from tenshu.condition import parse, sentence
from tenshu.know.publish import publish_ranks
from tenshu.segment.saved import read_segments, save_segment
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.console.segments.draft import fields_of_draft
from tenshu.web.console.segments.reading import draft_of, rooted
from tests.unit.web.console.visiting import Visitor, visiting

BOUGHT: dict[str, Any] = {"kind": "did", "event": "order_completed", "within": {"days": 45}}
SATO: dict[str, Any] = {"kind": "trait", "trait": "last_name", "cmp": "is", "value": "佐藤"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop, clock = open_small_shop(tmp_path_factory.mktemp("pages"))
    publish_ranks(shop.warehouse, now=clock.now(), zone="Asia/Tokyo")
    return shop


@pytest.fixture
def empty(shop: Shop) -> Iterator[Shop]:
    """Return the shop without kept segments, and leave it so."""
    from sqlalchemy import delete  # noqa: PLC0415 - only here

    from tenshu.segment.tables import segments  # noqa: PLC0415 - only here

    with shop.ledger.writing() as tx:
        tx.execute(delete(segments))
    yield shop
    with shop.ledger.writing() as tx:
        tx.execute(delete(segments))


@pytest.fixture
def visitor(empty: Shop) -> Iterator[Visitor]:
    with visiting(empty, language="en") as visitor:
        yield visitor


def form(said: dict[str, Any], **more: str) -> dict[str, Any]:
    """Return the fields of the builder that say this condition."""
    found: dict[str, Any] = {}
    for name, text in fields_of_draft(rooted(draft_of(parse(said), "JPY"))):
        found.setdefault(name, []).append(text)
    return found | more


def address(said: object) -> str:
    """Return the address of the builder with a condition."""
    return "/segments/new?condition=" + quote(msgspec.json.encode(said).decode())


def text_of(html: str, element: str) -> str:
    """Return what stands in the element of that id."""
    found = re.search(rf'id="{element}"[^>]*>([^<]*)<', html)
    return unescape(found[1]) if found else ""


def names(shop: Shop) -> dict[str, Any]:
    """Return the kept segments by name."""
    with shop.ledger.reading() as tx:
        return {one.name: one for one in read_segments(tx)}


def test_an_empty_list_teaches_with_three_examples_that_open(visitor: Visitor) -> None:
    page = visitor.get("/segments")
    assert "Your segments will be here" in page.text
    recipes = re.findall(r'href="(/segments/new\?condition=[^"]+)"', page.text)
    assert len(recipes) == 3
    for recipe in recipes:
        opened = visitor.get(unescape(recipe))
        assert opened.status_code == 200
        assert text_of(opened.text, "live-sentence")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_builder_says_the_condition_of_its_address_and_counts_it(empty: Shop, language: str) -> None:
    said = {"kind": "and", "of": [BOUGHT, {"kind": "not", "of": SATO}]}
    with visiting(empty, language=language) as visitor:
        page = visitor.get(address(said))
    assert page.status_code == 200
    assert text_of(page.text, "live-sentence") == sentence(parse(said), language, currency="JPY")
    assert text_of(page.text, "live-count") == "2"


def test_the_funnel_names_each_step_and_who_is_lost_at_it(visitor: Visitor) -> None:
    page = visitor.get(address({"kind": "did", "event": "order_completed"})).text
    steps = re.findall(r'<span class="label">([^<]+)<?', page)
    assert [step.strip() for step in steps[:3]] == ["meet the condition", "have an address", "have a legal basis"]
    assert "2 fewer" in page


def test_typing_counts_and_says_each_part_again(visitor: Visitor) -> None:
    part = visitor.part("POST", "/segments/count", data=form({"kind": "and", "of": [BOUGHT, SATO]}))
    assert part.status_code == 200
    assert "<html" not in part.text
    assert text_of(part.text, "live-count") == "1"
    assert text_of(part.text, "part-c-1-said") == "last name is “佐藤”"


def test_an_unfinished_part_is_told_and_not_counted(visitor: Visitor) -> None:
    fields = form({"kind": "and", "of": [BOUGHT, SATO]}) | {"c.1.value": [""]}
    part = visitor.part("POST", "/segments/count", data=fields)
    assert "Not finished, and not counted: 1" in part.text
    assert text_of(part.text, "part-c-1-missing") == "Fill in what it is compared with."
    assert text_of(part.text, "live-count") == "3"


@pytest.mark.parametrize(
    ("act", "controls"),
    [
        ("add:c:trait", ["c.1.trait"]),
        ("add:c:rank", ["c.1.by", "c.1.cmp", "c.1.value"]),
        ("add:c:did_not", ["c.1.kind", "c.1.event", "c.1.days"]),
        ("where:c.0", ["c.0.where.0.field"]),
        ("wrap:c.0:or", ["c.0.kind", "c.0.0.event"]),
        ("add:c:or", ["c.1.kind"]),
    ],
)
def test_buttons_change_the_form_with_and_without_a_script(visitor: Visitor, act: str, controls: list[str]) -> None:
    fields = form(BOUGHT, act=act)
    part = visitor.part("POST", "/segments/edit", data=fields)
    page = visitor.post("/segments/edit", fields)
    for control in controls:
        assert f'name="{control}"' in part.text
        assert f'name="{control}"' in page.text
    assert "<html" in page.text
    assert "<html" not in part.text
    assert 'hx-swap-oob="innerMorph"' in part.text


def test_the_count_button_works_without_a_script(visitor: Visitor) -> None:
    page = visitor.post("/segments/count", form(BOUGHT))
    assert page.status_code == 200
    assert text_of(page.text, "live-count") == "3"
    assert "can be reached" in page.text


def test_choices_come_from_the_data(visitor: Visitor) -> None:
    page = visitor.get(address({"kind": "trait", "trait": "last_name", "cmp": "is", "value": "x"})).text
    assert '<option value="鈴木">' in page
    where = [{"field": "product_id", "cmp": "is", "value": "x"}]
    page = visitor.get(address({"kind": "did", "event": "product_purchased", "where": where})).text
    assert '<option value="花束">' in page


def test_saving_keeps_a_segment_and_undo_takes_it_back(visitor: Visitor, empty: Shop) -> None:
    saved = visitor.post("/segments/save", form(BOUGHT, title="Lately here", name=""))
    assert saved.status_code == 303
    kept = names(empty)["lately-here"]
    assert (kept.condition, kept.version) == (parse({"kind": "and", "of": [BOUGHT]}), 1)
    page = visitor.get("/segments")
    assert "is kept." in page.text
    undo = re.search(r'action="(/segments/lately-here/restore[^"]+)"', page.text)
    assert undo is not None
    assert visitor.post(unescape(undo[1])).status_code == 303
    assert names(empty) == {}


def test_a_changed_segment_is_a_new_version_and_undo_brings_the_old_one_back(visitor: Visitor, empty: Shop) -> None:
    with empty.ledger.writing() as tx:
        save_segment(tx, "regulars", {"ja": "なじみ", "en": "Regulars"}, parse(BOUGHT), now=empty.clock.now())
    page = visitor.get("/segments/regulars")
    assert 'value="Regulars"' in page.text
    visitor.post("/segments/save", form(SATO, title="Mr Sato", name="regulars"))
    kept = names(empty)["regulars"]
    assert (kept.version, dict(kept.title)) == (2, {"ja": "なじみ", "en": "Mr Sato"})
    visitor.post("/segments/regulars/restore?version=1")
    kept = names(empty)["regulars"]
    assert (kept.condition, kept.version, dict(kept.title)) == (parse(BOUGHT), 3, {"ja": "なじみ", "en": "Regulars"})


def test_ending_can_be_undone(visitor: Visitor, empty: Shop) -> None:
    with empty.ledger.writing() as tx:
        save_segment(tx, "regulars", {"ja": "なじみ", "en": "Regulars"}, parse(BOUGHT), now=empty.clock.now())
    assert visitor.post("/segments/regulars/end").status_code == 303
    assert names(empty) == {}
    assert visitor.get("/segments/regulars").status_code == 404
    assert visitor.post("/segments/regulars/restore?version=1").status_code == 303
    assert names(empty)["regulars"].condition == parse(BOUGHT)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"title": ""}, "Give the segment a name."),
        ({"c.0.event": [""]}, "Finish what is marked"),
    ],
)
def test_nothing_unfinished_is_saved_and_nothing_typed_is_lost(
    visitor: Visitor, empty: Shop, changes: dict[str, Any], word: str
) -> None:
    page = visitor.post("/segments/save", form(BOUGHT, title="Kept title", name="") | changes)
    assert page.status_code == 400
    assert word in page.text
    assert names(empty) == {}
    assert 'name="c.0.days"' in page.text
    assert 'value="45"' in page.text


def test_the_list_shows_sentence_size_and_reach(visitor: Visitor, empty: Shop) -> None:
    with empty.ledger.writing() as tx:
        save_segment(
            tx,
            "a",
            {"ja": "あ", "en": "All buyers"},
            parse({"kind": "did", "event": "order_completed"}),
            now=empty.clock.now(),
        )
    page = visitor.get("/segments").text
    assert "placed an order at least once" in page
    assert re.search(r"<dt>in it now</dt><dd>5</dd>", page)
    assert re.search(r"<dt>can be reached now</dt><dd>3</dd>", page)


def test_a_viewer_counts_and_changes_nothing(empty: Shop) -> None:
    with visiting(empty, role="viewer", language="en") as visitor:
        page = visitor.get(address(BOUGHT))
        assert page.status_code == 200
        assert "/segments/save" not in page.text
        assert "/customers" not in page.text
        assert visitor.part("POST", "/segments/count", data=form(BOUGHT)).status_code == 200
        for path in ("/segments/save", "/segments/x/end", "/segments/x/restore?version=1"):
            assert visitor.post(path, form(BOUGHT, title="x", name="")).status_code == 403
    assert names(empty) == {}


@pytest.mark.parametrize("path", ["/segments/none", "/segments/..%2f", "/segments/%00", "/segments/' OR 1=1"])
def test_an_unknown_segment_is_the_lost_page(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_restoring_what_never_was_is_the_lost_page(visitor: Visitor) -> None:
    for version in ("", "1", "0", "-1", "x", "9" * 30):
        assert visitor.post(f"/segments/none/restore?version={version}").status_code == 404


def test_no_segment_is_changed_by_opening_a_page(visitor: Visitor, empty: Shop) -> None:
    for path in ("/segments/save", "/segments/x/end", "/segments/x/restore", "/segments/edit", "/segments/count"):
        assert visitor.get(path).status_code in {404, 405}
    assert names(empty) == {}


def test_japanese_titles_get_a_name_for_definitions(empty: Shop, tmp_path: Path) -> None:
    del tmp_path
    with visiting(empty, language="ja") as visitor:
        visitor.post("/segments/save", form(BOUGHT, title="最近の方", name=""))
        visitor.post("/segments/save", form(SATO, title="佐藤さん", name=""))
    assert {name: dict(one.title) for name, one in names(empty).items()} == {
        "segment-1": {"ja": "最近の方", "en": "最近の方"},
        "segment-2": {"ja": "佐藤さん", "en": "佐藤さん"},
    }
