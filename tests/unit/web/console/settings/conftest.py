"""A small shop for each test: one is made, and every test gets a copy of its home."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.kit.clock import SetClock
from tenshu.testing.small_shop import MONDAY, open_small_shop


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is only copied."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    open_small_shop(home)[0].close()
    return home


@pytest.fixture
def own_shop(prepared_home: Path, tmp_path: Path) -> Iterator[Shop]:
    """A shop that a test may change."""
    home = shutil.copytree(prepared_home, tmp_path / "home")
    opened = open_shop(home, clock=SetClock(MONDAY), is_prepared=True)
    yield opened
    opened.close()
