"""The words that people are made of are well formed and belong to nobody."""

import re

import pytest

from tenshu.kit.japanese import fold_kana, is_latin, normalise_email, normalise_phone
from tenshu.rehearse.demo.names import (
    FAMILY_EN,
    FAMILY_JA,
    GIVEN_EN,
    GIVEN_JA,
    MAIL_DOMAINS,
    PHONE_RANGES,
    STREETS,
    TOWNS,
)

#: Number ranges that Ofcom keeps free for drama, as a telephone would dial them.
DRAMA = re.compile(r"\+44(2079460|1632960|7700900|1134960|1144960|1154960|1174960|1214960|1314960|1414960)\d{3}")


@pytest.mark.parametrize("words", [FAMILY_JA, GIVEN_JA], ids=["family", "given"])
def test_japanese_names_have_characters_katakana_and_latin_letters(words: tuple[tuple[str, str, str], ...]) -> None:
    for characters, kana, latin in words:
        assert not is_latin(characters)
        assert fold_kana(kana) == kana
        assert re.fullmatch("[a-z]+", latin)


@pytest.mark.parametrize("words", [FAMILY_JA, GIVEN_JA, FAMILY_EN, GIVEN_EN])
def test_no_word_stands_twice(words: tuple[object, ...]) -> None:
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("word", [*FAMILY_EN, *GIVEN_EN])
def test_latin_names_make_an_address(word: str) -> None:
    assert normalise_email(f"{word}.{word}.1@example.com") is not None


@pytest.mark.parametrize("domain", MAIL_DOMAINS)
def test_domains_are_reserved_for_examples(domain: str) -> None:
    assert domain in {"example.com", "example.net", "example.org"}


@pytest.mark.parametrize("prefix", PHONE_RANGES)
@pytest.mark.parametrize("digits", ["000", "999"])
def test_telephone_numbers_are_kept_free_for_drama(prefix: str, digits: str) -> None:
    number = normalise_phone(prefix + digits)
    assert number is not None
    assert DRAMA.fullmatch(number)


def test_ranges_are_enough_for_everybody_in_the_purchases() -> None:
    assert len(set(PHONE_RANGES)) * 1_000 >= 4_372


def test_places_say_that_they_are_made_up() -> None:
    assert len({*STREETS, *TOWNS}) == len(STREETS) + len(TOWNS)
