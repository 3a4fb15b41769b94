"""Files on their way in: kept under a name of ours, within a size, whole or not at all."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.collect import uploads
from tenshu.collect.uploads import (
    CHECKED,
    Checked,
    Entered,
    UploadEmpty,
    UploadGone,
    UploadTooLarge,
    file_of,
    folder_of,
    keep_upload,
    list_uploads,
    mark_entered,
    put,
    read_checked,
    read_entered,
    read_upload,
    save_upload,
    shown_name,
    throw_away,
)

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
NASTY = [
    "../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "/etc/passwd",
    "C:\\secret.csv",
    "a\x00b.csv",
    "名簿\r\nSet-Cookie: x=1.csv",
    "..",
    ".",
    "",
    "x" * 5_000_000 + ".xlsx",
    "\u202egpj.exe",
    "<img src=x onerror=alert(1)>.csv",
]


def kept(home: Path, name: str = "名簿.csv", data: bytes = b"a,b\n1,2\n", **given: int) -> uploads.Upload:
    return keep_upload(home, name, io.BytesIO(data), at=NOW, by="店主", **given)


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_no_name_leads_out_of_the_folder_or_becomes_the_name_of_a_file(tmp_path: Path, name: str) -> None:
    upload = kept(tmp_path, name)
    path = file_of(tmp_path, upload)
    assert path.parent == tmp_path / "imports" / "uploads" / upload.id
    assert path.stem == "file"
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert len(upload.name) <= 120
    assert list(tmp_path.iterdir()) == [tmp_path / "imports"]


@given(st.text(max_size=300))
def test_every_name_can_be_shown_and_shown_again_stays_the_same(name: str) -> None:
    shown = shown_name(name)
    assert shown
    assert len(shown) <= 120
    assert "/" not in shown
    assert "\\" not in shown
    assert shown_name(shown) == shown


def test_a_name_keeps_its_end_when_it_is_cut() -> None:
    assert shown_name("名" * 500 + ".xlsx").endswith("….xlsx")


def test_a_name_is_text_and_keeps_what_looks_like_markup() -> None:
    assert shown_name("<b>名簿</b>.csv") == "b>.csv"  # what stands behind the last slash, as text
    assert shown_name("<b>名簿.csv") == "<b>名簿.csv"


def test_an_upload_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    assert read_upload(tmp_path, upload.id) == upload
    assert (upload.size, upload.at, upload.by) == (8, NOW, "店主")


def test_a_file_over_the_limit_is_refused_while_it_comes_and_leaves_nothing(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(UploadTooLarge, match="3 MB"):
        keep_upload(tmp_path, "a.csv", endless, at=NOW, by="", most=3_000_000)  # type: ignore[arg-type]
    assert endless.read_so_far < 6_000_000
    assert not list((tmp_path / "imports" / "uploads").iterdir())


def test_an_empty_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UploadEmpty, match="名簿"):
        kept(tmp_path, data=b"")
    assert not list((tmp_path / "imports" / "uploads").iterdir())


def test_a_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert folder_of(tmp_path, kept(tmp_path).id).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", ["", "..", "../..", "0" * 16, "g" * 16, "0123456789abcdef/..", "ABCDEF0123456789"])
def test_what_is_no_number_of_an_upload_is_gone(tmp_path: Path, number: str) -> None:
    kept(tmp_path)
    with pytest.raises(UploadGone):
        folder_of(tmp_path, number)


def test_uploads_are_listed_newest_first_and_those_that_came_in_are_not(tmp_path: Path) -> None:
    older, newer, done = (kept(tmp_path, name) for name in ("1.csv", "2.csv", "3.csv"))
    save_upload(tmp_path, msgspec.structs.replace(newer, at=NOW + timedelta(hours=1)))
    mark_entered(tmp_path, done.id, Entered(summaries=(), at=NOW))
    assert [each.id for each in list_uploads(tmp_path)] == [newer.id, older.id]


def test_what_was_thrown_away_is_gone(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    throw_away(tmp_path, upload.id)
    assert list_uploads(tmp_path) == []
    with pytest.raises(UploadGone):
        read_upload(tmp_path, upload.id)


def test_what_was_read_by_other_choices_is_not_what_was_read(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    (folder_of(tmp_path, upload.id) / CHECKED).mkdir()
    put(folder_of(tmp_path, upload.id) / CHECKED / "checked.json", Checked(staged=(), silent=(), choices=None))
    assert read_checked(tmp_path, upload) is not None
    assert read_checked(tmp_path, msgspec.structs.replace(upload, choices=())) is None


def test_once_it_came_in_nothing_of_the_file_stays(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    folder = folder_of(tmp_path, upload.id)
    for name in (CHECKED, "cells"):
        (folder / name).mkdir()
        (folder / name / "facts.parquet").write_bytes(b"people")
    put(folder / "looked-1.json", {"samples": ["sato@example.jp"]})
    mark_entered(tmp_path, upload.id, Entered(summaries=(), at=NOW))
    assert sorted(path.name for path in folder.iterdir()) == ["entered.json", "upload.json"]
    assert read_entered(tmp_path, upload.id) == Entered(summaries=(), at=NOW)


def test_a_writing_that_is_cut_short_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = kept(tmp_path)

    def broken(_source: object, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="No space left"):
        save_upload(tmp_path, msgspec.structs.replace(upload, name="other.csv"))
    assert read_upload(tmp_path, upload.id).name == "名簿.csv"
    assert not list(folder_of(tmp_path, upload.id).glob("*.part"))


def test_a_state_written_by_another_version_counts_as_not_there(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    (folder_of(tmp_path, upload.id) / "upload.json").write_text('{"id": 1}')
    with pytest.raises(UploadGone):
        read_upload(tmp_path, upload.id)
    assert list_uploads(tmp_path) == []


def test_what_nobody_takes_over_for_long_is_thrown_away_and_younger_files_stay(tmp_path: Path) -> None:
    old, done, young = (kept(tmp_path, name) for name in ("old.csv", "done.csv", "young.csv"))
    mark_entered(tmp_path, done.id, Entered(summaries=(), at=NOW))
    save_upload(tmp_path, msgspec.structs.replace(young, at=NOW + timedelta(days=20)))
    assert uploads.sweep(tmp_path, now=NOW + timedelta(days=30)) == 0
    assert uploads.sweep(tmp_path, now=NOW + timedelta(days=31)) == 2
    assert [each.id for each in list_uploads(tmp_path)] == [young.id]
    assert not (tmp_path / "imports" / "uploads" / old.id).exists()


def test_what_cannot_be_read_any_more_is_swept_too(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    (folder_of(tmp_path, upload.id) / "upload.json").write_text("{")
    assert uploads.sweep(tmp_path, now=NOW) == 1
    assert not list((tmp_path / "imports" / "uploads").iterdir())


def test_sweeping_where_nothing_ever_came_sweeps_nothing(tmp_path: Path) -> None:
    assert uploads.sweep(tmp_path, now=NOW) == 0


def test_many_files_that_come_at_once_are_all_kept_each_in_its_place(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda nth: kept(tmp_path, f"{nth}.csv", f"{nth}\n".encode() * 1000), range(24)))
    assert len({each.id for each in found}) == 24
    for nth, upload in enumerate(found):
        assert upload.name == f"{nth}.csv"
        assert file_of(tmp_path, upload).read_bytes() == f"{nth}\n".encode() * 1000


def test_whoever_reads_a_state_while_it_is_written_reads_the_old_or_the_new(tmp_path: Path) -> None:
    upload = kept(tmp_path)
    names = {f"{nth}.csv" for nth in range(50)} | {upload.name}

    def write(nth: int) -> None:
        save_upload(tmp_path, msgspec.structs.replace(upload, name=f"{nth}.csv"))

    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, nth) for nth in range(50)]
        seen = {read_upload(tmp_path, upload.id).name for _nth in range(200)}
        assert all(each.exception() is None for each in writing)
    assert seen <= names
    assert not list(folder_of(tmp_path, upload.id).glob("*.part"))
