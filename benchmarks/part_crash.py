"""Kills at random and at every fail point, races and a full disk, as rows of the table: lost, twice, in doubt."""

from pathlib import Path

from benchmarks.crash.found import Found
from benchmarks.crash.suites import SUITES
from benchmarks.figure import Figure
from benchmarks.machine import durable_writes_per_second


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:  # noqa: ARG001 - each suite repeats by itself
    """Run every suite once."""
    made = []
    for name, suite in SUITES.items():
        place = folder / name
        place.mkdir()
        syncs = durable_writes_per_second(place)
        made.append(_figure(suite(place, size), syncs))
    return made


def _figure(found: Found, syncs: float) -> Figure:
    """Return lost and twice together as the figure: both must be 0."""
    return Figure(
        part="crash",
        what=f"{found.suite}: {found.things:,} promised, {found.kills} kills, lost {found.lost}, twice {found.twice}, "
        f"in doubt {found.in_doubt} of {found.at_most} allowed, account {'closes' if found.closes else 'OPEN'}",
        value=found.lost + found.twice,
        unit="lost or twice",
        demand="0, account closes",
        is_met=found.is_good,
        syncs=syncs,
    )
