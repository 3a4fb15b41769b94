"""`tenshu shop stores` says where a shop's data is and takes it elsewhere; every refusal says what to do."""

from pathlib import Path

from tenshu.bootstrap import open_shop
from tenshu.store.place import PostgresChoice
from tests.unit.cli.terminal import refusal, told


def test_shop_in_files_says_so(tmp_path: Path) -> None:
    told("shop", "name=花屋", "--home", tmp_path)
    assert str(tmp_path / "ledger.sqlite") in told("shop", "stores", "--home", tmp_path)


def test_shop_begins_in_a_database_and_is_an_ordinary_shop(tmp_path: Path, choice: PostgresChoice) -> None:
    prefix = ("--schema-prefix", choice.schema_prefix)
    shown = told("shop", "stores", "--home", tmp_path, "--postgres", choice.url, *prefix)
    assert f"schemas {choice.ledger.schema} and {choice.inbox.schema}" in shown
    told("shop", "name=花屋", "--home", tmp_path)
    assert "name = 花屋" in told("shop", "--home", tmp_path)
    assert not (tmp_path / "ledger.sqlite").exists()
    shop = open_shop(tmp_path)
    assert (shop.ledger.kind, shop.settings.name) == ("postgresql", "花屋")
    shop.close()


def test_shop_moves_to_a_database_and_back(tmp_path: Path, choice: PostgresChoice) -> None:
    told("shop", "name=花屋", "--home", tmp_path)
    prefix = ("--schema-prefix", choice.schema_prefix)
    assert "rows moved" in told("shop", "stores", "--home", tmp_path, "--move-to", choice.url, *prefix)
    assert "name = 花屋" in told("shop", "--home", tmp_path)
    assert "are files" in told("shop", "stores", "--home", tmp_path, "--move-to", "files")
    assert "name = 花屋" in told("shop", "settings", "--home", tmp_path)


def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path) -> None:
    home = ("--home", tmp_path)
    assert "no address of a PostgreSQL database" in refusal("shop", "stores", *home, "--postgres", "mysql://db/x")
    assert "There is no shop in" in refusal("shop", "stores", *home, "--move-to", "files")
    assert "Give one of them" in refusal("shop", "stores", *home, "--postgres", "a", "--move-to", "b")
    nobody = "postgresql://shop:sesame@127.0.0.1:1/shop"
    said = refusal("shop", "stores", *home, "--postgres", nobody)
    assert "cannot be reached" in said
    assert "sesame" not in said
    assert list(tmp_path.iterdir()) == []
