"""The sample files are what they say: read without a question, in both languages, and honest about consent."""

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tenshu.collect.connectors.file import stage_tables
from tenshu.collect.connectors.file.looked import look_at
from tenshu.web.console.imports.samples import SAMPLES, sample_book
from tests.unit.collect.connectors.file.support import RECEIVED

LATER = RECEIVED.replace(year=2026, month=6)


@pytest.fixture(params=SAMPLES)
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    path.write_bytes(sample_book(SAMPLES[request.param]))
    return path


def test_every_column_of_a_sample_is_understood_for_certain(book: Path) -> None:
    found = look_at(book, shop_zone="Asia/Tokyo", currency="JPY", received_at=LATER)
    assert [table.kind for table in found.tables] == ["customers", "purchases"]
    for table in found.tables:
        assert table.is_chosen
        assert not [column.header for column in table.columns if column.field is None or column.confidence < 0.85]


def test_every_row_of_a_sample_comes_in(book: Path, tmp_path: Path) -> None:
    staged = stage_tables(book, shop_zone="Asia/Tokyo", currency="JPY", received_at=LATER, folder=tmp_path)
    assert [(each.rows, each.accepted, each.rejects) for each in staged] == [(3, 3, {}), (3, 3, {})]


def test_a_sample_shows_a_yes_a_no_and_somebody_who_was_never_asked(book: Path, tmp_path: Path) -> None:
    people, _lines = stage_tables(book, shop_zone="Asia/Tokyo", currency="JPY", received_at=LATER, folder=tmp_path)
    assert people.events["consent_recorded"] == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_texts_are_texts_and_numbers_are_numbers(name: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sample_book(SAMPLES[name])))
    for sheet, rows in SAMPLES[name].items():
        read = book.get_sheet_by_name(sheet).to_python()
        assert [[str(cell).removesuffix(".0") for cell in row] for row in read] == [
            [str(cell) for cell in row] for row in rows
        ]
        assert all(isinstance(row[0], str) for row in read)


def test_the_samples_are_about_people_who_cannot_exist() -> None:
    addresses = [
        cell
        for sheets in SAMPLES.values()
        for rows in sheets.values()
        for row in rows
        for cell in row
        if "@" in str(cell)
    ]
    assert addresses
    assert all(str(address).endswith("@example.jp") for address in addresses)
