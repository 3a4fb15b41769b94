"""The whole demo as a user runs it: the command, in a fresh home, without serving."""

from pathlib import Path
from typing import Any

import msgspec

from benchmarks.child import measure
from benchmarks.figure import Figure
from benchmarks.machine import durable_writes_per_second


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:  # noqa: ARG001 - the demo is what it is
    """Run the demo once: nothing is asked of it but that one does not have to wait for it."""
    told = folder / "demo.json"
    syncs = durable_writes_per_second(folder)
    called = ["demo", "--home", str(folder / "home"), "--no-serve", "--json", str(told)]
    done = measure("benchmarks.command:run", arguments=called)
    report: dict[str, Any] = msgspec.json.decode(told.read_bytes())
    sent = sum(one["sent"] for one in report["outreaches"])
    return [
        Figure(
            part="demo",
            what=f"{report['orders']:,} orders imported, 60 days simulated, {sent:,} mails sent",
            value=done.seconds,
            unit="s",
            runs=[done.seconds],
            syncs=syncs,
            peak_bytes=done.peak_bytes,
        )
    ]
