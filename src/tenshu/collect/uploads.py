"""A file on its way in: it lies in a folder of its own until its owner lets it in or throws it away.

    home/imports/uploads/<id>/upload.json   what is known about it; its name is text, never a path
                              file.xlsx     the file itself, under a name of ours
                              looked.json   what it seems to hold
                              checked/      every row read: staged facts, lists of refused rows, checked.json
                              entered.json  what was let in; the file and `checked/` are gone by then

Each of these is written whole, so that whoever comes second, or after a crash, reads the old state or the new one.
"""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO, Final, TypeVar

import msgspec

from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.connectors.file.stage import StagedImport
from tenshu.collect.importing import ImportSummary
from tenshu.collect.upload_size import MOST_BYTES
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_

#: Below the home.
FOLDER: Final = "imports/uploads"
CHECKED: Final = "checked"
#: A file that is not let in by then is thrown away: people's data should lie in no more places than it must.
KEPT_FOR: Final = timedelta(days=30)
_ID: Final = re.compile(r"[0-9a-f]{16}")
_SUFFIXES: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt", ".parquet")
#: A longer name is cut: it is only shown.
_LONGEST_NAME: Final = 120
_LONGEST_LOOKED_AT: Final = 2_000
_BLOCK: Final = 1 << 20

T = TypeVar("T")


class UploadTooLarge(TenshuError):
    """A file is larger than what is taken at once."""

    template = N_("The file {name} is larger than {allowed} MB. Split it, or take it in with: tenshu import FILE")
    status = 413


class UploadEmpty(TenshuError):
    """A file without a single byte."""

    template = N_("The file {name} is empty. Save it again and choose it once more.")


