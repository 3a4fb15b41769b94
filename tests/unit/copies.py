"""Shops that many tests begin with, their clock at Monday noon."""

from collections.abc import Callable
from pathlib import Path

from tenshu.bootstrap import Shop
from tenshu.kit.clock import SetClock
from tenshu.testing.copied_shop import copied_shop
from tenshu.testing.small_shop import MONDAY


def copied(home: Path, key: str, make: Callable[[Path], Shop]) -> Shop:
    """Return a shop made as told: the first of that key is made, and all are copies of it.

    Args:
        home: an empty folder.
        key: of what is made.
        make: makes it in a folder; its clock stands at Monday noon.
    """
    return copied_shop(home, key, make, clock=SetClock(MONDAY))
