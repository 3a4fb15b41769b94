"""A shop moves to PostgreSQL and back with everything it knows; cut short, it stays where it was."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import MetaData, func, select

from tenshu.bootstrap import open_shop
from tenshu.collect.inbox import last_seq, waiting
from tenshu.collect.tables import facts_out, requests
from tenshu.deliver.tables import outbox
from tenshu.store import move
from tenshu.store.copy import TargetNotEmpty, copy_store
from tenshu.store.home import open_inbox, open_ledger
from tenshu.store.ledger import Ledger
from tenshu.store.move import drop_schemas, move_stores
from tenshu.store.place import PostgresChoice, read_choice
from tenshu.store.warehouse import WarehouseBusy
from tenshu.testing.small_shop import MONDAY, add_template, open_small_shop, order, start, tick


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A shop in whose ledger something is, and in whose inbox something waits."""
    shop, _clock = open_small_shop(tmp_path / "home")
    add_template(shop)
    start(shop)
    tick(shop)
    with shop.inbox.writing() as tx:
        row = {"received_at": [MONDAY], "source": ["web"], "kind": ["facts"], "body": [b"\x00\xff"]}
        tx.insert(requests, pl.DataFrame(row))
    shop.close()
    return tmp_path / "home"


def contents(home: Path) -> dict[str, pl.DataFrame]:
    """Return every table of ledger and inbox."""
    found = {}
    for open_store in (open_ledger, open_inbox):
        with closing(open_store(home)) as store, store.reading() as tx:
            tables = MetaData()
            tables.reflect(tx.connection)
            for table in tables.sorted_tables:
                query = select(*(table.c[name] for name in sorted(table.c.keys())))
                found[table.name] = tx.frame(query.order_by(*table.primary_key.columns))
            found[f"{open_store.__name__} counts on"] = pl.DataFrame(store.dialect.counters(tx.connection))
    return found


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return one.keys() == other.keys() and all(one[name].equals(other[name]) for name in one)


def test_shop_moves_there_and_back_and_knows_the_same(home: Path, choice: PostgresChoice) -> None:
    before = contents(home)
    assert len(before["outbox"]) == 3
    moved = move_stores(home, choice)
    assert moved == sum(len(rows) for name, rows in before.items() if name in _TABLES)
    assert read_choice(home) == choice
    assert same(contents(home), before)
    assert {path.name for path in home.glob("*.sqlite*")} == {"ledger.sqlite.moved", "inbox.sqlite.moved"}
    assert move_stores(home, choice) == 0
    move_stores(home, None)
    assert read_choice(home) is None
    assert same(contents(home), before)
    assert not (home / "half-moved").exists()


_TABLES = {
    "batches", "breakers", "consents", "decisions", "enrolments", "facts_out", "handovers", "identifiers", "imports",
    "jobs", "journeys", "keys", "leases", "links", "live_state", "node_map", "outbox", "processes", "requests",
    "segments", "settings", "soft_bounces", "suppressions", "tallies", "templates",
}  # fmt: skip


def test_moved_shop_goes_on_with_numbers_that_nobody_had(home: Path, choice: PostgresChoice) -> None:
    with closing(open_inbox(home)) as inbox, inbox.writing() as tx:
        last = tx.value(select(func.max(requests.c.seq)))
        tx.execute(requests.delete())
    move_stores(home, choice)
    shop = open_shop(home)
    with shop.inbox.writing() as tx:
        row = {"received_at": [MONDAY], "source": ["web"], "kind": ["facts"], "body": [b""]}
        tx.insert(requests, pl.DataFrame(row))
    # Whoever digests asks for what comes after the last number it saw.
    assert last_seq(shop.inbox, after=last, limit=10) == last + 1
    assert waiting(shop.inbox) == 1
    shop.close()


def test_moved_shop_works(home: Path, choice: PostgresChoice) -> None:
    with closing(open_inbox(home)) as inbox, inbox.writing() as tx:
        tx.execute(requests.delete())
    move_stores(home, choice)
    shop = open_shop(home)
    from tenshu.testing.small_shop import tell  # noqa: PLC0415

    tell(shop, [order("S-1", "new", MONDAY)])
    tick(shop)
    with shop.ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(outbox)) == 3
        assert tx.value(select(func.count()).select_from(facts_out)) >= 0
    shop.close()


@pytest.mark.parametrize("breaks", ["copy_store", "write_choice"])
def test_move_that_was_cut_short_leaves_the_shop_where_it_was(
    home: Path, choice: PostgresChoice, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    before = contents(home)
    with monkeypatch.context() as patched:
        patched.setattr(move, breaks, _second_time(copy_store) if breaks == "copy_store" else _dies)
        with pytest.raises(RuntimeError):
            move_stores(home, choice)
    assert read_choice(home) is None
    assert same(contents(home), before)
    if breaks == "write_choice":  # both schemas were there whole
        drop_schemas(choice)
    move_stores(home, choice)
    assert same(contents(home), before)


def test_way_back_that_was_cut_short_leaves_the_shop_in_the_database(
    home: Path, choice: PostgresChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(home)
    move_stores(home, choice)
    with monkeypatch.context() as patched:
        patched.setattr(move, "copy_store", _second_time(copy_store))
        with pytest.raises(RuntimeError):
            move_stores(home, None)
    assert read_choice(home) == choice
    assert same(contents(home), before)
    move_stores(home, None)
    assert same(contents(home), before)


def test_running_shop_is_not_moved(home: Path, choice: PostgresChoice) -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    holds = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holds, str(home / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(WarehouseBusy):
            move_stores(home, choice)
        other.communicate()
    assert read_choice(home) is None


def test_nothing_is_copied_over_a_store_that_holds_something(home: Path, tmp_path: Path) -> None:
    with closing(open_ledger(home)) as source, closing(Ledger(tmp_path / "copy.sqlite")) as target:
        assert copy_store(source, target, "ledger") > 0
        with pytest.raises(TargetNotEmpty):
            copy_store(source, target, "ledger")


def _second_time(real: Callable[..., int]) -> Callable[..., int]:
    calls: list[int] = []

    def copied(*given: object) -> int:
        calls.append(1)
        if len(calls) == 2:
            _dies()
        return real(*given)

    return copied


def _dies(*_given: object) -> None:
    message = "cut short"
    raise RuntimeError(message)
