"""Merged values as people read them: words in brackets on the page, Liquid in what is kept."""

import pytest

from tenshu.content.blocks.chips import CHIPS, Chip, shown, typed, unknown_labels
from tenshu.content.blocks.inline import is_merge
from tenshu.content.merge import parse
from tenshu.kit.i18n import LANGUAGES, _

PERSON = {
    "customer": {"last_name": "佐藤", "full_name": "佐藤花子", "birthday": "1990-05-06", "joined_on": "2020-01-02"},
    "shop": {"name": "花屋", "home_url": "https://shop.example.com"},
}


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.label)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_value_is_shown_in_words_and_comes_back_as_it_was(chip: Chip, language: str) -> None:
    liquid = chip.liquid(language)
    for page in LANGUAGES:
        words = shown(f"a {liquid} b", page)
        assert "{{" not in words
        assert typed(words, language=language) == f"a {liquid} b"


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.label)
def test_each_value_is_one_that_every_letter_can_hold(chip: Chip) -> None:
    for language in LANGUAGES:
        assert is_merge(chip.liquid(language))
        parse(chip.liquid(language), language, is_html=True).render(PERSON)


def test_no_two_values_have_the_same_words() -> None:
    for language in LANGUAGES:
        labels = [_(chip.label, language) for chip in CHIPS]
        assert len(set(labels)) == len(labels)


def test_words_of_either_language_are_understood() -> None:
    assert typed("〔〇〇様〕 〔Dear + last name〕", language="ja") == " ".join(["{{ customer.last_name | sama }}"] * 2)


def test_a_date_is_written_as_the_letter_s_language_does() -> None:
    made = {language: typed("〔誕生日〕", language=language) for language in LANGUAGES}
    said = {language: parse(liquid, language, is_html=False).render(PERSON) for language, liquid in made.items()}
    assert said == {"ja": "5月6日", "en": "6 May"}


def test_brackets_of_one_s_own_stay_and_are_named() -> None:
    text = "〔〇〇様〕〔春の号〕〔〇様〕"
    assert unknown_labels(text) == ["〔春の号〕", "〔〇様〕"]
    assert typed(text, language="ja").endswith("〔春の号〕〔〇様〕")


def test_liquid_without_words_stays_liquid() -> None:
    assert shown("{{ customer.sex }}", "ja") == "{{ customer.sex }}"
