"""A home with one person of each role, made once a run and copied for each test: most of its cost is the small shop."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from tenshu.bootstrap import Access, Shop, open_shop
from tenshu.condition import parse
from tenshu.kit.clock import SetClock
from tenshu.segment.saved import save_segment
from tenshu.testing.small_shop import MONDAY, add_template, everybody, open_small_shop, start
from tests.unit.web.console.doors import hire_everybody


def crew_home(folder: Path, *, is_lived_in: bool = True, access: Access = "ask") -> tuple[Shop, SetClock]:
    """Return a shop of its own with its clock.

    Args:
        folder: where its home goes.
        is_lived_in: whether the people of each role work there, or nobody yet.
        access: `ask` leaves the warehouse closed, which the pages of entry and people do not need.
    """
    home = folder / "home"
    shutil.copytree(_made(is_lived_in), home)
    clock = SetClock(MONDAY)
    return open_shop(home, clock=clock, access=access, is_prepared=True), clock


@cache
def _made(is_lived_in: bool) -> Path:  # noqa: FBT001
    home = Path(tempfile.mkdtemp()) / "home"
    shop, _clock = open_small_shop(home)
    add_template(shop)
    start(shop)
    with shop.ledger.writing() as tx:
        save_segment(tx, "hello", {"ja": "皆さま", "en": "Everybody"}, parse(everybody()), now=MONDAY)
    if is_lived_in:
        hire_everybody(shop)
    shop.close()
    return home
