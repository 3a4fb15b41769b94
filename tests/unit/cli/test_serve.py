"""`tenshu serve` shows a home's report and ends when it is told."""

import threading
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from tenshu.bootstrap import REHEARSED_UNTIL, HomeMissing, open_shop
from tenshu.cli.serve import DEFAULT_PORT, announce, serve, serve_command
from tenshu.kit.clock import SetClock
from tenshu.kit.i18n import speaking
from tenshu.store.settings import write_setting
from tests.unit.web.cast import NOW, sample_report


def read_page(home: Path, **given: object) -> str:
    """Serve a home until its report has been read once."""
    shop, stop, pages = open_shop(home, create=True, clock=SetClock(NOW)), threading.Event(), list[str]()
    with shop.ledger.writing() as tx:
        write_setting(tx, REHEARSED_UNTIL, NOW.isoformat())  # whoever sits at this machine may read it

    def read(url: str) -> None:
        def reading() -> None:
            pages.append(httpx.get(f"{url}/report?lang=en", timeout=30).text)
            stop.set()

        threading.Thread(target=reading).start()

    try:
        serve(shop, 0, read, stop=stop, **given)  # type: ignore[arg-type]
    finally:
        shop.close()
    return pages[0]


def test_a_home_is_served_at_its_clocks_instant(tmp_path: Path) -> None:
    page = read_page(tmp_path / "home")
    assert "Did it really help?" in page
    assert "as of 20 January 2012, 12:00" in page


def test_a_rehearsal_serves_its_own_report_with_the_truth(tmp_path: Path) -> None:
    page = read_page(tmp_path / "home", report=sample_report)
    assert "It really changed +1.1 orders per 100 people: inside the interval." in page


def test_the_address_is_announced_in_the_language_of_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking("ja"):
        announce("http://127.0.0.1:8000/")
    assert "http://127.0.0.1:8000/ " in capsys.readouterr().out


def test_the_first_owner_is_told_where_to_come_in(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking("en"):
        announce("http://127.0.0.1:8000/", "http://127.0.0.1:8000/set-up/abc")
    first, second, *_rest = capsys.readouterr().out.splitlines()
    assert "http://127.0.0.1:8000/ " in first
    assert "becomes the owner" in second


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    result = CliRunner().invoke(serve_command, ["--home", str(tmp_path / "photos")])
    assert isinstance(result.exception, HomeMissing)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.png"]


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    result = CliRunner().invoke(serve_command, ["--home", str(tmp_path), "--port", port])
    assert result.exit_code == click.UsageError.exit_code


def test_the_help_names_the_default_port() -> None:
    assert str(DEFAULT_PORT) in CliRunner().invoke(serve_command, ["--help"]).output
