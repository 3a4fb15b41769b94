"""`python -m benchmarks.crash [SUITE...] [--size 0.1]`: run suites of kills and print one table."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.crash.found import Found, table
from benchmarks.crash.suites import SUITES
from benchmarks.machine import describe


def main(arguments: list[str]) -> int:
    """Run the suites that were asked for, or all; say 1 when a promise was broken."""
    given = argparse.ArgumentParser(prog="benchmarks.crash")
    given.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    given.add_argument("--size", type=float, default=1.0, help="share of the kills and messages")
    asked = given.parse_args(arguments)
    found: list[Found] = []
    with tempfile.TemporaryDirectory() as folder:
        print(describe(Path(folder)), flush=True)
    for name in asked.suites or SUITES:
        with tempfile.TemporaryDirectory() as folder:
            found.append(SUITES[name](Path(folder), asked.size))
        print(table(found[-1:]).splitlines()[1], flush=True)
    print(f"\n{table(found)}")
    return int(not all(one.is_good for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
