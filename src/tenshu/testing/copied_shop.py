"""Shops that many tests begin with: made once by a process and copied from then on, ten times as fast.

Where the environment names a PostgreSQL server (`POSTGRES`), ledger and inbox are kept there, a database for each shop.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from tenshu.bootstrap import Shop, open_shop
from tenshu.kit.clock import Clock
from tenshu.store.place import PostgresChoice, read_choice, write_choice
from tenshu.testing.postgres_server import run_alone

#: The variable of the environment that holds the URL of a database whose server is used.
POSTGRES: Final = "TENSHU_SMALL_SHOP_POSTGRES"

_MADE: Final[dict[tuple[str, str | None], Path]] = {}
_ON_SERVERS: Final[list[tuple[Shop, str]]] = []
_NUMBERS: Final = count(1)


def copied_shop(home: Path, key: str, make: Callable[[Path], Shop], *, clock: Clock) -> Shop:
    """Return a shop made as told: the first of that key is made and closed, and all are copies of it.

    Args:
        home: an empty folder; a shop for which another database was chosen already is made there.
        key: of what is made; what the clock says is part of it where that matters.
        make: makes it in a folder, its stores where `choose_engine` says, with the same clock.
        clock: of the shop.
    """
    if read_choice(home) is not None:
        return make(home)
    shutil.copytree(_pattern(key, make), home, dirs_exist_ok=True)
    choice = read_choice(home)
    if choice is None:
        return open_shop(home, clock=clock, is_prepared=True)
    copy = _new_database(choice.url, like=make_url(choice.url).database or "")
    write_choice(home, PostgresChoice(copy, choice.schema_prefix))
    shop = open_shop(home, clock=clock, is_prepared=True)
    _ON_SERVERS.append((shop, copy))
    return shop


def choose_engine(home: Path) -> None:
    """Let the shop that is to be made in this folder keep ledger and inbox where it or the environment says."""
    server = os.environ.get(POSTGRES)
    if server is not None and read_choice(home) is None:
        write_choice(home, PostgresChoice(_new_database(server, like="template1")))


def close_all() -> None:
    """Let go of what copied shops have in PostgreSQL, and of the connections that a test left open."""
    while _ON_SERVERS:
        shop, url = _ON_SERVERS.pop()
        shop.ledger.close()
        shop.inbox.close()
        run_alone(_postgres_of(url), f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _pattern(key: str, make: Callable[[Path], Shop]) -> Path:
    """Return the closed home that others are copied from; it goes with the process."""
    place = key, os.environ.get(POSTGRES)
    if place not in _MADE:
        folder = Path(tempfile.mkdtemp(prefix="tenshu-copied-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        make(folder / "home").close()
        _ON_SERVERS[:] = [one for one in _ON_SERVERS if one[0].home != folder / "home"]
        _MADE[place] = folder / "home"
    return _MADE[place]


def _new_database(server: str, *, like: str) -> str:
    """Return the URL of a new database on the server of that URL, with what the database of that name holds."""
    name = f"copied_{os.getpid()}_{next(_NUMBERS)}"
    run_alone(_postgres_of(server), f"CREATE DATABASE {name} TEMPLATE {like}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _postgres_of(url: str) -> str:
    """Return the database from which others are made and dropped."""
    return make_url(url).set(database="postgres").render_as_string(hide_password=False)
