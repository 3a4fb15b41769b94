"""Identifiers come in one form and in order of strength; what names nobody identifies nobody."""

import polars as pl
import pytest

from tenshu.collect.connectors.file.rows.people import customer_number, identifiers
from tenshu.collect.connectors.file.rows.reading import Reading
from tenshu.collect.event import IDENTIFIER

FIELDS = ("customer_no", "member_no", "email", "phone")


def read(*cells: str | None, fields: tuple[str, ...] = FIELDS) -> tuple[pl.DataFrame, Reading]:
    frame = pl.DataFrame(
        {"row": pl.Series([2], dtype=pl.UInt32)}
        | {f"c{number}": pl.Series([cell], dtype=pl.String) for number, cell in enumerate(cells)}
    )
    reading = Reading(frame, {field: [number] for number, field in enumerate(fields)}, fields)
    return identifiers(reading), reading


def pairs(found: pl.DataFrame) -> list[tuple[str, str]]:
    return [(each["kind"], each["value"]) for each in found["identifiers"][0].to_list()]


def test_strongest_identifier_comes_first() -> None:
    found, _reading = read("77", "M-1", "A@X.jp", "03-1234-5678")
    assert pairs(found) == [
        ("customer_no", "77"),
        ("member_no", "M-1"),
        ("email", "a@x.jp"),
        ("phone", "+81312345678"),
    ]


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [
        (("77", None, None, None), ["customer_no"]),
        ((None, "M-1", None, None), ["member_no"]),
        ((None, None, "a@x.jp", None), ["email"]),
        ((None, None, None, "03-1234-5678"), ["phone"]),
        ((None, None, "a@x.jp", "03-1234-5678"), ["email", "phone"]),
        ((None, None, None, None), []),
        (("0", "なし", "-", ""), []),
    ],
)
def test_what_a_row_lacks_is_left_out(cells: tuple[str | None, ...], kinds: list[str]) -> None:
    found, reading = read(*cells)
    assert [kind for kind, _value in pairs(found)] == kinds
    assert reading.accepted().to_list() == [True]


def test_identifiers_have_the_type_of_facts() -> None:
    found, _reading = read("77", None, None, None)
    assert found.schema["identifiers"] == pl.List(IDENTIFIER)
    nobody, _reading = read(None, fields=("customer_no",))
    assert nobody.schema["identifiers"] == pl.List(IDENTIFIER)


def test_table_without_any_identifier_is_a_table_of_nobody() -> None:
    frame = pl.DataFrame({"row": pl.Series([2, 3], dtype=pl.UInt32), "c0": ["a", "b"]})
    found = identifiers(Reading(frame, {"description": [0]}, ["商品名"]))
    assert found["identifiers"].to_list() == [[], []]
    assert found["who"].to_list() == ["", ""]


def test_who_tells_kinds_apart() -> None:
    first, _reading = read("77", None, None, None)
    second, _reading = read(None, "77", None, None)
    assert first["who"][0] != second["who"][0]


def test_colons_in_a_number_stay_in_it() -> None:
    found, _reading = read("A:77:b", None, None, None)
    assert pairs(found) == [("customer_no", "A:77:b")]


@pytest.mark.parametrize(
    ("cells", "reason"), [((None, None, "a@x.jp b@x.jp", None), "bad_email"), ((None, None, None, "12"), "bad_phone")]
)
def test_broken_identifier_is_told(cells: tuple[str | None, ...], reason: str) -> None:
    _found, reading = read(*cells)
    assert reading.rejects()["reason"].to_list() == [reason]


@pytest.mark.parametrize("address", ["test@test.com", "TEST@example.com", "none@none.com"])
def test_address_that_anybody_types_is_nobody_and_no_fault(address: str) -> None:
    found, reading = read(None, None, address, None)
    assert pairs(found) == []
    assert reading.accepted().to_list() == [True]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("17850", "17850"),
        ("17850.0", "17850"),
        ("17850.00", "17850"),
        ("17850.5", "17850.5"),
        ("00012", "00012"),
        ("A-7.0", "A-7.0"),
        ("0", None),
        ("0000", None),
        ("0.0", None),
        ("99999", None),
        ("9999", "9999"),
        ("xxxx", None),
        ("***", None),
        ("max", "max"),
    ],
)
def test_customer_number_has_one_form_or_means_nobody(written: str, number: str | None) -> None:
    assert customer_number(written) == number
