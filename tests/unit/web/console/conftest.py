"""What tests of the console's pages may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.bootstrap import Shop
from tenshu.testing.small_shop import open_small_shop


@pytest.fixture
def console_shop(tmp_path: Path) -> Iterator[Shop]:
    """A small shop with a cast, in stores of its own."""
    shop, _clock = open_small_shop(tmp_path / "home")
    yield shop
    shop.close()
