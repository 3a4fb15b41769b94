"""What a figure was measured on, and how long something took."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
SYNCS = 200


def describe(folder: Path) -> str:
    """Return the machine in one line, with how often a second its disk makes a small write durable."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{durable_writes_per_second(folder):,.0f} durable writes/s"
    )


def durable_writes_per_second(folder: Path) -> float:
    """Return how many small writes a second reach the disk; every durable figure depends on it."""
    path = folder / "sync-probe"
    with path.open("wb", buffering=0) as handle:
        start = time.perf_counter()
        for _ in range(SYNCS):
            handle.write(b"x" * 512)
            os.fdatasync(handle.fileno())
        taken = time.perf_counter() - start
    path.unlink()
    return SYNCS / taken


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the seconds that the work took, and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result
