"""Look into an upload before anything is taken over; what was seen is kept beside it.

A large file is looked into by a process of its own (`python -m tenshu.collect.looking FOLDER NUMBER`), so that whoever
shows what was seen does not grow with the file. Its cells are kept as they were read: to look again with other
choices is quick.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from tenshu.collect.connectors.file.cells.guard import inspect
from tenshu.collect.connectors.file.errors import FileRefused
from tenshu.collect.connectors.file.layout.table import Opened, open_file
from tenshu.collect.connectors.file.looked import Looked, look_into
from tenshu.collect.connectors.file.plans.choice import Choice
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.collect.uploads import Upload, file_of, folder_of, get, put, read_upload
from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_, _, current_language, speaking
from tenshu.kit.progress import NoProgress

#: A larger file is looked into by a process of its own, in bytes.
ALONE_FROM: Final = 3_000_000
#: Whoever looks longer than this, in seconds, is stopped.
_AT_MOST: Final = 300.0
_CELLS: Final = "cells"


class NotReadable(FileRefused):
    """A file could not be looked into; what was wrong is kept as the template and the facts of the error."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)

    def text(self, language: str | None = None) -> str:
        """Return what was wrong, in the given language, else the current one."""
        return _(str(self.given["said"]), language, **{name: self.given[name] for name in self.given if name != "said"})


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """How to look.

    Attributes:
        zone: the shop's.
        currency: the shop's.
        at: when the file came.
        language: of names that are given to what has none.
        choices: what is said of the sheets already.
    """

    zone: str
    currency: str
    at: datetime
    language: str
    choices: tuple[Choice, ...] = ()

    @property
    def key(self) -> str:
        """Return what tells one way of looking from another."""
        return hashlib.blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, or what was wrong."""

    looked: Looked | None = None
    wrong: dict[str, str] | None = None


def look(home: Path, upload: Upload, *, zone: str, currency: str, choices: Sequence[Choice] = ()) -> Looked:
    """Return what an upload seems to hold, in the current language.

    Args:
        home: the shop's directory.
        upload: the upload.
        zone: the shop's.
        currency: the shop's.
        choices: what is said of sheets already; of the others the guess is returned.

    Raises:
        NotReadable: the file is no table, is protected, or would take too much.
        UploadGone: it was thrown away.
    """
    order = _Order(zone=zone, currency=currency, at=upload.at, language=current_language(), choices=tuple(choices))
    kept = folder_of(home, upload.id) / f"looked-{order.key}.json"
    seen = get(kept, _Seen)
    if seen is None:
        seen = _seen_alone(home, upload, order) if upload.size > ALONE_FROM else _seen(home, upload, order)
        put(kept, seen)
    if seen.looked is None:
        raise NotReadable(**(seen.wrong or {}))
    return seen.looked


def _seen(home: Path, upload: Upload, order: _Order) -> _Seen:
    """Look, in this process."""
    terms = ShopTerms(order.zone, order.currency, order.at)
    mappings = {choice.sheet: choice.mapping() for choice in order.choices}
    try:
        with speaking(order.language):
            opened = _opened(home, upload)
            return _Seen(looked=look_into(opened, name=upload.name, terms=terms, mappings=mappings))
    except TenshuError as problem:
        named = {"name": upload.name} if "name" in problem.given else {}
        given = {name: str(value) for name, value in problem.given.items()}
        return _Seen(wrong={**given, **named, "said": problem.template})


def _opened(home: Path, upload: Upload) -> Opened:
    """Return the cells of an upload, from where they are kept."""
    folder = folder_of(home, upload.id)
    cells = folder / f"{_CELLS}-{current_language()}"  # columns without a header are named in the language
    kept = get(cells / "opened.json", Opened)
    if kept is not None:
        return kept
    path = file_of(home, upload)
    container = inspect(path)
    shutil.rmtree(cells, ignore_errors=True)
    cells.mkdir()
    opened = open_file(path, container, scratch=cells, progress=NoProgress())
    put(cells / "opened.json", opened)
    return opened


def _seen_alone(home: Path, upload: Upload, order: _Order) -> _Seen:
    """Look, in a process of its own."""
    folder = folder_of(home, upload.id)
    put(folder / f"order-{order.key}.json", order)
    command = [sys.executable, "-m", "tenshu.collect.looking", str(home), upload.id, order.key]
    try:
        subprocess.run(command, capture_output=True, timeout=_AT_MOST, check=True)  # noqa: S603 - this very program
    except subprocess.SubprocessError:
        return _Seen(wrong={"said": TOO_MUCH, "name": upload.name})
    found = get(folder / f"seen-{order.key}.json", _Seen)
    return found or _Seen(wrong={"said": TOO_MUCH, "name": upload.name})


#: What is said of a file that ended, or outlasted, the process that looked into it.
TOO_MUCH: Final = N_(
    "The file {name} needs more memory or time than there is to look into it. "
    "Save its table as CSV, or split it, and choose it once more."
)


def main(arguments: Sequence[str]) -> None:
    """Look as a process of its own."""
    home, number, key = Path(arguments[0]), arguments[1], arguments[2]
    folder = folder_of(home, number)
    order = get(folder / f"order-{key}.json", _Order)
    assert order is not None  # noqa: S101 - whoever called has written it
    put(folder / f"seen-{key}.json", _seen(home, read_upload(home, number), order))


if __name__ == "__main__":
    main(sys.argv[1:])
