"""`tenshu backup`, `restore` and `export` at a terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenshu.bootstrap import open_shop
from tenshu.cli.main import cli
from tenshu.serve.owner import Owner
from tenshu.store.remote import SOCKET, Call, WarehouseServer
from tenshu.testing.small_shop import open_small_shop


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--language", "en", *arguments])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A small shop that nobody has open."""
    shop, _clock = open_small_shop(tmp_path / "home")
    shop.close()
    return tmp_path / "home"


def test_shop_is_saved_and_brought_back_elsewhere(home: Path, tmp_path: Path) -> None:
    saved = run("backup", "--home", str(home), "--to", str(tmp_path / "copy.zip"))
    assert saved.exit_code == 0, saved.output
    assert "Saved and read again" in saved.output
    back = run("restore", str(tmp_path / "copy.zip"), "--home", str(tmp_path / "new"), "--old-home", str(home))
    assert back.exit_code == 0, back.output
    assert "小さな花屋 is in" in back.output
    assert "Nothing is sent" in back.output
    assert "0 mails that went out" in back.output
    assert "Everybody is signed out" in back.output
    assert "Keys for programs" not in back.output
    shop = open_shop(tmp_path / "new")
    assert shop.warehouse.frame("SELECT count(*) AS n FROM orders").item() > 0
    shop.close()


def test_backup_without_a_place_lies_in_the_home(home: Path) -> None:
    assert run("backup", "--home", str(home)).exit_code == 0
    assert len(list((home / "backups").glob("*.tenshu-backup.zip"))) == 1


def test_running_shop_saves_itself(tmp_path: Path) -> None:
    shop, _clock = open_small_shop(tmp_path / "home")
    owner = Owner(shop)
    server = WarehouseServer(shop.warehouse, shop.home / SOCKET, _at_once(owner))
    try:
        saved = run("backup", "--home", str(shop.home), "--to", str(tmp_path / "copy.zip"))
    finally:
        server.close()
        owner.close()
        shop.close()
    assert saved.exit_code == 0, saved.output
    assert run("restore", str(tmp_path / "copy.zip"), "--home", str(tmp_path / "new")).exit_code == 0


def _at_once(owner: Owner) -> dict[str, Call]:
    """Return what the owner does, done by whoever asks: there is no loop here."""
    return {"backup": owner._answering("backup")}


def test_backup_is_never_brought_back_over_something(home: Path, tmp_path: Path) -> None:
    run("backup", "--home", str(home), "--to", str(tmp_path / "copy.zip"))
    refused = run("restore", str(tmp_path / "copy.zip"), "--home", str(home))
    assert refused.exit_code == 1
    assert "never overwrites anything" in refused.output


def test_everything_is_exported_into_a_folder(home: Path, tmp_path: Path) -> None:
    done = run("export", "--home", str(home), "--to", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "customers.csv").read_bytes().startswith("\ufeff".encode())
    assert (tmp_path / "out" / "definitions" / "settings.json").exists()
    again = run("export", "--home", str(home), "--to", str(tmp_path / "out"))
    assert "holds something" in again.output
