"""The letters to begin with: ready in both languages, with nothing that a careful colleague would strike out."""

import pytest

from tenshu.content.blocks.brand import Brand
from tenshu.content.blocks.chips import unknown_labels
from tenshu.content.blocks.letter import check_blocks
from tenshu.content.copy_check import check_letter
from tenshu.content.starters import Starter, begin, starters
from tenshu.content.template import compile_template
from tests.unit.content.blocks.letters import CONTEXT


@pytest.fixture(params=starters(), ids=lambda starter: starter.name)
def starter(request: pytest.FixtureRequest) -> Starter:
    found: Starter = request.param
    return found


def test_it_can_be_sent_as_it_is(starter: Starter) -> None:
    source = begin(starter, "new", title="x", brand=Brand())
    assert set(source.languages) == {"ja", "en"}
    for language, text in source.languages.items():
        assert text.blocks is not None
        assert not check_blocks(text.blocks)
        letter = compile_template(source, language).render(CONTEXT)
        assert "佐藤" in letter.subject
        assert "佐藤" in letter.text
        assert "花屋 &amp; 茶屋" in letter.html


def test_it_neither_presses_nor_speaks_to_a_crowd(starter: Starter) -> None:
    for language, text in begin(starter, "new", title="x", brand=Brand()).languages.items():
        assert check_letter(text, language) == ()


def test_no_words_in_brackets_are_left(starter: Starter) -> None:
    for text in begin(starter, "new", title="x", brand=Brand()).languages.values():
        assert unknown_labels(text.subject + text.preheader + text.text) == []


def test_it_says_whom_it_is_for_in_both_languages(starter: Starter) -> None:
    for language in ("ja", "en"):
        said = starter.said(language)
        assert said.title
        assert said.about
    assert starter.ja.title != starter.en.title


def test_their_names_are_all_different_and_fit_an_address() -> None:
    names = [starter.name for starter in starters()]
    assert len(set(names)) == len(names) >= 6
    assert all(name.replace("-", "").isalnum() and name not in {"new", "brand"} for name in names)
