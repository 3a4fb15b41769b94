"""The invented list of customers: real enough to be hard to read, and nobody's."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tenshu.kit.dates import parse_date
from tenshu.kit.japanese import normalise_email, normalise_phone, normalise_postal_code
from tenshu.rehearse.demo.files import purchase_lines
from tenshu.rehearse.demo.roster import COLUMNS, LIST_DAY, NOTICE, Person, known_customers, write_roster

PEOPLE = [Person(number, date(2011, 1, 18), "United Kingdom", 1) for number in range(12_346, 14_346)]


def column(name: str) -> list[object]:
    """Return what everybody has in one column."""
    place = COLUMNS.index(name)
    return [person.cells(nth)[place] for nth, person in enumerate(PEOPLE)]


def share(name: str, value: object) -> float:
    """Return how many have that value in the column."""
    return column(name).count(value) / len(PEOPLE)


@pytest.fixture(scope="module")
def known() -> pl.DataFrame:
    """Return everybody who is named in the purchases."""
    return known_customers(purchase_lines())


def test_everybody_in_the_purchases_is_known(known: pl.DataFrame) -> None:
    assert known.height == 4_372
    assert known["number"].is_sorted()
    assert (known["number"].min(), known["number"].max()) == (12_346, 18_287)
    assert known.null_count().sum_horizontal().to_list() == [0]


def test_people_joined_on_the_day_of_their_first_line(known: pl.DataFrame) -> None:
    lines = purchase_lines().filter(pl.col("CustomerID") == 17_850)
    joined = known.filter(pl.col("number") == 17_850)["joined_on"].to_list()
    assert joined == lines["InvoiceDate"].dt.date().sort().head(1).to_list() == [date(2010, 12, 1)]


def test_a_row_has_a_cell_for_each_heading() -> None:
    assert {len(person.cells(nth)) for nth, person in enumerate(PEOPLE)} == {len(COLUMNS)}


def test_the_same_number_is_the_same_person_and_another_seed_another() -> None:
    again = [Person(person.number, person.joined_on, person.country, 1).cells(0) for person in PEOPLE[:50]]
    assert again == [person.cells(0) for person in PEOPLE[:50]]
    other = [Person(person.number, person.joined_on, person.country, 2).cells(0) for person in PEOPLE[:50]]
    assert again != other


def test_every_address_is_ones_own_valid_and_reserved() -> None:
    found = [str(address) for address in column("メールアドレス") if address]
    assert len(set(found)) == len(found)
    assert all(normalise_email(address) == address for address in found)
    assert {address.rpartition("@")[2] for address in found} == {"example.com", "example.net", "example.org"}


def test_a_few_have_no_address_and_some_no_telephone() -> None:
    assert share("メールアドレス", "") == pytest.approx(0.03, abs=0.015)
    assert share("電話番号", "") == pytest.approx(0.2, abs=0.04)


def test_a_few_addresses_are_of_the_kind_that_old_carriers_handed_out() -> None:
    assert sum(".." in str(address) for address in column("メールアドレス")) >= 1


def test_every_telephone_number_is_ones_own_and_dialable() -> None:
    found = [str(number) for number in column("電話番号") if number]
    assert len(set(found)) == len(found)
    assert all(normalise_phone(number) for number in found)


def test_postal_codes_are_readable_and_in_no_real_area() -> None:
    found = [str(code) for code in column("郵便番号")]
    assert all(normalise_postal_code(code) == code for code in found)
    assert all(code.startswith("ZZ99 ") for code in found)


def test_half_of_the_people_read_japanese_and_have_a_reading() -> None:
    languages = column("言語")
    assert languages.count("ja") / len(languages) == pytest.approx(0.5, abs=0.05)
    assert all(bool(kana) == (language == "ja") for kana, language in zip(column("フリガナ"), languages, strict=True))


def test_everybody_in_japan_reads_japanese() -> None:
    assert all(Person(number, date(2011, 1, 18), "Japan", 1).is_japanese for number in range(1, 100))


def test_days_of_joining_are_written_in_every_spelling_and_are_the_same_day() -> None:
    written = column("登録日")
    kinds = Counter(type(day).__name__ if isinstance(day, date) else str(day)[:2] for day in written)
    assert set(kinds) == {"date", "平成", "H2", "20"}
    read = {day if isinstance(day, date) else parse_date(str(day)) for day in written}
    assert {day.date() if isinstance(day, datetime) else day for day in read if day is not None} == {date(2011, 1, 18)}


CONSENTS = [("○", 0.91), ("×", 0.05), ("", 0.04)]


@pytest.mark.parametrize(("answer", "wanted"), CONSENTS)
def test_consents_have_their_shares(answer: str, wanted: float) -> None:
    assert share("メール配信希望", answer) == pytest.approx(wanted, abs=0.02)


def test_who_was_never_asked_has_no_record_of_it() -> None:
    for answer, *record in zip(*(column(name) for name in COLUMNS[-5:]), strict=True):
        assert (answer == "") == (record == ["", "", "", ""])


def test_a_business_relation_says_why_and_an_own_wish_needs_no_reason() -> None:
    rows = list(zip(column("メール配信希望"), column("同意の根拠"), column("根拠の理由"), strict=True))
    assert {(basis, bool(reason)) for answer, basis, reason in rows if answer == "○"} == {
        ("本人の同意", False),
        ("取引関係", True),
    }
    assert sum(basis == "取引関係" for _, basis, _ in rows) / len(rows) == pytest.approx(0.04, abs=0.015)


def test_nobody_consented_after_the_list_was_written() -> None:
    late = [Person(number, LIST_DAY, "Spain", 1).consent()[1] for number in range(1, 200)]
    assert {day for day in late if day} == {LIST_DAY}


def test_sheet_begins_with_the_notice_and_then_the_headings(tmp_path: Path, known: pl.DataFrame) -> None:
    write_roster(tmp_path / "list.xlsx", known.head(5), seed=1)
    rows = CalamineWorkbook.from_path(tmp_path / "list.xlsx").get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows[0][0] == NOTICE
    assert "架空" in NOTICE
    assert "invented" in NOTICE
    assert tuple(rows[2]) == COLUMNS
    assert [int(str(row[0]).removesuffix(".0")) for row in rows[3:]] == known["number"].head(5).to_list()


def test_same_input_is_the_same_file(tmp_path: Path, known: pl.DataFrame) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_roster(tmp_path / name, known.head(40), seed=1)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
