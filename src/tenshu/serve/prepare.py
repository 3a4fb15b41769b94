"""Bring a home's stores up to date before its processes start, in a process of its own that ends at once.

The supervisor must stay small: what reads a database lives here.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

#: How the child says that the shop is a rehearsed one.
_REHEARSED: Final = "rehearsed"


def prepare(home: Path) -> bool:
    """Bring the stores up to date; return whether the shop is a rehearsed one, whose clock stands still.

    Raises:
        HomeMissing: there is no shop.
        TenshuError: its stores cannot be opened.
    """
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", __name__, str(home)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if told.returncode != 0:
        return _prepare_here(home)  # says in this process what is wrong
    return told.stdout.decode().strip() == _REHEARSED


def _prepare_here(home: Path) -> bool:
    from tenshu.bootstrap import open_shop  # noqa: PLC0415 - see the module
    from tenshu.kit.clock import SetClock  # noqa: PLC0415

    shop = open_shop(home, access="ask")
    try:
        return isinstance(shop.clock, SetClock)
    finally:
        shop.close()


if __name__ == "__main__":
    sys.stdout.write(_REHEARSED if _prepare_here(Path(sys.argv[1])) else "")
