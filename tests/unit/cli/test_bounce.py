"""`tenshu bounce` takes returned mails from files or from a pipe, and says how many were about our messages."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tenshu.bootstrap import open_shop
from tenshu.deliver.tables import outbox
from tenshu.privacy.suppression import read_suppressed
from tenshu.testing.small_shop import open_small_shop, start, tick
from tests.unit.cli.terminal import refusal, told
from tests.unit.deliver.test_returned import report


@pytest.fixture
def sender(small_home: Path) -> str:
    """Return the envelope sender of a mail that waits in the outbox."""
    shop = open_shop(small_home)
    start(shop)
    tick(shop)
    with shop.ledger.reading() as tx:
        enrolment = tx.value(select(outbox.c.enrolment).limit(1))
    address = shop.signer.bounce_address(int(enrolment), 0, "bounce.example.com")
    shop.close()
    return address


def suppressed(home: Path) -> list[str]:
    shop = open_shop(home)
    with shop.ledger.reading() as tx:
        reasons: list[str] = read_suppressed(tx, None, channel="email")["reason"].to_list()
    shop.close()
    return reasons


def test_a_report_piped_in_by_a_mail_server_stops_the_address(small_home: Path, sender: str) -> None:
    said = told("bounce", "--home", small_home, piped=report(sender, "5.1.1"))
    assert said == "1 of 1 were reports about our messages.\n"
    assert suppressed(small_home) == ["hard_bounce"]


def test_files_are_read_each_and_counted(small_home: Path, sender: str, tmp_path: Path) -> None:
    letters = {
        "a": report(sender, "5.1.1"),
        "b": report(sender, "5.1.1"),
        "c": b"Subject: hi\r\n\r\nhi",
        "d": b"\xff\x00",
    }
    for name, content in letters.items():
        (tmp_path / name).write_bytes(content)
    said = told("bounce", *(tmp_path / name for name in letters), "--home", small_home, language="ja")
    assert said == "4通のうち2通が、この店のメールについての報告でした。\n"
    assert suppressed(small_home) == ["hard_bounce"]


def test_a_passing_trouble_stops_nothing(small_home: Path, sender: str) -> None:
    assert told("bounce", "--home", small_home, piped=report(sender, "4.2.2")).startswith("1 of 1")
    assert suppressed(small_home) == []


def test_a_report_for_another_shop_changes_nothing(small_home: Path, sender: str, tmp_path: Path) -> None:
    open_small_shop(tmp_path / "other")[0].close()
    assert told("bounce", "--home", tmp_path / "other", piped=report(sender, "5.1.1")).startswith("0 of 1")
    assert suppressed(tmp_path / "other") == suppressed(small_home) == []


def test_nothing_piped_in_is_no_report(small_home: Path) -> None:
    assert told("bounce", "--home", small_home, piped=b"").startswith("0 of 1")


def test_a_home_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "There is no shop in" in refusal("bounce", "--home", tmp_path / "none")
