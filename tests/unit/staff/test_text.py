"""Names and addresses from outside are shown so that no log, terminal or line can be led astray by them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.staff.text import MOST_LETTERS, NameRefused, account_of, checked_account, checked_name, visible


@given(text=st.text())
def test_what_is_shown_is_one_line_without_controls(text: str) -> None:
    shown = visible(text)
    assert not [mark for mark in shown if unicodedata.category(mark) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]
    assert len(shown.splitlines()) <= 1


@given(text=st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_letters_signs_and_blanks_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(text=st.text(max_size=MOST_LETTERS + 20))
def test_a_name_is_kept_as_it_is_or_refused(text: str) -> None:
    try:
        name = checked_name(text)
    except NameRefused:
        return
    assert name == text.strip() == visible(name)
    assert 0 < len(name) <= MOST_LETTERS


@given(text=st.text(max_size=400))
def test_an_account_is_the_same_however_often_it_is_read(text: str) -> None:
    assert account_of(account_of(text)) == account_of(text)
    assert len(account_of(text)) <= 254


@pytest.mark.parametrize(
    "text", ["Sato@example.com", " sato@EXAMPLE.com\n", "ｓａｔｏ@example.com", "mailto:sato@example.com"]
)
def test_one_address_is_one_account(text: str) -> None:
    assert checked_account(text) == "sato@example.com"


@pytest.mark.parametrize("name", ["佐藤 花子", "O'Brien", "Søren", "ﾊﾅｺ", "李 小龍", "J. R. R. <Tolkien>"])
def test_names_of_people_are_kept(name: str) -> None:
    assert checked_name(f"  {name} ") == name
