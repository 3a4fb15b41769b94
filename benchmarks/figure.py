"""What a part measured: one row of the table at the end.

A part is a module `part_<name>.py` with `run(folder, *, size, repeats) -> list[Figure]`: `folder` is empty and thrown
away, `size` is the share of the size that is asked for (1.0 = in full, 0.001 = a smoke run), every figure is the
median of `repeats` runs, and what is compared takes turns within one run.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Protocol

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure.

    Attributes:
        part: the part's name.
        what: what was measured, in a few words, with its size.
        value: the median.
        unit: of `value` and `baseline_value`, e.g. `s`, `facts/s`, `MB`.
        baseline: what it is compared with, by name; empty when it stands alone.
        baseline_value: the baseline's median.
        ratio: the compared one by the other, as the demand states it.
        demand: what is asked for, in words; empty when nothing is.
        is_met: whether the demand is met; None when nothing is asked for at this size.
        runs: each run's value, in order.
        syncs: durable writes a second beside the run, where the figure is a durable one.
        peak_bytes: the most memory that the measured process and its children held, where it was measured.
    """

    part: str
    what: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    ratio: float | None = None
    demand: str = ""
    is_met: bool | None = None
    runs: list[float] = []
    syncs: float | None = None
    peak_bytes: int | None = None


class Part(Protocol):
    """What a part's module has to offer."""

    def run(self, folder: Path, *, size: float, repeats: int) -> list[Figure]:
        """Measure; see the module."""
        ...


def middle(runs: Sequence[float]) -> float:
    """Return the median."""
    return float(median(runs))


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as one table of text."""
    head = ("part", "what", "figure", "baseline", "ratio", "demand", "met?", "fdatasync/s", "peak memory")
    rows = [head, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def save(path: Path, machine: str, figures: Sequence[Figure]) -> None:
    """Write the figures as JSON, with the machine they were measured on."""
    told = {"machine": machine, "figures": msgspec.to_builtins(figures)}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _cells(one: Figure) -> tuple[str, ...]:
    baseline = "" if one.baseline_value is None else f"{_number(one.baseline_value)} {one.unit} "
    return (
        one.part,
        one.what,
        f"{_number(one.value)} {one.unit}",
        f"{baseline}{one.baseline}",
        "" if one.ratio is None else f"{one.ratio:.2f}x",
        one.demand,
        {True: "yes", False: "NO", None: ""}[one.is_met],
        "" if one.syncs is None else f"{one.syncs:,.0f}",
        "" if one.peak_bytes is None else f"{one.peak_bytes / 1e6:,.0f} MB",
    )


def _number(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
