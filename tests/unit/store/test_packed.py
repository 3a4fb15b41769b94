"""A backup's file: what went in comes out, and whatever was done to it since is noticed before anything is used."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu import __version__
from tenshu.store.packed import (
    FORMAT,
    MANIFEST,
    BackupDamaged,
    BackupNewer,
    Manifest,
    Part,
    pack,
    read_manifest,
    unpack,
    verify,
)
from tests.unit.staff.crew import NOW

SCHEMAS = {"ledger": "0003", "inbox": "0001", "warehouse": "0004"}
FILES = {
    "ledger.sqlite": b"SQLite" * 50,
    "warehouse/facts.parquet": b"PAR1" * 50,
    "files/imports/花.csv": b"",
    "z": b"\0",
}


def filled(folder: Path, files: dict[str, bytes]) -> Path:
    for name, said in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(said)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def packed_at(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    target = folder / "b.zip"
    source = filled(folder / "source", FILES if files is None else files)
    source.mkdir(exist_ok=True)
    pack(source, target, made_at=NOW, shop="花屋", schemas=SCHEMAS)
    return target


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Write a backup again, its files changed by hand; the zip itself is whole."""
    with zipfile.ZipFile(path) as read:
        files = {name: read.read(name) for name in read.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as written:
        for name, said in files.items():
            written.writestr(name, said)


def with_manifest(path: Path, **changes: object) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = json.dumps(json.loads(files[MANIFEST]) | changes).encode()

    rewritten(path, change)


def test_a_backup_says_what_it_is_and_gives_everything_back(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    manifest = unpack(path, tmp_path / "back")
    assert manifest == read_manifest(path) == verify(path)
    assert (manifest.format, manifest.version, manifest.made_at) == (FORMAT, __version__, NOW)
    assert (manifest.shop, manifest.schemas) == ("花屋", SCHEMAS)
    assert {part.name: part.size for part in manifest.parts} == {name: len(said) for name, said in FILES.items()}
    assert contents(tmp_path / "back") == FILES


NAMES = st.text("abc花 .'", min_size=1, max_size=6).filter(lambda name: name.strip(". ") == name and ".." not in name)


@settings(max_examples=25, deadline=None)
@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=4), folder=NAMES)
def test_whatever_files_there_are_they_come_back(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], folder: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("packed")
    both = files | {f"below/{folder}/{name}": said for name, said in files.items()}
    unpack(packed_at(tmp_path, both), tmp_path / "back")
    assert (contents(tmp_path / "back") if both else {}) == both


