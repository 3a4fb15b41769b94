"""A CSV import of a million purchase rows and of a tenth of them: the whole command, its memory and its time."""

from pathlib import Path
from typing import Any, Final

from benchmarks.child import Measured, measure
from benchmarks.figure import Figure, middle
from benchmarks.machine import durable_writes_per_second
from benchmarks.purchases_csv import write_purchases

MANY: Final = 1_000_000
FEW: Final = 100_000
AT_MOST: Final = 1.3


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:
    """Import both files in turn, each into a fresh home by the command in a process of its own."""
    counts = {rows: max(200, round(rows * size)) for rows in (MANY, FEW)}
    files = {rows: folder / f"{rows}.csv" for rows in counts}
    for rows, path in files.items():
        write_purchases(path, rows=counts[rows])
    done: dict[int, list[Measured]] = {rows: [] for rows in counts}
    syncs = []
    for turn in range(repeats):
        for rows, path in files.items():
            syncs.append(durable_writes_per_second(folder))
            home = str(folder / f"home-{rows}-{turn}")
            done[rows].append(measure("benchmarks.command:run", arguments=["import", str(path), "--home", home]))
    return _figures(done, counts, middle(syncs))


def _figures(done: dict[int, list[Measured]], counts: dict[int, int], syncs: float) -> list[Figure]:
    peaks = {rows: [one.peak_bytes / 1e6 for one in runs] for rows, runs in done.items()}
    times = {rows: [one.seconds for one in runs] for rows, runs in done.items()}
    many, few = middle(peaks[MANY]), middle(peaks[FEW])
    slow, fast = middle(times[MANY]), middle(times[FEW])
    compared = f"{counts[FEW]:,} rows"
    return [
        Figure(
            part="import",
            what=f"memory of a CSV import, {counts[MANY]:,} rows",
            value=many,
            unit="MB",
            baseline=compared,
            baseline_value=few,
            ratio=many / few,
            demand=f"<= {AT_MOST:g}x",
            is_met=many <= AT_MOST * few,
            runs=peaks[MANY],
            syncs=syncs,
            peak_bytes=round(many * 1e6),
        ),
        Figure(
            part="import",
            what=f"time of it, {counts[MANY] / slow:,.0f} rows/s",
            value=slow,
            unit="s",
            baseline=compared,
            baseline_value=fast,
            ratio=slow / fast,
            runs=times[MANY],
            syncs=syncs,
        ),
    ]


def stage(path: str, folder: str) -> dict[str, Any]:
    """Only read the file, up to the staged facts; to see which half of an import grows."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from tenshu.collect.connectors.file.stage import stage_file  # noqa: PLC0415 - nothing is loaded that is not used

    received_at = datetime(2026, 6, 2, tzinfo=UTC)
    staged = stage_file(
        Path(path), shop_zone="Asia/Tokyo", currency="JPY", received_at=received_at, folder=Path(folder)
    )
    return {"rows": staged.rows, "facts": staged.facts}
