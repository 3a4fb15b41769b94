"""Time the whole demo as a user runs it: the command, in a fresh home, without serving."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.machine import timed


def run(folder: Path) -> Iterator[str]:
    """Run the demo once and tell how long it took for how many mails."""
    told = folder / "demo.json"
    program = "from tenshu.cli.main import main; main()"
    called = [sys.executable, "-c", program, "demo", "--home", str(folder / "home"), "--no-serve", "--json", str(told)]
    seconds, done = timed(lambda: subprocess.run(called, capture_output=True, text=True, check=False))
    if done.returncode != 0:
        yield f"failed after {seconds:.0f} s: {done.stderr.strip().splitlines()[-1:]}"
        return
    report = msgspec.json.decode(told.read_bytes())
    sent = sum(one["sent"] for one in report["outreaches"])
    yield f"{seconds:.1f} s: {report['orders']:,} orders imported, {sent:,} mails sent"
