"""What is said about a file: sentences in both languages, with all their facts."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect.connectors.file.note import SENTENCES, Note, note, row_ranges


@pytest.mark.parametrize("code", list(SENTENCES))
def test_every_note_is_a_sentence_in_both_languages(code: str) -> None:
    names = [name for _text, name, _form, _kind in string.Formatter().parse(SENTENCES[code]) if name]
    given = {name: "email" if name == "fields" else f"<{name}>" for name in names}
    english, japanese = Note(code, given).text("en"), Note(code, given).text("ja")
    assert english != japanese
    for name in names:
        said = ("E-mail address", "メールアドレス") if name == "fields" else (f"<{name}>",) * 2
        assert said[0] in english
        assert said[1] in japanese


def test_given_facts_become_text() -> None:
    assert note("tax_excluded", rate=10) == Note("tax_excluded", {"rate": "10"})
    assert note("tax_excluded", rate=10).template == SENTENCES["tax_excluded"]


def test_fields_are_called_by_their_titles() -> None:
    assert note("known_by", fields="email,phone").text("ja").endswith("メールアドレス, 電話番号。")


@given(st.sets(st.integers(1, 200), max_size=40))
def test_ranges_name_every_row_and_no_other(rows: set[int]) -> None:
    said = row_ranges(sorted(rows), most=100)
    named: set[int] = set()
    for span in filter(None, said.split(", ")):
        first, _dash, last = span.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == rows


def test_long_list_of_rows_is_cut_and_counted() -> None:
    assert row_ranges(list(range(1, 2000, 2)), most=2) == "1, 3, ... (1,000)"
