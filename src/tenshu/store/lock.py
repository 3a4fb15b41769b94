"""A file that one process holds: the system lets go of it when the process ends, however it ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Held by the process that keeps a home's other processes running.
SERVED: Final = "serve.lock"


class HeldFile:
    """Holds a file until it is closed or the process ends; its text is the holder's process number.

    Args:
        path: the file; it is made when it is not there, and stays.

    Raises:
        BlockingIOError: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def close(self) -> None:
        """Let go."""
        os.close(self._file)


def holder_of(path: Path) -> int | None:
    """Return the number of the process that holds the file, or None when nobody does."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        said = os.pread(file, 20, 0).decode("ascii", "replace")
        return int(said) if said.isdecimal() else 0
    finally:
        os.close(file)
