"""The header row is found below titles and notices, or found missing."""

from collections.abc import Sequence

import pytest

from tenshu.collect.connectors.file.columns.fields import FIELDS, KINDS, field_named, header_key, word_score
from tenshu.collect.connectors.file.layout.header import find_header

PEOPLE = ["会員番号", "氏名", "電話番号"]
SATO = ["77", "佐藤 花子", "03-1234-5678"]


def rows(*cells: Sequence[str]) -> list[tuple[int, Sequence[str]]]:
    return list(enumerate(cells, 1))


@pytest.mark.parametrize(
    ("sample", "row"),
    [
        (rows(PEOPLE, SATO), 1),
        (rows(["顧客名簿 2024年5月1日現在", "", ""], PEOPLE, SATO), 2),
        (rows(["この名簿は社外秘です。取り扱いに注意してください。"], PEOPLE, SATO), 2),  # a notice of one cell
        ([(1, ["名簿", "", ""]), (3, PEOPLE), (4, SATO)], 3),  # a blank row between
        (rows(["Customer ID", "Full Name", "Phone"], SATO), 1),
        (rows(["foo", "bar", "baz"], SATO, SATO), 1),  # unknown words above values
        (rows(SATO, SATO, SATO), 0),
        (rows(["1", "2"], ["3", "4"]), 0),
    ],
)
def test_header_row_is_found(sample: list[tuple[int, Sequence[str]]], row: int) -> None:
    assert find_header(sample).row == row


def test_names_are_one_form_and_no_two_the_same() -> None:
    header = find_header(rows(["　氏名 ", "電話番号", "電話番号", ""], ["佐藤", "1", "2", "3"]))
    assert header.names == ["氏名", "電話番号", "電話番号 (2)", "column 4"]


def test_table_without_a_header_has_numbered_columns() -> None:
    assert find_header(rows(SATO, SATO)).names == ["column 1", "column 2", "column 3"]


def test_no_rows_are_no_header() -> None:
    assert find_header([]).names == []


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Customer ID", "customerid"),
        ("customer_id", "customerid"),
        ("ＣｕｓｔｏｍｅｒＩＤ", "customerid"),
        ("ﾒｰﾙｱﾄﾞﾚｽ", "メールアドレス"),
        ("〒", "郵便番号"),
        ("No.", "no"),
    ],
)
def test_spellings_of_a_header_are_one_word(header: str, key: str) -> None:
    assert header_key(header) == key


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_means_its_field_best(kind: str) -> None:
    for field in FIELDS[kind]:
        for word in field.words:
            assert word_score(word, field) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_named_once(kind: str) -> None:
    names = [field.name for field in FIELDS[kind]]
    assert len(names) == len(set(names))
    assert all(field_named(kind, name) is not None for name in names)
    assert field_named(kind, "nothing") is None


@pytest.mark.parametrize(
    ("kind", "header", "name"),
    [
        ("purchases", "ご注文番号", "order_no"),
        ("purchases", "商品名（税込）", "description"),
        ("purchases", "単価(円)", "unit_price"),
        ("purchases", "Order Date (JST)", "ordered_at"),
        ("customers", "電話番号（携帯）", "phone"),
        ("customers", "お客様氏名", "full_name"),
        ("customers", "E-Mail Address", "email"),
    ],
)
def test_header_with_more_words_still_means_its_field(kind: str, header: str, name: str) -> None:
    scores = {field.name: word_score(header, field) for field in FIELDS[kind]}
    assert max(scores, key=lambda each: scores[each]) == name


def test_blank_header_means_nothing() -> None:
    assert all(word_score(blank, field) == 0 for blank in ("", "--") for field in FIELDS["customers"])