def test_only_its_owner_may_read_a_backup_also_where_a_file_was_before(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = packed_at(tmp_path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_manifest_comes_first_and_small_files_are_not_packed_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed_at(tmp_path)) as found:
        kinds = {one.filename: one.compress_type for one in found.infolist()}
    assert next(iter(kinds)) == MANIFEST
    assert kinds["warehouse/facts.parquet"] == zipfile.ZIP_STORED
    assert kinds["ledger.sqlite"] == zipfile.ZIP_DEFLATED


@pytest.mark.parametrize("name", FILES)
def test_a_part_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    path = packed_at(tmp_path)
    rewritten(path, lambda files: files.pop(name))
    with pytest.raises(BackupDamaged) as problem:
        verify(path)
    assert problem.value.given["part"] == name
    assert "take an older backup" in problem.value.text("en")


@pytest.mark.parametrize("said", [b"", b"SQLite" * 49, b"SQLite" * 50 + b"x", b"sQLite" + b"SQLite" * 49])
def test_a_part_that_differs_in_a_byte_is_named(tmp_path: Path, said: bytes) -> None:
    path = packed_at(tmp_path)
    rewritten(path, lambda files: files.update({"ledger.sqlite": said}))
    with pytest.raises(BackupDamaged) as problem:
        unpack(path, tmp_path / "back")
    assert problem.value.given["part"] == "ledger.sqlite"


@pytest.mark.parametrize("size", [0, 1, 22, 100, 300])
def test_a_copy_that_broke_off_is_no_backup(tmp_path: Path, size: int) -> None:
    path = packed_at(tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(BackupDamaged):
        verify(path)


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_one_bit_that_tips_over_never_gives_other_contents(
    tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("bit")
    path = packed_at(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[int(place * len(raw))] ^= 1 << bit
    path.write_bytes(raw)
    try:
        unpack(path, tmp_path / "back")
    except (BackupDamaged, BackupNewer):
        return
    assert contents(tmp_path / "back") == FILES  # a bit that says nothing, such as a file's time


def test_part_that_says_it_was_packed_another_way_is_damaged(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    raw = path.read_bytes()
    for name in (b"PK\x03\x04", b"PK\x01\x02"):  # each part's own header, and the list of all: how it was packed
        first, back = raw.find(name), 8 if name[2] == 3 else 10
        while first >= 0:
            raw = raw[: first + back] + b"\x0c\x00" + raw[first + back + 2 :]  # 12: bzip2
            first = raw.find(name, first + 4)
    path.write_bytes(raw)
    with pytest.raises(BackupDamaged):
        verify(path)


@pytest.mark.parametrize(
    "said", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": "one"}', b"null", b"\xff\xfe", b"PK\x03\x04"]
)
def test_a_manifest_that_makes_no_sense_is_a_damaged_backup(tmp_path: Path, said: bytes) -> None:
    path = packed_at(tmp_path)
    rewritten(path, lambda files: files.update({MANIFEST: said}))
    with pytest.raises(BackupDamaged) as problem:
        read_manifest(path)
    assert problem.value.given["part"] == MANIFEST


def test_another_zip_is_no_backup(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    rewritten(path, lambda files: files.pop(MANIFEST))
    with pytest.raises(BackupDamaged):
        verify(path)


def test_a_file_of_the_future_is_left_to_the_version_that_made_it(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    with_manifest(path, format=FORMAT + 1, version="99.1")
    for read in (read_manifest, verify, lambda path: unpack(path, tmp_path / "back")):
        with pytest.raises(BackupNewer) as problem:
            read(path)
        assert "99.1" in problem.value.text("en")
        assert __version__ in problem.value.text("ja")
    assert not (tmp_path / "back").exists()


def test_what_a_later_version_adds_to_a_manifest_does_not_disturb(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    with_manifest(path, made_by="somebody", version="0.0.1")
    assert verify(path).version == "0.0.1"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../out", "a/../../out", "a/..", "..", "a\\..\\out", "\\out", "files/../../../out"]
)
def test_a_forged_manifest_writes_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    path = packed_at(tmp_path)
    with_manifest(path, parts=[{"name": name, "size": 3, "sha256": "0"}])
    rewritten(path, lambda files: files.update({name: b"out"}))
    before = contents(tmp_path)
    with pytest.raises(BackupDamaged) as problem:
        unpack(path, tmp_path / "back")
    assert problem.value.given["part"] == name
    assert contents(tmp_path) == before


def test_what_no_manifest_names_is_not_unpacked(tmp_path: Path) -> None:
    path = packed_at(tmp_path)
    rewritten(path, lambda files: files.update({"stowaway.py": b"import os"}))
    unpack(path, tmp_path / "back")
    assert contents(tmp_path / "back") == FILES


def test_packing_again_replaces_the_file_as_a_whole(tmp_path: Path) -> None:
    path = packed_at(tmp_path, FILES | {"large": os.urandom(100_000)})
    again = filled(tmp_path / "again", {"one": b"1"})
    manifest: Manifest = pack(again, path, made_at=NOW, shop="", schemas={})
    assert path.stat().st_size < 10_000
    assert [part.name for part in verify(path).parts] == ["one"] == [part.name for part in manifest.parts]
    assert manifest.parts[0] == Part("one", 1, "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b")
