"""An owner that dies in the middle of an import comes back and ends it, once; the command waits for it."""

from pathlib import Path

import pytest

from tenshu.bootstrap import open_shop
from tenshu.kit.clock import SystemClock
from tests.unit.serve.served import make_home, noon_zone, serving, told, write_purchases


@pytest.mark.parametrize("point", ["digest.storing", "digest.stored"])
def test_an_import_beside_an_owner_that_dies_of_it_is_taken_once(tmp_path: Path, point: str) -> None:
    home = make_home(tmp_path / "home")
    now = SystemClock().now()
    file = write_purchases(tmp_path / "a.csv", ["S-1", "S-2"], order="A", zone=noon_zone(now))
    dying = {"TENSHU_FAILPOINT": f"{point}:kill"}
    with serving(home, tmp_path / "log", "--only", "owner", environment=dying) as served:
        served.wait_ready("owner")
        assert "2 taken" in told("import", file, "--home", home, "--yes")
        assert served.said().count("owner was killed by SIGKILL") == 1
        shop = open_shop(home, access="ask")
        bought = shop.warehouse.frame("SELECT count(*)::BIGINT AS orders FROM orders WHERE order_no LIKE 'A-%'")
        shop.close()
        assert bought.item() == 2
        assert served.stop() == 0
