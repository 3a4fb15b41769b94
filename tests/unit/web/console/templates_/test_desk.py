"""The desk holds what was saved and what one is writing, and never mixes them up."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from starlette.datastructures import FormData
from starlette.requests import Request

from tenshu.bootstrap import Shop, read_templates, save_templates
from tenshu.content.blocks.block import Text
from tenshu.content.blocks.brand import Brand, write_brand
from tenshu.content.tables import template_drafts
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.staff.person import Person
from tenshu.web.console.templates_.desk import Desk, lay_down, lay_source, save, sit_down
from tenshu.web.console.visit import Visit


def visit_of(shop: Shop, *, person: int = 1, language: str = "ja", query: str = "") -> Visit:
    """Return a visit to the welcome letter's page."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/templates/welcome",
        "path_params": {"name": "welcome"},
        "query_string": query.encode(),
        "headers": [],
    }
    who = Person(id=person, name="店主", email="owner@example.com", role="marketer")
    return Visit(Request(scope), shop, who, "csrf", language, FormData())


@pytest.fixture
def visit(shop: Shop) -> Visit:
    return visit_of(shop)


@pytest.fixture
def desk(visit: Visit) -> Desk:
    found = sit_down(visit)
    assert found is not None
    return found


def changed(desk: Desk, words: str) -> TemplateText:
    """Return the desk's letter with other words."""
    return msgspec.structs.replace(desk.text, blocks=(Text(text=words),))


def drafts(shop: Shop) -> int:
    with shop.ledger.reading() as tx:
        return tx.frame(select(template_drafts)).height


def test_one_sits_down_before_what_was_saved_last(desk: Desk) -> None:
    assert (desk.name, desk.version, desk.draft, desk.language) == ("welcome", 1, None, "ja")
    assert desk.address == "/templates/welcome"


@pytest.mark.parametrize(
    ("language", "query", "wanted", "spoken"),
    [
        ("ja", "", "", "ja"),
        ("en", "", "", "en"),
        ("ja", "in=en", "", "en"),
        ("ja", "in=en", "ja", "ja"),
        ("ja", "in=fr", "", "ja"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_reader_s(
    shop: Shop, language: str, query: str, wanted: str, spoken: str
) -> None:
    found = sit_down(visit_of(shop, language=language, query=query), wanted)
    assert found is not None
    assert found.language == spoken


def test_a_letter_in_one_language_is_shown_in_that_one_whoever_reads(shop: Shop) -> None:
    source = read_templates(shop)["welcome"]
    save_templates(shop, [TemplateSource(name="welcome", languages={"en": source.languages["en"]})])
    found = sit_down(visit_of(shop, language="ja"))
    assert found is not None
    assert found.language == "en"


def test_what_is_laid_down_is_there_after_getting_up(shop: Shop, visit: Visit, desk: Desk) -> None:
    lay_down(visit, desk, changed(desk, "途中"), title="新しい名前")
    again = sit_down(visit_of(shop))
    assert again is not None
    assert again.draft is not None
    assert again.text.blocks == (Text(text="途中"),)
    assert again.source.title == "新しい名前"
    assert again.kept[0].source == desk.kept[0].source


def test_a_colleague_sits_before_what_was_saved(shop: Shop, visit: Visit, desk: Desk) -> None:
    lay_down(visit, desk, changed(desk, "途中"))
    other = sit_down(visit_of(shop, person=2))
    assert other is not None
    assert other.draft is None


def test_going_back_to_what_was_saved_leaves_no_draft(shop: Shop, visit: Visit, desk: Desk) -> None:
    written = lay_down(visit, desk, changed(desk, "途中"))
    assert drafts(shop) == 1
    back = lay_down(visit, written, desk.text)
    assert back.draft is None
    assert drafts(shop) == 0


def test_a_layout_that_was_made_of_the_blocks_is_no_change(shop: Shop, visit: Visit, desk: Desk) -> None:
    laid = lay_down(visit, desk, msgspec.structs.replace(desk.text, mjml="made anew", text="made anew"))
    assert laid.draft is None


def test_a_letter_by_hand_is_a_change_when_its_source_is(visit: Visit, desk: Desk, shop: Shop) -> None:
    text = TemplateText(subject="a", mjml="<body>b</body>", text="c")
    save_templates(shop, [TemplateSource(name="welcome", languages={"ja": text})])
    by_hand = sit_down(visit)
    assert by_hand is not None
    assert lay_down(visit, by_hand, text).draft is None
    assert lay_down(visit, by_hand, msgspec.structs.replace(text, mjml="<body>d</body>")).draft is not None


def test_a_draft_remembers_the_version_that_it_began_with(shop: Shop, visit: Visit, desk: Desk) -> None:
    lay_down(visit, desk, changed(desk, "途中"))
    save_templates(shop, [msgspec.structs.replace(desk.source, title="他の人")])
    overtaken = sit_down(visit)
    assert overtaken is not None
    assert overtaken.is_overtaken
    still = lay_down(visit, overtaken, changed(overtaken, "もっと途中"))
    assert still.is_overtaken


def test_saving_makes_layout_and_text_of_the_blocks_and_clears_the_desk(shop: Shop, visit: Visit, desk: Desk) -> None:
    laid = lay_down(visit, desk, changed(desk, "{{ customer.last_name | sama }}、春です"))
    assert save(visit, laid) == 2
    saved = read_templates(shop)["welcome"].languages["ja"]
    assert "春です" in saved.mjml
    assert "春です" in saved.text
    assert 'id="b0"' not in saved.mjml
    assert drafts(shop) == 0


def test_the_other_language_is_kept_while_one_is_written(visit: Visit, desk: Desk) -> None:
    english = desk.source.languages["en"]
    assert lay_down(visit, desk, changed(desk, "途中")).source.languages["en"] == english


def test_a_letter_takes_on_the_look_of_today(shop: Shop, visit: Visit) -> None:
    with shop.ledger.writing() as tx:
        write_brand(tx, Brand(colour="#aa3311"))
    desk = sit_down(visit)
    assert desk is not None
    assert "#aa3311" in desk.finished().languages["ja"].mjml
    assert "#aa3311" not in desk.source.languages["ja"].mjml


def test_a_whole_letter_can_be_laid_down(visit: Visit, desk: Desk) -> None:
    only = msgspec.structs.replace(desk.source, languages={"ja": desk.text})
    laid = lay_source(visit, desk, only)
    assert laid.draft is not None
    assert list(laid.source.languages) == ["ja"]
