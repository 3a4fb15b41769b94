"""Pages and XML called .xls are read as the tables they hold; what is no table at all is refused at once."""

import hashlib
from pathlib import Path

import pytest

from tenshu.collect.connectors.file.cells.guard import Container, inspect
from tenshu.collect.connectors.file.cells.markup import read_markup
from tenshu.collect.connectors.file.errors import NoTable
from tenshu.collect.connectors.file.rows.contacts import read_email, read_phone
from tests.unit.collect.connectors.file.support import look, stage, traits_of, write_text

PAGE = (
    '<html><head><meta charset="Shift_JIS"><style>td{color:red}</style></head><body><table><tr><th>会員番号</th>'
    "<th>氏名</th><th>メール</th></tr><tr><td>0001</td><td>髙橋&nbsp;花子</td><td>a&#64;example.jp</td></tr></table></body></html>"
)
BOOK = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="名簿"><Table>'
    "<Row><Cell><Data>会員番号</Data></Cell><Cell><Data>メール</Data></Cell></Row>"
    '<Row ss:Index="3"><Cell><Data>1</Data></Cell><Cell><Data>a@example.jp</Data></Cell></Row>'
    "</Table></Worksheet></Workbook>"
)


def test_page_called_xls_is_read(tmp_path: Path) -> None:
    (person,) = traits_of(stage(write_text(tmp_path / "a.xls", PAGE, "cp932")))
    assert (person["customer_no"], person["full_name"], person["email"]) == ("0001", "髙橋 花子", "a@example.jp")


def test_xml_workbook_called_xls_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.xls", BOOK)
    assert [(table.sheet, table.rows) for table in look(path).tables] == [("名簿", 1)]
    assert traits_of(stage(path))[0]["email"] == "a@example.jp"


def test_cells_over_several_rows_and_columns_are_told_as_merged(tmp_path: Path) -> None:
    text = "<table><tr><td rowspan=2>A<td colspan='2'>B<tr><td>c<td>d</table>"
    ((name, rows, spans),) = read_markup(write_text(tmp_path / "a.xls", text))
    assert (name, rows, spans) == ("", [["A", "B"], ["", "c", "d"]], [[1, 2, 0, 0], [1, 1, 1, 2]])


def test_several_tables_of_a_page_are_numbered_and_layouts_are_none(tmp_path: Path) -> None:
    one = "<table><tr><td>a<td>b<tr><td>1<td>2</table>"
    found = read_markup(write_text(tmp_path / "a.xls", f"<table><tr><td>{one}</td></tr></table>{one}"))
    assert [name for name, _rows, _spans in found] == ["1", "2"]


@pytest.mark.parametrize(
    "start",
    [
        b"\0" * 5000,
        bytes.fromhex("89504e470d0a1a0a"),
        bytes.fromhex("ffd8ffe000104a464946"),
        b"GIF89a",
        b"MZ\x90\0",
        b"SQLite format 3\0",
        b"\0\0\0\x18ftypheic",
        b"{\\rtf1",
        b'[{"name": "a"}]',
        b"BEGIN:VCARD",
        b"<html><body><p>no table here</p></body></html>",
        b"%PDF-1.7",
        b"".join(hashlib.sha256(bytes([number])).digest() for number in range(100)),
    ],
    ids=lambda start: start[:6].hex(),
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_is_no_table_is_refused_whatever_it_is_called(tmp_path: Path, name: str, start: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(start + b"\n")
    with pytest.raises(NoTable):
        inspect(path)


def test_text_with_a_few_control_characters_stays_text(tmp_path: Path) -> None:
    assert inspect(write_text(tmp_path / "a.csv", "a,b\n1,\0\n")) is Container.TEXT
    assert inspect(write_text(tmp_path / "b.csv", "会員番号\t氏名\n1\t佐藤\n" * 9, "utf-16")) is Container.TEXT


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        ("山田 太郎 <taro@example.jp>", "taro@example.jp"),
        ("taro @ example.jp", "taro@example.jp"),
        ("'taro@example.jp", "taro@example.jp"),
        ("taro@example.jp(会社)", "taro@example.jp"),
        ("taro@example.jp。", "taro@example.jp"),
        ("メールなし", ""),
        ("0", ""),
        ("a@example.jp / b@example.jp", None),
        ("a@x.jp>\r\nRCPT TO:<v@x.jp>", None),
        ("b@x.jp <a@x.jp>", None),
    ],
)
def test_address_is_found_among_what_people_type_around_it(cell: str, email: str | None) -> None:
    assert read_email(cell) == email


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("携帯:090-1234-5678", "+819012345678"),
        ("TEL 03-1234-5678", "+81312345678"),
        ("0312345678(自宅)", "+81312345678"),
        ("090 1234 5678 内線12", "+819012345678"),
        ("81-90-1234-5678", "+819012345678"),
        ("03-1234-5678\n090-1234-5678", "+819012345678"),
        ("03-1234-5678 06-1234-5678", "+81312345678"),
        ("8012345678.0", "+818012345678"),
        ("なし", ""),
        ("1234", None),
        ("1.90E+10", None),
    ],
)
def test_telephone_is_found_among_what_people_type_around_it(cell: str, phone: str | None) -> None:
    assert read_phone(cell) == phone
