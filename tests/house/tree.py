"""The checkout as the house rules see it: its files, without what was made from them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = frozenset(
    {".git", ".venv", "build", "dist", "demo-home", "node_modules", "vendor", "__pycache__", ".hypothesis"}
    | {".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
BINARY = frozenset({".parquet", ".png", ".xlsx", ".gif", ".ico", ".woff2"})


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the checkout, relative to its root: git's list, or a walk where there is no git."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        found = {Path(name) for name in listed if name}
    except (OSError, subprocess.CalledProcessError):
        found = {path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()}
    return tuple(sorted(path for path in found if not MADE & set(path.parts) and (ROOT / path).is_file()))


def python_files(*folders: str) -> tuple[Path, ...]:
    """Return the Python files under these folders, or all of them."""
    return tuple(path for path in files() if path.suffix == ".py" and (not folders or path.parts[0] in folders))


def text_files() -> tuple[Path, ...]:
    """Return the files that a person could read."""
    return tuple(path for path in files() if path.suffix not in BINARY)


def read(path: Path) -> str:
    """Return a file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


def rooms() -> tuple[str, ...]:
    """Return the rooms: the packages right under src/tenshu."""
    package = ROOT / "src" / "tenshu"
    return tuple(sorted(path.parent.name for path in package.glob("*/__init__.py")))
