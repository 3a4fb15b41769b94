"""A shop with letters on its shelf, and somebody who writes them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop, open_shop, save_settings, save_templates
from tenshu.content.blocks.brand import Brand
from tenshu.content.shop import ShopSettings
from tenshu.content.starters import begin, starters
from tenshu.kit.clock import SetClock
from tenshu.testing.copied_shop import POSTGRES
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tests.unit.web.console.visiting import Visitor, visiting


def filled(home: Path) -> Shop:
    """Return a shop with two letters on its shelf."""
    shop, _clock = open_small_shop(home, people=3)
    settings = ShopSettings(name="小さな花屋", postal_address="東京都", public_url="https://mail.example.com")
    shop = save_settings(shop, settings)
    for starter in starters():
        if starter.name in {"welcome", "newsletter"}:
            save_templates(shop, [begin(starter, starter.name, title=starter.ja.title, brand=Brand())])
    return shop


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that each test gets a copy of."""
    path = tmp_path_factory.mktemp("letters") / "home"
    filled(path).close()
    return path


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if POSTGRES in os.environ:  # a copy of the folder would share the database
        opened = filled(tmp_path / "home")
    else:
        copied = Path(shutil.copytree(request.getfixturevalue("home"), tmp_path / "home"))
        opened = open_shop(copied, clock=SetClock(MONDAY), access="own", is_prepared=True)
    yield opened
    opened.close()


@pytest.fixture
def marketer(shop: Shop) -> Iterator[Visitor]:
    with visiting(shop, role="marketer") as visitor:
        yield visitor
