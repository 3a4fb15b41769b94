"""Run the benchmarks: all short parts, or those that are named.

`make bench`, `make bench PART="rfm mail"`, `make bench-rfm`; options: `make bench BENCH="--size 0.01 --json out.json"`.
"""

import argparse
import importlib
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.figure import Figure, save, table
from benchmarks.machine import describe, timed

#: Part -> (module below benchmarks, what is timed). `make bench` runs these.
PARTS: Final = {
    "rfm": ("part_rfm", "RFM and deciles against the same SQL by hand in the same engine"),
    "import": ("part_import", "a CSV import of many and of few rows: memory and time"),
    "digest": ("part_digest", "facts from the inbox to the warehouse, against loops over facts"),
    "mail": ("part_mail", "mails rendered, recorded and handed over, against loops that record nothing"),
    "tick": ("part_tick", "one tick in a large and in a small shop; the way back after a kill"),
    "advance": ("part_advance", "a million walks due at once, against loops over customers; ingest beside it"),
    "pages": ("part_pages", "pages of the console and live counts in a large shop"),
    "demo": ("part_demo", "the whole demo, from two files to the report"),
}
#: Parts that take long and are run by name only.
LONG: Final = {
    "crash": ("part_crash", "kills at random and at every fail point: lost, twice, in doubt"),
}


def main(arguments: list[str]) -> int:
    """Run the parts that were asked for, or all short ones; say 1 when one could not be run."""
    asked = _parser().parse_args(arguments)
    known = PARTS | LONG
    unknown = sorted(set(asked.parts) - set(known))
    if unknown:
        listed = "\n".join(f"  {name:<8} {what}" for name, (_module, what) in known.items())
        print(f"There is no part {', '.join(unknown)}. The parts are:\n{listed}")
        return 2
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        machine = describe(Path(folder))
    print(machine, flush=True)
    figures: list[Figure] = []
    failed = [name for name in asked.parts or PARTS if not _ran(name, known[name], asked, figures)]
    print(f"\n{table(figures)}\n\n{machine}")
    if asked.json:
        save(asked.json, machine, figures)
    if failed:
        print(f"could not be run: {', '.join(failed)}")
    return bool(failed)


def _ran(name: str, part: tuple[str, str], asked: argparse.Namespace, figures: list[Figure]) -> bool:
    module, what = part
    print(f"\n{name}: {what}", flush=True)
    try:
        with _folder(name, asked) as folder:
            run = importlib.import_module(f"benchmarks.{module}").run
            seconds, made = timed(lambda: run(folder, size=asked.size, repeats=asked.repeats))
    except Exception:  # noqa: BLE001 - the other parts are run all the same, and the table is printed
        traceback.print_exc()
        return False
    figures += made
    print(f"{table(made)}\n({seconds:.0f} s)", flush=True)
    return True


@contextmanager
def _folder(name: str, asked: argparse.Namespace) -> Iterator[Path]:
    """Give a part an empty folder; one that is kept has the `homes` of the last run in it."""
    if not asked.keep:
        with tempfile.TemporaryDirectory(dir=asked.folder) as made:
            yield Path(made)
        return
    folder = (asked.folder or Path(tempfile.gettempdir())) / f"tenshu-bench-{name}-{asked.size:g}"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if left.name != "homes":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    yield folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Time the product. Nothing is asserted.")
    parser.add_argument("parts", nargs="*", metavar="PART", help="all short ones when left out")
    parser.add_argument("--size", type=float, default=1.0, help="share of the asked size; 0.001 is a smoke run")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the median is told")
    parser.add_argument("--folder", type=Path, help="where homes are made; the system's own place when left out")
    parser.add_argument("--keep", action="store_true", help="keep prepared homes there for the next run of that size")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
