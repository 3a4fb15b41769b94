"""`tenshu staff` helps those who cannot get in, from the machine of the shop, and says what it did in the audit log."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from tenshu.bootstrap import Shop, open_shop
from tenshu.staff import people
from tenshu.staff.audit import Actor, read_audit
from tenshu.staff.links import Kind, LinkSpent, make_link, read_link
from tenshu.staff.tables import audit
from tenshu.store.settings import read_setting
from tenshu.web.console.reach import PROXIES
from tests.unit.cli.terminal import refusal, told, type_in

TERMINAL = Actor(0, "tenshu")
LINK = re.compile(r"^(\S+)/(set-up|invited|reset)/([\w-]{43})$", re.MULTILINE)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = open_shop(tmp_path / "home", create=True)
    yield made
    made.close()


def settle(shop: Shop) -> None:
    """Let 佐藤 own the shop, and invite 鈴木."""
    now = shop.clock.now()
    with shop.ledger.writing() as tx:
        token = make_link(tx, "set_up", now=now)
        people.set_up(tx, token, name="佐藤", email="sato@example.com", digest="-", by=TERMINAL, now=now)
        people.invite(tx, email="suzuki@example.com", name="鈴木", role="staff", by=TERMINAL, now=now)


def opens(shop: Shop, said: str, kind: Kind) -> int | None:
    """Return whose link was said; it opens what it says."""
    found = LINK.search(said)
    assert found is not None, said
    assert found[2] == {"set_up": "set-up", "invitation": "invited", "reset": "reset"}[kind]
    with shop.ledger.reading() as tx:
        return read_link(tx, found[3], kind, shop.clock.now()).person


def test_the_first_owner_gets_a_link_and_a_newer_one_ends_it(shop: Shop) -> None:
    first = told("staff", "link", "--home", shop.home)
    assert "http://127.0.0.1:8000/set-up/" in first
    assert "within 24 hours" in first
    assert opens(shop, first, "set_up") is None
    second = told("staff", "link", "--home", shop.home, "--url", "https://console.example.com/", language="ja")
    assert "https://console.example.com/set-up/" in second
    assert opens(shop, second, "set_up") is None
    with pytest.raises(LinkSpent):
        opens(shop, first, "set_up")


def test_somebody_who_works_here_gets_a_link_to_a_new_password(shop: Shop) -> None:
    settle(shop)
    said = told("staff", "link", "--home", shop.home, "--email", " Sato@Example.com")
    assert opens(shop, said, "reset") == 1
    assert "within an hour" in said
    said = told("staff", "link", "--home", shop.home, "--email", "suzuki@example.com")
    assert opens(shop, said, "invitation") == 2


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_shop_with_people_gives_no_link_to_nobody(shop: Shop, language: str) -> None:
    settle(shop)
    said = refusal("staff", "link", "--home", shop.home, language=language)
    assert "--email" in said
    assert "sato@example.com, suzuki@example.com" in said
    said = refusal("staff", "link", "--home", shop.home, "--email", "x\x1b[31m@example.com", language=language)
    assert "\x1b" not in said
    assert "sato@example.com" in said


def test_who_has_gone_gets_no_link(shop: Shop) -> None:
    settle(shop)
    with shop.ledger.writing() as tx:
        people.say_farewell(tx, 2, by=TERMINAL, now=shop.clock.now())
    assert "suzuki" not in refusal("staff", "link", "--home", shop.home, "--email", "nobody@example.com")
    refusal("staff", "link", "--home", shop.home, "--email", "suzuki@example.com")


def test_everybody_is_listed_a_line_each(shop: Shop) -> None:
    assert "tenshu staff link" in told("staff", "list", "--home", shop.home)
    settle(shop)
    assert told("staff", "list", "--home", shop.home).splitlines() == [
        "sato@example.com\t佐藤\towner\tactive",
        "suzuki@example.com\t鈴木\tstaff\tinvited",
    ]


def test_the_log_is_whole_until_somebody_takes_a_row_out(shop: Shop) -> None:
    settle(shop)
    assert "All 2 rows" in told("staff", "verify", "--home", shop.home)
    with shop.ledger.writing() as tx:
        tx.execute(delete(audit).where(audit.c.number == 1))
    result = type_in("staff", "verify", "--home", shop.home)
    assert result.exit_code == 1
    assert "Row 1 is not as it was written" in result.output


def test_proxies_are_believed_only_when_somebody_says_so(shop: Shop) -> None:
    assert read_setting(shop.ledger, PROXIES) is None
    told("staff", "proxies", "1", "--home", shop.home)
    assert read_setting(shop.ledger, PROXIES) == 1
    for wrong in ("-1", "9", "x"):
        assert type_in("staff", "proxies", "--home", shop.home, "--", wrong).exit_code == 2


def test_what_was_done_at_the_terminal_is_in_the_log_without_the_link(shop: Shop) -> None:
    settle(shop)
    said = told("staff", "link", "--home", shop.home, "--email", "sato@example.com")
    told("staff", "proxies", "2", "--home", shop.home)
    with shop.ledger.reading() as tx:
        entries = read_audit(tx, limit=2)
    assert [(entry.act, entry.about, entry.name) for entry in entries] == [
        ("proxies_set", "2", "tenshu"),
        ("reset_link_made", "sato@example.com", "tenshu"),
    ]
    found = LINK.search(said)
    assert found is not None
    assert found[3] not in str(entries)


def test_a_folder_that_is_no_shop_is_refused_and_not_made(tmp_path: Path) -> None:
    for command in (["link"], ["list"], ["verify"], ["proxies", "1"]):
        refusal("staff", *command, "--home", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
