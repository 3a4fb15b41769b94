"""Write requirements/*.txt from what is installed: every library with its exact version, no index addresses.

Install what pyproject.toml asks for, run the tests, then run this in the same environment:

    .venv/bin/python scripts/pin_requirements.py
"""

import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Written by scripts/pin_requirements.py from pyproject.toml and what is installed.\n"


def closure(wanted: list[str]) -> dict[str, str]:
    """Return name and installed version of every library asked for, and of what those ask for in turn."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(line), "") for line in wanted]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        installed = distribution(name)
        found[name] = installed.version
        for asked_extra in ["", *requirement.extras]:
            if (name, asked_extra) not in seen:
                seen.add((name, asked_extra))
                waiting += [(Requirement(line), asked_extra) for line in installed.requires or []]
    return found


def lines(pins: dict[str, str], without: dict[str, str]) -> list[str]:
    """Return the requirement lines of these pins, less those that another file has already."""
    return [f"{name}=={version}" for name, version in sorted(pins.items()) if name not in without]


def main() -> None:
    """Write run.txt, build.txt and dev.txt."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = closure(declared["project"]["dependencies"])
    build = closure(declared["dependency-groups"]["build"])
    dev = closure(declared["dependency-groups"]["dev"])
    files = {
        "run": lines(run, {}),
        "build": lines(build, {}),
        "dev": lines(dev, run | build),
    }
    for name, pins in files.items():
        (ROOT / "requirements" / f"{name}.txt").write_text(HEAD + "\n".join(pins) + "\n", encoding="utf-8")
        sys.stdout.write(f"requirements/{name}.txt: {len(pins)} libraries\n")


if __name__ == "__main__":
    main()
