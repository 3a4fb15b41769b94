"""What the tests of commands share: a language that no test leaves behind, and a home with the cast in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.kit.i18n import speaking
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop
from tests.unit.cli.terminal import clock_stands_at


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def small_home(tmp_path: Path) -> Path:
    """Return the closed home of the small shop with its template; its clock stands at Monday noon in Tokyo."""
    shop, _ = open_small_shop(tmp_path / "home")
    add_template(shop)
    shop.close()
    clock_stands_at(tmp_path / "home", MONDAY)
    return tmp_path / "home"
