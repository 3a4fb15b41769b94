"""What the tests of imports share: a small shop, and somebody who may bring files."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop
from tenshu.kit.clock import SetClock
from tenshu.testing.copied_shop import POSTGRES
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tests.unit.web.console.visiting import Visitor, visiting


@pytest.fixture(scope="session")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a small shop, made once: to copy it takes a twentieth of the time."""
    home = tmp_path_factory.mktemp("kept") / "home"
    opened, _clock = open_small_shop(home)
    opened.close()
    return home


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A small shop that this process owns."""
    home = tmp_path / "home"
    if POSTGRES in os.environ:  # a copy of the folder would share the database
        opened, _clock = open_small_shop(home)
    else:
        shutil.copytree(request.getfixturevalue("kept_home"), home)
        opened = open_shop(home, clock=SetClock(MONDAY), is_prepared=True)
    yield opened
    opened.close()


@pytest.fixture
def owner(shop: Shop) -> Iterator[Visitor]:
    """Its owner, in Japanese."""
    with visiting(shop, role="owner", language="ja") as visitor:
        yield visitor


@pytest.fixture
def english(shop: Shop) -> Iterator[Visitor]:
    """Its owner, in English."""
    with visiting(shop, role="owner", language="en") as visitor:
        yield visitor
