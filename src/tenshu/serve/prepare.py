"""Bring a home's stores up to date before its processes start, in a process of its own that ends at once.

The supervisor must stay small: what reads a database lives here. In a home in which nobody works yet it makes the
link with which the first owner comes in; what is said between the two processes goes through a pipe.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Prepared(NamedTuple):
    """What the one who serves a home must know of it.

    Attributes:
        is_rehearsed: whether its clock stands still: it is shown and does nothing.
        is_new: whether it was made just now.
        set_up: the path of the link to set it up, for 24 hours; None when somebody works here, or nobody has to.
    """

    is_rehearsed: bool
    is_new: bool
    set_up: str | None


def prepare(home: Path) -> Prepared:
    """Bring the stores up to date; an empty or new folder becomes the home of a new shop.

    Raises:
        HomeMissing: the folder holds something that is no shop.
        TenshuError: its stores cannot be opened.
    """
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", __name__, str(home)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if told.returncode != 0:
        return _prepare_here(home)  # says in this process what is wrong
    return Prepared(*json.loads(told.stdout))


def _prepare_here(home: Path) -> Prepared:
    from tenshu.bootstrap import open_shop  # noqa: PLC0415 - see the module
    from tenshu.staff.audit import TERMINAL, record  # noqa: PLC0415
    from tenshu.staff.links import make_link  # noqa: PLC0415
    from tenshu.staff.people import has_people  # noqa: PLC0415

    is_new = not home.exists() or (home.is_dir() and not any(home.iterdir()))
    shop = open_shop(home, create=is_new, access="ask")
    try:
        if shop.is_rehearsed:
            return Prepared(is_rehearsed=True, is_new=False, set_up=None)
        now = shop.clock.now()
        with shop.ledger.writing() as tx:
            if has_people(tx):
                return Prepared(is_rehearsed=False, is_new=is_new, set_up=None)
            token = make_link(tx, "set_up", now=now)
            record(tx, "set_up_link_made", by=TERMINAL, now=now)
        return Prepared(is_rehearsed=False, is_new=is_new, set_up=f"/set-up/{token}")
    finally:
        shop.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_prepare_here(Path(sys.argv[1]))))
