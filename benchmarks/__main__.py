"""Run the benchmarks that exist: `make bench`, or one part by name with `make bench PART=import`."""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import describe

#: Part -> what is timed. Each is a module `benchmarks/part_<name>.py` with `run(folder)` that yields lines.
PARTS: Final = {
    "import": "reading a purchase history of half a million lines",
    "demo": "the whole demo, from two files to the report",
}


def main(wanted: list[str]) -> int:
    """Run the parts that were asked for, or all."""
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        known = "\n".join(f"  {name:<8} {what}" for name, what in PARTS.items())
        print(f"There is no part {', '.join(unknown)}. The parts are:\n{known}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        print(describe(Path(folder)))
    for name in wanted or PARTS:
        print(f"\n{name}: {PARTS[name]}")
        with tempfile.TemporaryDirectory() as folder:
            for line in importlib.import_module(f"benchmarks.part_{name}").run(Path(folder)):
                print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
