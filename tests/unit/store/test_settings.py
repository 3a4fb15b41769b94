"""Settings and keys of a home."""

from pathlib import Path

import polars as pl

from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.settings import keys, read_key, read_setting, write_setting


def fresh(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    upgrade(ledger, "ledger")
    return ledger


def test_a_setting_that_was_never_set_has_its_default(tmp_path: Path) -> None:
    assert read_setting(fresh(tmp_path), "shop", {"name": "?"}) == {"name": "?"}


def test_a_setting_can_be_any_json_and_is_replaced(tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    for value in ({"name": "花屋", "caps": [1, 2.5, None]}, "plain", False):
        with ledger.writing() as tx:
            write_setting(tx, "shop", value)
        assert read_setting(ledger, "shop") == value


def test_a_key_is_read_as_bytes_or_is_not_there(tmp_path: Path) -> None:
    ledger = fresh(tmp_path)
    with ledger.writing() as tx:
        tx.insert(keys, pl.DataFrame({"key_id": ["links-1"], "secret": [b"\x00\xff"]}))
    assert read_key(ledger, "links-1") == b"\x00\xff"
    assert read_key(ledger, "links-2") is None
