"""The suites as one part of `make bench`: how many were lost, came twice or are in doubt."""

from pathlib import Path

from benchmarks.crash.found import Found
from benchmarks.crash.suites import SUITES
from benchmarks.figure import Figure


def run(folder: Path, *, size: float, repeats: int) -> list[Figure]:  # noqa: ARG001 - one run of many kills
    """Run every suite once."""
    made: list[Figure] = []
    for name, suite in SUITES.items():
        place = folder / name
        place.mkdir()
        made += figures(suite(place, size))
    return made


def figures(found: Found) -> list[Figure]:
    """Return a suite's figures."""
    what = f"{found.suite}: {found.things:,} promised, {found.kills} kills"
    is_within = found.in_doubt <= found.at_most
    most = f"at most kills x W = {found.at_most}"
    return [
        Figure(part="crash", what=f"{what}: lost", value=found.lost, unit="", demand="0", is_met=found.lost == 0),
        Figure(part="crash", what=f"{what}: twice", value=found.twice, unit="", demand="0", is_met=found.twice == 0),
        Figure(part="crash", what=f"{what}: in doubt", value=found.in_doubt, unit="", demand=most, is_met=is_within),
    ]
