"""A large import that is digested by a tick says how far it is; small news say nothing."""

from pathlib import Path

import pytest

from tenshu import flow
from tenshu.collect.connectors.file import stage_file
from tenshu.collect.importing import import_file
from tenshu.identify import digest
from tenshu.testing.small_shop import MONDAY, open_small_shop, order, tell


class Heard:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []

    def step(self, text: str, done: float, _total: float | None = None) -> None:
        self.steps.append((text, done))


def test_a_tick_tells_part_by_part_how_much_of_a_large_file_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "CHUNK", 100)
    shop, _clock = open_small_shop(tmp_path / "home")
    rows = "".join(f"{nth},客{nth},k{nth}@example.jp\n" for nth in range(350))
    (tmp_path / "list.csv").write_text(f"会員番号,氏名,メールアドレス\n{rows}", encoding="utf-8")
    staged = stage_file(
        tmp_path / "list.csv", shop_zone="Asia/Tokyo", currency="JPY", received_at=MONDAY, folder=shop.home / "imports"
    )
    import_file(shop.inbox, shop.ledger, staged, home=shop.home)
    heard = Heard()
    flow.tick(shop, shop.settings, now=MONDAY, address_key=shop.address_key, progress=heard)
    assert heard.steps == [("facts digested", 100), ("facts digested", 200), ("facts digested", 300)]
    shop.close()


def test_small_news_are_digested_without_a_word(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "home")
    tell(shop, [order("S-1", "later", MONDAY)])
    heard = Heard()
    flow.tick(shop, shop.settings, now=MONDAY, address_key=shop.address_key, progress=heard)
    assert heard.steps == []
    shop.close()
