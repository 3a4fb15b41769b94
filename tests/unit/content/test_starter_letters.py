"""The letters to begin with, as people get them: with a name and without one, in every look, in both languages."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from tenshu.content.blocks.block import Button, Products, kind_of
from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.chips import shown, typed
from tenshu.content.blocks.gaps import merged_fields
from tenshu.content.blocks.inline import is_link
from tenshu.content.blocks.letter import check_blocks, each_block, read_blocks
from tenshu.content.copy_check import check_copy
from tenshu.content.starters import Starter, begin, starters
from tenshu.content.template import CompiledTemplate, Rendered, TemplateSource, TemplateText, compile_template
from tenshu.kit.i18n import LANGUAGES
from tests.unit.content.blocks.letters import CONTEXT

NOBODY: Mapping[str, Any] = {**CONTEXT, "customer": {}, "recommendations": []}
ALL = [(starter, language) for starter in starters() for language in LANGUAGES]
each = pytest.mark.parametrize(
    ("starter", "language"), ALL, ids=[f"{starter.name}-{language}" for starter, language in ALL]
)


def letter(starter: Starter, brand: Brand | None = None) -> TemplateSource:
    """Return a new template of it."""
    return begin(starter, "new", title="題", brand=brand or Brand())


def text_of(starter: Starter, language: str) -> TemplateText:
    return letter(starter).languages[language]


def read(starter: Starter, language: str, context: Mapping[str, Any] = CONTEXT) -> Rendered:
    return compiled(starter.name, language).render(context)


@cache
def compiled(name: str, language: str) -> CompiledTemplate:
    """Return the letter parsed, once for all tests."""
    return compile_template(letter(next(one for one in starters() if one.name == name)), language)


@each
def test_whoever_has_no_name_is_greeted_all_the_same(starter: Starter, language: str) -> None:
    instead = "お客様" if language == "ja" else "Dear customer"
    found = read(starter, language, NOBODY)
    for part in (found.subject, found.html, found.text):
        assert instead in part
    assert not re.search(r"^[、,]", found.text, re.MULTILINE)
    assert "様様" not in found.text


@each
def test_nothing_of_the_template_s_own_language_is_left(starter: Starter, language: str) -> None:
    for context in (CONTEXT, NOBODY):
        found = read(starter, language, context)
        for part in (found.subject, found.preheader, found.text, found.html.partition("<body")[2]):
            assert not re.search(r"\{\{|\}\}|\{%|%\}|〔|〕|\[id\]|\*\*", part)


@each
def test_its_letter_ends_with_the_sender_and_the_way_out(starter: Starter, language: str) -> None:
    found = read(starter, language)
    for part in (found.html, found.text):
        assert "東京都千代田区1-2-3" in part
        assert part.count("https://mail.example.com/u/token") == 1


@each
def test_every_value_that_it_merges_has_words_for_those_who_have_none(starter: Starter, language: str) -> None:
    fields = merged_fields(text_of(starter, language), language=language)
    assert any(one.field in {"last_name", "full_name"} for one in fields)
    assert all(all(one.instead) for one in fields)


@each
def test_it_is_written_in_its_language(starter: Starter, language: str) -> None:
    said = starter.said(language)
    words = f"{said.title}{said.about}{said.subject}{said.preheader}{said.blocks}"
    assert bool(re.search("[ぁ-んァ-ン]", words)) == (language == "ja")


@each
def test_what_it_is_called_and_about_presses_nobody_either(starter: Starter, language: str) -> None:
    said = starter.said(language)
    assert check_copy(f"{said.title}。{said.about}", language) == ()
    assert len(said.title) <= 40
    assert said.about.endswith("。" if language == "ja" else ".")


@each
def test_its_subject_is_short_enough_for_an_inbox(starter: Starter, language: str) -> None:
    found = read(starter, language)
    assert len(found.subject) <= (40 if language == "ja" else 60)
    assert found.preheader != found.subject
    assert found.preheader or starter.name == "letter"


@each
def test_its_buttons_and_goods_lead_to_the_shop_s_own_site(starter: Starter, language: str) -> None:
    blocks = text_of(starter, language).blocks
    assert blocks is not None
    leading = [block for _path, block in each_block(blocks) if isinstance(block, Button | Products)]
    for block in leading:
        assert is_link(block.href)
        assert block.href.startswith("{{ shop.home_url }}")


@each
def test_it_comes_back_from_the_page_as_it_was(starter: Starter, language: str) -> None:
    text = text_of(starter, language)
    for page in LANGUAGES:
        assert typed(shown(text.subject, page), language=language) == text.subject
        assert typed(shown(text.text, page), language=language) == text.text


@pytest.mark.parametrize("starter", starters(), ids=lambda starter: starter.name)
def test_both_languages_are_the_same_letter(starter: Starter) -> None:
    ja, en = (read_blocks(starter.said(language).blocks) for language in LANGUAGES)
    kinds = [{kind_of(block) for _path, block in each_block(blocks)} for blocks in (ja, en)]
    assert kinds[0] == kinds[1]
    hrefs = [
        [block.href for _path, block in each_block(blocks) if isinstance(block, Button | Products)]
        for blocks in (ja, en)
    ]
    assert hrefs[0] == hrefs[1]


@pytest.mark.parametrize("brand", [Brand(colour="#aa3311"), Brand(colour="#ffe680", width=480)], ids=["red", "yellow"])
@pytest.mark.parametrize("starter", starters(), ids=lambda starter: starter.name)
def test_it_wears_the_shop_s_look(starter: Starter, brand: Brand) -> None:
    source = letter(starter, brand)
    assert (source.name, source.title) == ("new", "題")
    for text in source.languages.values():
        assert f'background-color="{brand.colour}"' in text.mjml
        assert f'width="{brand.width}px"' in text.mjml
        assert text.blocks is not None
        assert check_blocks(text.blocks) == []


def test_beginning_twice_makes_the_same_letter_and_changes_no_starter() -> None:
    first = starters()[0]
    before = repr(first)
    assert letter(first) == letter(first)
    assert repr(first) == before
