"""Every command does the same beside a running `tenshu serve`: it asks the owner, and writes nothing of its own."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from tenshu.bootstrap import open_shop, open_shop_of
from tenshu.cli.main import cli
from tenshu.serve.owner import Owner
from tenshu.store.remote import SOCKET, OwnerAway, RemoteWarehouse, WarehouseServer
from tenshu.store.warehouse import Warehouse
from tenshu.testing.small_shop import everybody
from tenshu.testing.smtp_sink import SmtpSink
from tests.unit.cli.terminal import hello, refusal, told, type_in, written

PURCHASES = "伝票番号,商品コード,商品名,数量,購入日時,単価,会員番号\nA-1,F-1,花束,1,2026/06/01 11:00:00,1200,S-1\n"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as opened:
        yield opened


@pytest.fixture
def home(small_home: Path, sink: SmtpSink, tmp_path: Path) -> Path:
    told("shop", f"smtp_port={sink.port}", "--home", small_home)
    told("scenario", "start", written(tmp_path / "hello.json", hello()), "--home", small_home)
    return small_home


@pytest.fixture
def owner(home: Path) -> Iterator[Owner]:
    """Own the home from another thread, as the owner process does."""
    shop, stop = open_shop_of(home, Warehouse(home / "warehouse.duckdb")), threading.Event()
    working = Owner(shop)
    server = WarehouseServer(shop.warehouse, home / SOCKET, working.calls())
    loop = threading.Thread(target=working.loop.run, args=(stop,))
    loop.start()
    yield working
    stop.set()
    working.loop.wake()
    loop.join()
    server.close()
    working.close()
    shop.close()


def commands(group: click.Group, name: str = "") -> Iterator[str]:
    for part in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), part)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{name}{part} ")
        else:
            yield f"{name}{part}"


Words = Callable[[Path], list[str]]


def on(*words: str) -> Words:
    return lambda home: [*words, "--home", str(home)]


def with_file(*words: str, name: str, data: object) -> Words:
    def made(home: Path) -> list[str]:
        return [*(str(written(home.parent / name, data)) if word == "FILE" else word for word in words)]

    return lambda home: [*made(home), "--home", str(home)]


def purchases(home: Path) -> list[str]:
    (home.parent / "purchases.csv").write_text(PURCHASES, encoding="utf-8")
    return ["import", str(home.parent / "purchases.csv"), "--yes", "--home", str(home)]


#: What is typed for each command that touches a shop, and a word of what it says.
TYPED: dict[str, tuple[Words, str]] = {
    "import": (purchases, "1 taken"),
    "rfm": (on("rfm"), "5 customers bought"),
    "decile": (on("decile"), "Revenue by decile"),
    "segment count": (with_file("segment", "count", "--condition", "FILE", name="c.json", data=everybody()), "5"),
    "segment save": (
        with_file(
            "segment",
            "save",
            "all",
            "--condition",
            "FILE",
            "--title-en",
            "All",
            "--title-ja",
            "全員",
            name="c.json",
            data=everybody(),
        ),
        "all",
    ),
    "segment list": (on("segment", "list"), ""),
    "shop settings": (on("shop", "name=花屋"), "name = 花屋"),
    "template list": (on("template", "list"), "hello"),
    "scenario start": (
        with_file("scenario", "start", "FILE", name="again.json", data=hello(name="again")),
        "again (version 1) has started",
    ),
    "scenario pause": (on("scenario", "pause", "hello"), "hello is paused"),
    "scenario list": (on("scenario", "list"), "hello"),
    "scenario status": (on("scenario", "status"), ""),
    "run": (on("run"), "5 entered, 5 decisions, 3 handed over"),
    "report": (on("report"), "5 customers with 5 orders"),
    "why": (on("why", "--customer", "S-1"), "Customer"),
    "jobs list": (on("jobs", "list"), ""),
}
#: These need no shop, end what they name, or are tried elsewhere.
ELSEWHERE = {
    *("segment say", "segment schema", "segment end", "scenario check", "scenario schema", "scenario resume"),
    *("scenario end", "scenario doubt", "scenario skip-overdue", "shop stores", "template add", "bounce", "serve"),
    *("jobs start", "jobs cancel", "doctor", "demo"),
    *("backup", "restore", "export", "undo", "shop pause", "shop go-on"),
    *("staff link", "staff list", "staff verify", "staff proxies"),
}


def test_every_command_is_tried_beside_serve_or_named() -> None:
    assert set(commands(cli)) - ELSEWHERE == set(TYPED)


@pytest.mark.parametrize("command", TYPED)
def test_a_command_works_beside_serve_and_says_the_same(home: Path, owner: Owner, command: str) -> None:
    typed, said = TYPED[command]
    assert said in told(*typed(home))
    assert owner.shop.warehouse.frame("SELECT 1 AS n").item() == 1


@pytest.mark.parametrize("command", ["rfm", "decile", "segment count", "report"])
def test_figures_are_the_same_with_and_without_an_owner(home: Path, tmp_path: Path, command: str) -> None:
    typed, _ = TYPED[command]
    told(*typed(home), "--json", tmp_path / "alone.json")
    shop = open_shop_of(home, Warehouse(home / "warehouse.duckdb"))
    server = WarehouseServer(shop.warehouse, home / SOCKET)
    told(*typed(home), "--json", tmp_path / "beside.json")
    server.close()
    shop.close()
    assert (tmp_path / "beside.json").read_bytes() == (tmp_path / "alone.json").read_bytes()


def test_an_import_is_digested_by_the_owner_before_the_command_ends(home: Path, owner: Owner) -> None:
    before = owner.shop.warehouse.frame("SELECT count(*) AS orders FROM orders").item()
    told(*purchases(home))
    assert owner.shop.warehouse.frame("SELECT count(*) AS orders FROM orders").item() == before + 1
    assert not list((home / "imports").glob("*.parquet"))
    assert "was imported before" in told(*purchases(home))


def test_running_for_ever_beside_it_is_refused(home: Path, owner: Owner) -> None:
    assert "tenshu serve already" in refusal("run", "--forever", "--home", home)


def test_two_runs_beside_it_send_once(home: Path, owner: Owner, sink: SmtpSink) -> None:
    told("run", "--home", home)
    assert told("run", "--home", home) == "0 entered, 0 decisions, 0 handed over.\n"
    assert sink.accepted == 3


def test_a_shop_knows_whether_it_is_the_owner(home: Path, owner: Owner) -> None:
    asked = open_shop(home)
    assert not asked.is_owner
    assert isinstance(asked.warehouse, RemoteWarehouse)
    assert owner.shop.is_owner
    assert asked.ask("status")["is_ticking"] is False  # its clock stands still
    asked.close()


def test_an_owner_that_went_away_in_between_is_a_sentence(home: Path) -> None:
    asked = open_shop(home, access="ask")
    with pytest.raises(OwnerAway):
        asked.ask("tick")
    asked.close()
    assert type_in("report", "--home", home).exit_code == 0  # nobody has it: the command opens it itself
