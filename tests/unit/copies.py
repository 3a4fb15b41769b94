"""Shops that many tests begin with: made once, and copied for each of them."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tenshu.bootstrap import Shop, open_shop
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY, POSTGRES

_MADE: Final[dict[str, Path]] = {}


def copied(home: Path, key: str, make: Callable[[Path], Shop]) -> Shop:
    """Return a shop made as told: the first of that key is made, the others are copies of it, ten times as fast.

    Args:
        home: an empty folder.
        key: of what is made.
        make: makes it in a folder; its clock stands at Monday noon.
    """
    if POSTGRES in os.environ:
        return make(home)
    if key not in _MADE:
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        make(Path(folder) / "home").close()
        _MADE[key] = Path(folder) / "home"
    shutil.copytree(_MADE[key], home)
    return open_shop(home, clock=SetClock(MONDAY), is_prepared=True)
