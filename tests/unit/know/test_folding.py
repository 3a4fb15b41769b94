"""Names are found however people type them."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.know.folding import digits_of, fold, fold_latin, folded, latin

KATAKANA = st.text(st.characters(min_codepoint=0x30A1, max_codepoint=0x30F6), max_size=12)


def in_hiragana(katakana: str) -> str:
    """Return the same reading as somebody types it in hiragana."""
    return "".join(chr(ord(mark) - 0x60) if "ァ" <= mark <= "ヶ" else mark for mark in katakana)


@settings(deadline=None)
@given(KATAKANA)
def test_hiragana_and_katakana_are_one(reading: str) -> None:
    assert fold(in_hiragana(reading)) == fold(reading)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    """What is folded stays as it is, so a folded column can be asked with a folded word."""
    plain = fold(text)
    assert fold(plain) == plain or unicodedata.normalize("NFKC", plain) != plain


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.text(max_size=6))
def test_one_word_folds_like_a_column(text: str, other: str) -> None:
    """What is typed and what is kept go through the same program."""
    column = pl.DataFrame({"text": [text, other]}).select(folded(pl.col("text")), read=latin(folded(pl.col("text"))))
    assert column.rows() == [(fold(text), fold_latin(text)), (fold(other), fold_latin(other))]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("さとう", "サトウ"),
        ("ｻﾄｳ", "サトウ"),
        ("ﾊﾞﾊﾞ", "ババ"),
        ("SATO", "sato"),
        ("ｓａｔｏ", "sato"),
        ("佐藤　花子", "佐藤花子"),
        ("ジョン・スミス", "ジョンスミス"),
        ("高橋", "髙橋"),
        ("山崎", "山﨑"),
        ("斉藤", "齋藤"),
        ("斎藤", "齊藤"),
        ("渡辺", "渡邊"),
        ("渡邉", "渡辺"),
        ("hanako.s@example.com", "hanakos@examplecom"),
    ],
)
def test_what_people_take_for_the_same_name_is_the_same(typed: str, kept: str) -> None:
    assert fold(typed) == fold(kept)


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("sato", "サトウ"),
        ("satou", "サトウ"),
        ("satoh", "サトウ"),
        ("Satō", "サトウ"),
        ("ohno", "オオノ"),
        ("Ōno", "オオノ"),
        ("Shinji", "シンジ"),
        ("sinzi", "シンジ"),
        ("Jun'ichi", "ジュンイチ"),
        ("zyuniti", "ジュンイチ"),
        ("Hattori", "ハットリ"),
        ("Kyoko", "キョウコ"),
        ("Tsuchiya", "ツチヤ"),
        ("Honma", "ホンマ"),
        ("Homma", "ホンマ"),
        ("Fujii", "フジイ"),
    ],
)
def test_spellings_in_latin_letters_find_the_reading(typed: str, reading: str) -> None:
    """Hepburn, Kunrei and what stands in passports."""
    assert fold_latin(typed) == fold_latin(reading)


@pytest.mark.parametrize(
    ("one", "other"), [("サトウ", "カトウ"), ("はな", "はま"), ("田中", "中田"), ("タカハシ", "タカバシ")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert fold_latin(one) != fold_latin(other)


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("090-1234-5678", "09012345678"),
        ("０９０ー１２３４", "0901234"),
        ("+81 90 1234 5678", "09012345678"),
        ("(03) 1234 5678", "0312345678"),
        ("5678", "5678"),
        ("S-12", ""),
        ("佐藤", ""),
        ("", ""),
    ],
)
def test_telephone_numbers_are_dialled_at_home(typed: str, dialled: str) -> None:
    assert digits_of(typed) == dialled
