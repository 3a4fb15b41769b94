"""Run a function in a process of its own and tell how long it took and how much memory it held.

The peak is the larger of two: what the kernel noted for the process itself, and the sum over the process and its
children, looked at every 20 ms. Imports count: they are memory that a user pays for.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from tenshu.serve.lean import LEAN

ROOT: Final = Path(__file__).resolve().parent.parent
_LOOK_EVERY: Final = 0.02
_MARK: Final = "measured: "


class Measured(msgspec.Struct, frozen=True):
    """What a run in a child process gave.

    Attributes:
        told: what the function returned.
        seconds: from start to end of the process, imports included.
        peak_bytes: the most memory that it and its children held together.
    """

    told: Any
    seconds: float
    peak_bytes: int


class ChildFailed(Exception):
    """The measured process ended with an error."""


def measure(target: str, /, *, threads: int | None = None, is_served: bool = False, **given: Any) -> Measured:
    """Call `module:function` with what JSON can carry, in a fresh Python, and measure it.

    Args:
        target: e.g. `benchmarks.part_rfm:compare`; its result must fit into JSON.
        threads: how many threads polars may use; None leaves it alone.
        is_served: start it with the settings that `tenshu serve` starts its processes with.
        given: the function's arguments.

    Raises:
        ChildFailed: it ended with an error, which is in the text.
    """
    called = [sys.executable, "-m", "benchmarks.child", target, json.dumps(given)]
    limits = {"POLARS_MAX_THREADS": str(threads)} if threads else {}
    # Not the other way round: polars, where this process has loaded it, has put its own choice into the environment.
    environment = os.environ | (LEAN if is_served else {}) | limits
    start = time.perf_counter()
    with subprocess.Popen(
        called, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watch = _Watch(process.pid)
        out, error = process.communicate()
        seconds = time.perf_counter() - start
        seen = watch.stop()
    lines = [line for line in out.splitlines() if line.startswith(_MARK)]
    if process.returncode or not lines:
        raise ChildFailed(f"{target} ended with {process.returncode}: {error.strip()[-2000:]}")
    said = json.loads(lines[-1].removeprefix(_MARK))
    return Measured(said["told"], seconds, max(int(said["peak"]), seen))


def run_until_killed(target: str, /, **given: Any) -> None:
    """Call `module:function` in a fresh Python that is to kill itself.

    Raises:
        ChildFailed: it ended in any other way.
    """
    called = [sys.executable, "-m", "benchmarks.child", target, json.dumps(given)]
    done = subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != -signal.SIGKILL:
        raise ChildFailed(f"{target} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")


def peak_of(pid: int | str = "self") -> int:
    """Return the most memory a living process has held so far, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


class _Watch:
    """Looks at a process and its children until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._most = max(self._most, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _serve(target: str, given: str) -> None:
    module, _, name = target.partition(":")
    told = getattr(importlib.import_module(module), name)(**json.loads(given))
    sys.stdout.flush()
    print(f"\n{_MARK}{json.dumps({'told': told, 'peak': peak_of()})}", flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])
