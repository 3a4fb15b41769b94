"""Known facts: what is said to be new is new, and the rest is asked."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept
from tenshu.identify import known as module
from tenshu.identify import storing
from tenshu.identify.digest import clear, digest, finish
from tenshu.identify.known import KnownFacts
from tenshu.kit.failpoint import ReachedFailPoint, failing
from tenshu.store.home import Stores
from tenshu.store.warehouse import Warehouse
from tests.unit.identify.shops import START, Fact, contents, fresh_stores, histories, make_fact

KEYS = st.lists(st.binary(min_size=16, max_size=16), max_size=40)


def keys(values: list[bytes]) -> pl.Series:
    return pl.Series(values, dtype=pl.Binary)


def some(count: int, seed: int = 1) -> pl.Series:
    drawn = np.random.default_rng(seed).integers(0, 256, (count, 16), dtype=np.uint8)
    return keys([row.tobytes() for row in drawn])


def put(warehouse: Warehouse, ids: pl.Series, *, batch: int) -> None:
    warehouse.execute(
        "INSERT INTO facts SELECT fact_id, ?, NULL, 'seen', '2026-01-01', '2026-01-01', 'test', NULL FROM told",
        [batch],
        told=ids.alias("fact_id").to_frame(),
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(KEYS, max_size=6), KEYS)
def test_known_key_is_never_called_new(told: list[list[bytes]], asked: list[bytes]) -> None:
    known = KnownFacts()
    for part in told:
        known.meet(keys(part))
    everything = [key for part in told for key in part]
    assert len(known) == len({key[:8] for key in everything})
    found = known.meet(keys([*asked, *everything])).to_list()
    assert all(found[len(asked) :])
    # Of two keys that begin alike the second is a candidate; every other unknown key is new.
    beginnings = {key[:8] for key in everything}
    assert found[: len(asked)] == [key[:8] in beginnings for key in asked]
    assert len(known) == len({key[:8] for key in [*asked, *everything]})


def test_nothing_is_known_at_first() -> None:
    assert KnownFacts().meet(some(3)).to_list() == [False] * 3
    assert KnownFacts().meet(keys([])).to_list() == []


def test_keys_that_are_too_short_are_candidates_of_each_other() -> None:
    known = KnownFacts()
    known.meet(keys([b"short"]))
    assert known.meet(keys([b"short", b"other", b"long enough"])).to_list() == [True, True, False]


def test_key_takes_eight_bytes() -> None:
    known = KnownFacts()
    known.meet(some(3000))
    known.meet(some(3000))
    assert known.nbytes == 8 * 3000


def test_filling_takes_what_the_inbox_brought_and_nothing_of_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 7)
    warehouse, inbox, ledger = Warehouse(threads=1), some(50), some(20, seed=2)
    for batch in range(5):
        put(warehouse, inbox[batch * 10 : batch * 10 + 10], batch=batch + 1)
        put(warehouse, ledger[batch * 4 : batch * 4 + 4], batch=-batch - 1)
    known = KnownFacts()
    known.fill(warehouse)
    assert (len(known), known.covers) == (50, 5)
    assert known.meet(inbox).all()
    assert not known.meet(ledger).any()


def test_snapshot_is_brought_up_to_date_by_the_batches_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse, ids = Warehouse(threads=1), some(40)
    put(warehouse, ids[:30], batch=1)
    known = KnownFacts()
    known.fill(warehouse)
    known.save(tmp_path / "known")
    put(warehouse, ids[30:], batch=2)
    asked: list[int] = []
    real = module._fetch

    def watched(*given: object, **more: int) -> object:
        asked.append(more["after"])
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_fetch", watched)
    later = KnownFacts.load(tmp_path / "known")
    assert (later.covers, len(later)) == (1, 30)
    later.fill(warehouse)
    assert asked == [1]
    assert later.meet(ids).all()
    assert later.covers == 2


def test_snapshot_of_another_warehouse_is_thrown_away(tmp_path: Path) -> None:
    other, warehouse = Warehouse(threads=1), Warehouse(threads=1)
    put(other, some(30), batch=9)
    put(warehouse, some(20, seed=2), batch=3)
    known = KnownFacts()
    known.fill(other)
    known.save(tmp_path / "known")
    later = KnownFacts.load(tmp_path / "known")
    later.fill(warehouse)
    assert (len(later), later.covers) == (20, 3)
    assert later.meet(some(20, seed=2)).all()


@pytest.mark.parametrize("said", [b"", b"nonsense", b"PK\x03\x04 half a file"])
def test_damaged_snapshot_is_told_apart_from_a_missing_one(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "known").write_bytes(said)
    with pytest.raises(ValueError, match="no snapshot of known facts"):
        KnownFacts.load(tmp_path / "known")
    with pytest.raises(OSError, match="No such file"):
        KnownFacts.load(tmp_path / "other")


def test_snapshot_that_was_cut_short_is_not_believed(tmp_path: Path) -> None:
    known = KnownFacts()
    known.meet(some(1000))
    known.save(tmp_path / "known")
    whole = (tmp_path / "known").read_bytes()
    (tmp_path / "known").write_bytes(whole[:-200] + b"\x00" * 200)
    with pytest.raises(ValueError, match="no snapshot"):
        KnownFacts.load(tmp_path / "known")


def run_all(stores: Stores, known: KnownFacts | None) -> None:
    while batch := digest(stores, now=START, known=known):
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)


@settings(max_examples=12, deadline=None)
@given(histories(most=10), st.data())
def test_digest_with_known_facts_is_digest_without(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact], data: st.DataObject
) -> None:
    with_, without = (fresh_stores(tmp_path_factory.mktemp(name)) for name in ("with", "without"))
    known = KnownFacts()
    for first in range(0, len(facts), 3):
        again = data.draw(st.lists(st.sampled_from(facts[: first + 3]), max_size=4))
        if data.draw(st.booleans(), label="restart"):
            known = KnownFacts()
            known.fill(with_.warehouse)
        for stores, memory in ((with_, known), (without, None)):
            frame = facts_frame([*facts[first : first + 3], *again])
            accept(stores.inbox, frame, source="test", received_at=START)
            run_all(stores, memory)
    assert contents(with_) == contents(without)
    for stores in (with_, without):
        stores.close()


def test_batch_that_failed_and_runs_again_is_stored_though_its_keys_are_known(tmp_path: Path) -> None:
    stores, known = fresh_stores(tmp_path / "home"), KnownFacts()
    told = [make_fact(number, [("email", "a")], 0) for number in range(20)]
    accept(stores.inbox, facts_frame(told), source="test", received_at=START)
    with failing("digest.storing:raise"), pytest.raises(ReachedFailPoint):
        run_all(stores, known)
    assert known.meet(keys([fact["fact_id"] for fact in told])).all()
    run_all(stores, known)
    assert len(stores.warehouse.frame("SELECT fact_id FROM facts")) == 20


def test_fact_told_again_after_many_batches_is_still_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "RECENT", (1, 2))
    stores, known = fresh_stores(tmp_path / "home"), KnownFacts()
    for told in (0, 1, 2, 3, 0, 3):
        fact = make_fact(told, [("email", "a")], 0)
        accept(stores.inbox, facts_frame([fact]), source="test", received_at=START)
        run_all(stores, known)
    assert stores.warehouse.frame("SELECT batch FROM facts ORDER BY batch")["batch"].to_list() == [1, 2, 3, 4]


def test_new_facts_are_not_looked_for_in_the_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores, known = fresh_stores(tmp_path / "home"), KnownFacts()
    asked: list[str] = []
    real = stores.warehouse.frame

    def watched(sql: str, *given_: Any, **tables: pl.DataFrame) -> pl.DataFrame:
        asked.append(sql)
        return real(sql, *given_, **tables)

    monkeypatch.setattr(stores.warehouse, "frame", watched)
    for number in range(3):
        frame = facts_frame([make_fact(number, [("email", "a")], 0)])
        accept(stores.inbox, frame, source="test", received_at=START)
        run_all(stores, known)
    assert asked == []
