"""From the demo to one's own shop: a home of its own beside the demo's, with its own link for the first owner."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tenshu.bootstrap import REHEARSED_UNTIL
from tenshu.store.place import is_home
from tenshu.store.settings import write_setting
from tenshu.testing.small_shop import MONDAY, open_small_shop
from tenshu.web.console.guide.own import NAME, OwnShopRefused, begin, end_all
from tests.unit.web.console.visiting import visiting


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    end_all()


def test_ones_own_shop_begins_beside_the_demo_and_answers_with_its_set_up(tmp_path: Path) -> None:
    address = begin(tmp_path / "demo-home")
    assert is_home(tmp_path / NAME)
    assert "/set-up/" in address
    assert begin(tmp_path / "demo-home") == address  # a second click makes no second shop
    with urlopen(address, timeout=20) as answer:  # noqa: S310 - this machine
        assert answer.status == 200


def test_a_place_that_is_taken_is_said_with_a_way_on(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("a file, no folder", "utf-8")
    with pytest.raises(OwnShopRefused) as refused:
        begin(tmp_path / "demo-home")
    assert "tenshu serve --home" in refused.value.text("en")
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_the_way_to_ones_own_shop_is_there_in_a_rehearsed_shop_alone(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "home")
    with visiting(shop, role="owner", language="en") as owner:
        assert owner.get("/own").status_code == 404  # its clock stands still, and its people are real
        with shop.ledger.writing() as tx:
            write_setting(tx, REHEARSED_UNTIL, MONDAY.isoformat())
        assert owner.get("/own").status_code == 200
    shop.close()
