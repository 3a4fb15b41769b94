"""What the tests of the staff room share: a ledger, on a file or on each engine in turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a ledger that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("staff") / "ledger.sqlite"
    made = Ledger(path)
    upgrade(made, "ledger")
    made.close()
    return path


@pytest.fixture
def ledger(tmp_path: Path, fresh: Path) -> Iterator[Ledger]:
    """A ledger that is up to date."""
    made = Ledger(Path(shutil.copyfile(fresh, tmp_path / "ledger.sqlite")))
    yield made
    made.close()


@pytest.fixture
def either(place: Path | PostgresPlace, fresh: Path) -> Iterator[Ledger]:
    """The same on each engine in turn."""
    if isinstance(place, Path):
        shutil.copyfile(fresh, place)
    made = Ledger(place)
    upgrade(made, "ledger")
    yield made
    made.close()
