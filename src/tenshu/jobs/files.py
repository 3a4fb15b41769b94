"""What the owner and the child say to each other: small JSON files in the attempt's folder, each written whole.

order.json     owner -> child   what to do
progress.json  child -> owner   how far it is
result.json    child -> owner   done; the files are in result/
error.json     child -> owner   it cannot be done, and why
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from tenshu.jobs.kinds import Work
from tenshu.jobs.queue import Step
from tenshu.kit.clock import elapsed

ORDER: Final = "order.json"
PROGRESS: Final = "progress.json"
RESULT: Final = "result.json"
ERROR: Final = "error.json"
LOG: Final = "log.txt"
#: Below the home: where `progress.json` tells how far the digestion of a large import is.
DIGESTING: Final = "imports/digesting"
#: Progress is written at most so often, in seconds.
TELL_EVERY: Final = 0.5

T = TypeVar("T")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is asked to do."""

    key: str
    module: str
    home: str
    given: dict[str, Any]
    now: datetime

    def work(self, folder: Path) -> Work:
        """Return what the kind's functions are told."""
        return Work(key=self.key, folder=folder, home=Path(self.home), given=self.given, now=self.now)


class FileProgress:
    """Progress that is written to a file, not too often.

    Args:
        folder: where `progress.json` goes.
        every: seconds between two writings; what completes a stage is always written.
    """

    def __init__(self, folder: Path, *, every: float = TELL_EVERY) -> None:
        self._folder = folder
        self._every = every
        self._told_at: float | None = None

    def step(self, text: str, done: float, total: float | None = None) -> None:
        """Say what is going on; `done` and `total` are in the unit that the text names."""
        now = elapsed()
        is_last = total is not None and done >= total
        if is_last or self._told_at is None or now - self._told_at >= self._every:
            self._told_at = now
            put(self._folder / PROGRESS, Step(text, done, total))


def put(path: Path, value: Any) -> None:
    """Write a value so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(msgspec.json.encode(value))
    os.replace(part, path)


def get(path: Path, kind: type[T]) -> T | None:
    """Return what a file says, or None when it is not there."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
