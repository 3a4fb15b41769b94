"""What the owner does by name: an import undone, a backup begun."""

from pathlib import Path

from tenshu import flow
from tenshu.flow import Live
from tenshu.testing import small_shop as cast
from tenshu.web.console.asked import ask
from tenshu.web.console.keeping.orders import undo
from tests.unit.flow.imports import bring


def test_import_is_undone_by_name_and_a_second_time_says_the_same(tmp_path: Path) -> None:
    shop, _clock = cast.open_small_shop(tmp_path / "home")
    live = Live(shop, shop.settings.zone)
    bring(shop, "list", [cast.order("N-1", "n", shop.clock.now())], at=shop.clock.now())
    flow.digest_all(shop, now=shop.clock.now(), live=live)
    told = undo(shop, live, import_id="list", by="山田")
    assert (told["name"], told["facts"], told["people"]) == ("list.csv", 1, 1)
    assert ask(shop, "undo_import", import_id="list") == told
    assert ask(shop, "backup_under_way") == {"name": ""}
    shop.close()