class UploadGone(TenshuError):
    """A file that was thrown away, or never came."""

    template = N_("This file is not here any more. Choose it once more.")
    status = 404


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in.

    Attributes:
        id: names its folder; drawn, and hard to guess.
        name: what its sender calls it, for people.
        size: in bytes.
        at: when it came.
        by: who brought it.
        choices: how its sheets are to be read; None = as guessed.
        check_job: the job that reads every row; None = none was asked for.
        enter_job: the job that lets it in.
    """

    id: str
    name: str
    size: int
    at: datetime
    by: str
    choices: tuple[Choice, ...] | None = None
    check_job: int | None = None
    enter_job: int | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What reading every row of an upload came to.

    Attributes:
        staged: one a kind that it holds; their files lie in `checked/`.
        silent: how many people each of them is the first to tell of, and no word on consent with them.
        choices: what it was read by.
    """

    staged: tuple[StagedImport, ...]
    silent: tuple[int, ...]
    choices: tuple[Choice, ...] | None = None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What was let in of an upload.

    Attributes:
        summaries: one a kind.
        at: when.
    """

    summaries: tuple[ImportSummary, ...]
    at: datetime


def keep_upload(home: Path, name: str, file: BinaryIO, *, at: datetime, by: str, most: int = MOST_BYTES) -> Upload:
    """Keep a file that is being sent, in a folder of its own; nothing stays of one that is refused.

    Raises:
        UploadTooLarge: it has more bytes than are taken.
        UploadEmpty: it has none.
    """
    shown = shown_name(name)
    number = secrets.token_hex(8)
    folder = home / FOLDER / number
    folder.mkdir(parents=True, mode=0o700)
    try:
        size = _copied(file, folder / _own_name(shown), name=shown, most=most)
        upload = Upload(id=number, name=shown, size=size, at=at, by=by)
        save_upload(home, upload)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def _copied(file: BinaryIO, target: Path, *, name: str, most: int) -> int:
    """Copy what comes, no more than is allowed; return how many bytes."""
    size = 0
    with target.open("wb") as written:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > most:
                raise UploadTooLarge(name=name, allowed=f"{most // 1_000_000:,}")
            written.write(block)
    if not size:
        raise UploadEmpty(name=name)
    return size


def shown_name(name: str) -> str:
    r"""Return what a sender calls a file so that it can be shown: its last part, short, without unseen characters.

    >>> shown_name("../../etc/名簿.xlsx"), shown_name("C:\\data\\a\x00b.csv"), shown_name("")
    ('名簿.xlsx', 'ab.csv', '?')
    """
    known = unicodedata.normalize("NFC", name[-_LONGEST_LOOKED_AT:])
    plain = "".join(each for each in known if unicodedata.category(each)[0] != "C")
    last = PureWindowsPath(plain).name.strip()
    if len(last) > _LONGEST_NAME:
        stem, dot, end = last.rpartition(".")
        end = end[:10]
        last = f"{(stem or end)[: _LONGEST_NAME - len(end) - 2]}…{dot}{end}".strip()
    return last if last.strip(". ") else "?"


def folder_of(home: Path, number: str) -> Path:
    """Return the folder of an upload.

    Raises:
        UploadGone: there is none of that number.
    """
    folder = home / FOLDER / number
    if not _ID.fullmatch(number) or not (folder / "upload.json").is_file():
        raise UploadGone()
    return folder


def file_of(home: Path, upload: Upload) -> Path:
    """Return where the file itself lies."""
    return folder_of(home, upload.id) / _own_name(upload.name)


def read_upload(home: Path, number: str) -> Upload:
    """Return an upload.

    Raises:
        UploadGone: it was thrown away.
    """
    found = get(folder_of(home, number) / "upload.json", Upload)
    if found is None:
        raise UploadGone()
    return found


def save_upload(home: Path, upload: Upload) -> None:
    """Keep what is known about an upload."""
    put(home / FOLDER / upload.id / "upload.json", upload)


def list_uploads(home: Path) -> list[Upload]:
    """Return the files that wait to be let in, the newest first."""
    found = []
    for path in (home / FOLDER).glob("*/upload.json"):
        upload = get(path, Upload)
        if upload is not None and not (path.parent / "entered.json").exists():
            found.append(upload)
    return sorted(found, key=lambda upload: (upload.at, upload.id), reverse=True)


def throw_away(home: Path, number: str) -> None:
    """Remove an upload and everything that was read from it."""
    shutil.rmtree(folder_of(home, number), ignore_errors=True)


def sweep(home: Path, *, now: datetime) -> int:
    """Throw away what nobody has asked for since long: files that were never let in, and what is left of others.

    Returns:
        How many uploads went.
    """
    old = []
    for path in (home / FOLDER).glob("*/upload.json"):
        upload = get(path, Upload)
        if upload is None or upload.at < now - KEPT_FOR:
            old.append(path.parent)
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def read_checked(home: Path, upload: Upload) -> Checked | None:
    """Return what reading every row came to; None when it was not done, or done by other choices."""
    found = get(folder_of(home, upload.id) / CHECKED / "checked.json", Checked)
    return found if found is not None and found.choices == upload.choices else None


def read_entered(home: Path, number: str) -> Entered | None:
    """Return what was let in of an upload, None when nothing was yet."""
    return get(folder_of(home, number) / "entered.json", Entered)


def mark_entered(home: Path, number: str, entered: Entered) -> None:
    """Say that an upload was let in, and remove the rest: people's data should lie in no more places than it must."""
    folder = folder_of(home, number)
    put(folder / "entered.json", entered)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in {"upload.json", "entered.json"}:
            path.unlink(missing_ok=True)


def put(path: Path, value: Any) -> None:
    """Write a value so that a reader sees the old file or the new one, never half of it."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(msgspec.json.encode(value, enc_hook=str))
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def get(path: Path, kind: type[T]) -> T | None:
    """Return what a file says, None when it is not there or was written by another version."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind, dec_hook=_decoded)
    except (OSError, msgspec.DecodeError):
        return None


def _decoded(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value


def _own_name(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return "file" + (suffix if suffix in _SUFFIXES else "")


def known_suffixes() -> Mapping[str, None]:
    """Return the ends of names that a form offers to choose, in order."""
    return dict.fromkeys(_SUFFIXES)
