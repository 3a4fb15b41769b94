"""A staged file: in parts, once, and gone when the warehouse has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, accept_staged, waiting
from tenshu.identify import digest as stage
from tenshu.identify import stored
from tenshu.identify.digest import clear, digest, finish
from tenshu.identify.tables import identifiers as stage_identifiers
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.privacy.consent import record
from tenshu.privacy.tables import consents
from tenshu.store.home import Stores
from tenshu.store.ledger import Transaction
from tests.unit.identify.shops import START, contents, fresh_stores, make_fact

CONSENT, DESCRIPTION = 1, 0


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return fresh_stores(tmp_path / "home")


def stage_file(stores: Stores, name: str, count: int, *, kind: int = CONSENT) -> Path:
    path = stores.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = [make_fact(number, [("customer_no", f"{number}"), ("email", f"{number}")], kind) for number in range(count)]
    facts_frame(facts).write_parquet(path)
    accept_staged(stores.inbox, name, source=name, received_at=START)
    return path


def run_all(stores: Stores) -> int:
    done = 0
    while batch := digest(stores, now=START):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)
        done += 1
    return done


def count_consents(stores: Stores) -> int:
    with stores.ledger.reading() as tx:
        return int(tx.value(select(func.count()).select_from(consents)))


def test_file_is_there_until_it_is_digested_and_then_gone(stores: Stores) -> None:
    path = stage_file(stores, "imports/a.parquet", 5)
    batch = digest(stores, now=START)
    assert batch is not None
    assert path.exists()
    with stores.ledger.writing() as tx:
        finish(tx, batch)
    clear(stores.inbox, batch)
    assert not path.exists()
    assert waiting(stores.inbox) == 0


@pytest.mark.parametrize("point", ["digest.clearing", "inbox.unlinked", "inbox.forgetting"])
def test_what_a_kill_left_of_a_digested_file_goes_at_the_next_run(stores: Stores, point: str) -> None:
    path = stage_file(stores, "imports/a.parquet", 5)
    with failing(f"{point}:raise"), pytest.raises(ReachedFailPoint):
        run_all(stores)
    assert waiting(stores.inbox) == 1
    assert run_all(stores) == 0
    assert not path.exists()
    assert waiting(stores.inbox) == 0
    assert count_consents(stores) == 5


def test_file_outside_the_home_is_left_to_its_owner(stores: Stores, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.parquet"
    facts_frame([make_fact(1, [("email", "a")], DESCRIPTION)]).write_parquet(path)
    for name in (str(path), "../elsewhere.parquet"):
        accept_staged(stores.inbox, name, source="a", received_at=START)
    assert run_all(stores) == 2
    assert path.exists()


def test_file_that_vanished_after_it_was_digested_is_no_error(stores: Stores) -> None:
    path = stage_file(stores, "a.parquet", 2)
    batch = digest(stores, now=START)
    assert batch is not None
    path.unlink()
    with stores.ledger.writing() as tx:
        finish(tx, batch)
    clear(stores.inbox, batch)
    assert waiting(stores.inbox) == 0


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch, sizes: list[int]) -> Iterator[None]:

    def watched(tx: Transaction, told: pl.DataFrame) -> None:
        sizes.append(len(told))
        record(tx, told)

    with monkeypatch.context() as patched:
        patched.setattr(stage, "record", watched)
        yield


def test_consents_of_a_file_go_to_the_ledger_in_parts(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "CHUNK", 4)
    stage_file(stores, "a.parquet", 10)
    sizes: list[int] = []
    with counted(monkeypatch, sizes):
        run_all(stores)
    assert sizes == [4, 4, 2]
    assert count_consents(stores) == 10


def test_consents_in_hand_go_in_parts_too(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "CHUNK", 3)
    facts = [make_fact(number, [("email", f"{number}")], CONSENT) for number in range(7)]
    accept(stores.inbox, facts_frame(facts), source="test", received_at=START)
    sizes: list[int] = []
    with counted(monkeypatch, sizes):
        run_all(stores)
    assert sizes == [3, 3, 1]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_kill_between_parts_of_the_consents_keeps_each_once(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    monkeypatch.setattr(stored, "CHUNK", 4)
    stage_file(stores, "a.parquet", 10)
    with failing(f"digest.consented:raise@{nth}"), pytest.raises(ReachedFailPoint):
        run_all(stores)
    assert count_consents(stores) == 4 * min(nth, 2)  # the last part goes with the word that the batch is stored
    run_all(stores)
    assert count_consents(stores) == 10
    assert len(stores.warehouse.frame("SELECT 1 FROM facts")) == 10


def test_identifiers_of_a_file_are_made_in_parts(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = fresh_stores(stores.home.parent / "calm")
    stage_file(calm, "a.parquet", 10)
    run_all(calm)
    monkeypatch.setattr(stage, "IDENTIFIED_AT_ONCE", 3)
    stage_file(stores, "a.parquet", 10)
    with failing("digest.identified:raise@2"), pytest.raises(ReachedFailPoint):
        run_all(stores)
    with stores.ledger.reading() as tx:
        assert tx.value(select(func.count()).select_from(stage_identifiers)) == 12
    run_all(stores)
    assert contents(stores) == contents(calm)
