"""Bombs are refused by their directory, before anything is unpacked."""

import struct
import zipfile
from pathlib import Path

import pytest

from tenshu.collect.connectors.file.cells import guard
from tenshu.collect.connectors.file.cells.guard import Container, inspect
from tenshu.collect.connectors.file.errors import EmptyFile, FileProtected, FileTooBig, NoSuchFile, NoTable
from tests.unit.collect.connectors.file.support import write_book

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def test_workbook_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    book = write_book(tmp_path / "a.xlsx", {"Sheet1": [["a", "b"], [1, 2]]})
    renamed = book.rename(tmp_path / "a.csv")
    assert inspect(renamed) is Container.WORKBOOK


def test_text_is_known_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("a,b\n1,2\n")
    assert inspect(path) is Container.TEXT


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile) as refused:
        inspect(tmp_path / "名簿.xlsx")
    assert "名簿.xlsx" in refused.value.text("en")
    assert "名簿.xlsx" in refused.value.text("ja")


def test_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        inspect(tmp_path)


def test_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    with pytest.raises(EmptyFile):
        inspect(path)


def test_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 << 20))  # 64 MiB of nothing, about 64 KiB packed
    assert path.stat().st_size < 1 << 20
    with pytest.raises(FileTooBig) as refused:
        inspect(path)
    assert "64 MiB" in refused.value.text("en")


def test_bomb_is_refused_by_the_sum_of_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_UNPACKED", 1000)
    path = write_book(tmp_path / "a.xlsx", {"Sheet1": [["a", "b"], [1, 2]]})
    with pytest.raises(FileTooBig):
        inspect(path)


def test_bomb_of_many_entries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_ENTRIES", 5)
    path = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(6):
            archive.writestr(f"xl/{number}.xml" if number else "xl/workbook.xml", "x")
    with pytest.raises(FileTooBig):
        inspect(path)


def test_huge_file_is_refused_before_its_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_PACKED", 10)
    path = write_book(tmp_path / "a.xlsx", {"Sheet1": [["a"]]})
    with pytest.raises(FileTooBig):
        inspect(path)


def test_ordinary_repetitive_sheet_is_no_bomb(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"Sheet1": [["同じ", "値", 1, 2, 3]] * 20_000})
    assert inspect(path) is Container.WORKBOOK


def test_zip_that_is_no_workbook_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", "x")
    with pytest.raises(NoTable):
        inspect(path)


def test_damaged_zip_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(NoTable):
        inspect(path)


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08\x00", b"%PDF-1.7\n", b"7z\xbc\xaf'\x1c", b"BZh91AY", b"\xfd7zXZ\x00"])
def test_packed_files_and_papers_are_no_table(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(start + b"rest")
    with pytest.raises(NoTable):
        inspect(path)


def test_workbook_with_a_password_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100)
    with pytest.raises(FileProtected):
        inspect(path)


def test_password_mark_across_two_blocks_is_found(tmp_path: Path) -> None:
    mark = "EncryptedPackage".encode("utf-16-le")
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE + b"\0" * ((1 << 20) - 8 - 10) + mark)
    with pytest.raises(FileProtected):
        inspect(path)


def test_zip_entry_with_a_password_is_told(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"Sheet1": [["a"]]})
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")  # the first entry of the directory; its flags stand 8 bytes on
    struct.pack_into("<H", content, at + 8, 1)
    path.write_bytes(content)
    with pytest.raises(FileProtected):
        inspect(path)
