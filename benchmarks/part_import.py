"""Time reading the demo's two files, a workbook and a CP932 file of 541,909 lines, up to the staged facts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.machine import timed
from tenshu.collect.connectors.file.stage import StagedImport, stage_file
from tenshu.rehearse.demo.files import write_owner_files


def run(folder: Path) -> Iterator[str]:
    """Write the two files, then stage each of them."""
    seconds, files = timed(partial(write_owner_files, folder / "files"))
    yield f"{seconds:.1f} s to write the two files"
    for path in (files.roster, files.purchases):
        seconds, staged = timed(partial(stage, path, folder))
        rate, size = staged.rows / seconds, path.stat().st_size / 1e6
        yield f"{seconds:.1f} s for {path.name}: {staged.rows:,} rows ({rate:,.0f} a second), {size:.1f} MB"


def stage(path: Path, folder: Path) -> StagedImport:
    """Read one file as an import does, up to the staged Parquet file."""
    received_at = datetime(2011, 12, 10, tzinfo=UTC)
    staged = folder / "staged"
    return stage_file(path, shop_zone="Europe/London", currency="GBP", received_at=received_at, folder=staged)
