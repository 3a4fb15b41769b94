"""Open a workbook (.xlsx, .xls, .xlsb, .ods) or a Parquet file in a child process with limits on memory and time."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from tenshu.collect.connectors.file.errors import EmptyFile, FileProtected, WorkbookUnreadable
from tenshu.kit.i18n import N_, _

GIBIBYTE: Final = 1 << 30
#: What the child may take: address space in bytes, processor time in seconds.
MEMORY: Final = 4 * GIBIBYTE
SECONDS: Final = 180

#: The child's exit code for a workbook with a password (see `sheets`).
PROTECTED: Final = 3

_TOO_MUCH: Final = N_("it needs more memory or time than is allowed")
_BROKEN: Final = N_("it is damaged")


class Merge(msgspec.Struct, frozen=True, array_like=True):
    """Cells merged into one: first and last row from 1, first and last column from 0."""

    top: int
    bottom: int
    left: int
    right: int


class RawSheet(msgspec.Struct, frozen=True):
    """One sheet as text cells: its name and the Parquet file's name in the folder."""

    name: str
    file: str
    rows: int
    width: int
    merges: list[Merge] = []


class RawBook(msgspec.Struct, frozen=True):
    """The visible sheets that hold anything, and the names of those that are left alone."""

    sheets: list[RawSheet] = []
    hidden: list[str] = []
    charts: list[str] = []
    error: str = ""


def read_workbook(path: Path, folder: Path, *, memory: int = MEMORY, seconds: int = SECONDS) -> RawBook:
    """Return the visible sheets that hold anything, written into the folder.

    Raises:
        FileProtected: it has a password.
        WorkbookUnreadable: it is damaged, or reading it went over a limit.
        EmptyFile: no sheet holds anything.
    """
    command = [
        sys.executable,
        "-m",
        "tenshu.collect.connectors.file.cells.sheets",
        str(path),
        str(folder),
        str(memory),
        str(seconds),
    ]
    try:
        child = subprocess.run(command, capture_output=True, timeout=seconds * 4, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise WorkbookUnreadable(name=path.name, reason=_(_TOO_MUCH)) from error
    if child.returncode == PROTECTED:
        raise FileProtected(name=path.name)
    answer = _answer(child.stdout)
    if child.returncode != 0 or answer is None:
        raise WorkbookUnreadable(name=path.name, reason=_reason(child.returncode, answer, child.stderr))
    if not answer.sheets:
        raise EmptyFile(name=path.name)
    return answer


def _answer(said: bytes) -> RawBook | None:
    try:
        return msgspec.json.decode(said, type=RawBook)
    except msgspec.DecodeError:
        return None


def _reason(code: int, answer: RawBook | None, complaint: bytes) -> str:
    if code in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV} or b"memory" in complaint.lower():
        return _(_TOO_MUCH)
    return answer.error if answer and answer.error else _(_BROKEN)
