"""Processes of a suite: started, killed at a moment, waited for."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def start(module: str, *arguments: object, failpoint: str = "") -> "subprocess.Popen[str]":
    """Start a module of this folder as a process; it is told apart by what it prints."""
    environment = os.environ | {"TENSHU_FAILPOINT": failpoint, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.crash.{module}", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )


def ready(child: "subprocess.Popen[str]") -> str:
    """Wait for the child's first line and return it; empty when it has ended."""
    return child.stdout.readline().strip() if child.stdout is not None else ""


def ask(child: "subprocess.Popen[str]", line: str) -> str:
    """Give the child a line and return its answer; empty when it died of it."""
    if child.stdin is None:
        return ""
    try:
        child.stdin.write(f"{line}\n")
        child.stdin.flush()
    except BrokenPipeError:
        return ""
    return ready(child)


def kill(child: "subprocess.Popen[str]") -> bool:
    """Kill it with nothing cleaned up; say whether it was alive."""
    if child.poll() is None:
        os.kill(child.pid, signal.SIGKILL)
    return ended(child) == -signal.SIGKILL


def ended(child: "subprocess.Popen[str]", timeout: float = 120) -> int:
    """Wait for its end and return how it ended."""
    try:
        status = child.wait(timeout)
    finally:
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
    return status


@contextmanager
def sink(log: Path, rest: float = 0.0) -> Iterator[int]:
    """Run a receiver; give its port."""
    child = start("sink", log, "--rest", rest)
    try:
        yield int(ready(child))
    finally:
        kill(child)


def lines(path: Path) -> Sequence[str]:
    """Return the whole lines of a log; none when nothing was written."""
    return path.read_text().splitlines() if path.exists() else []
