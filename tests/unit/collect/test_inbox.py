"""The inbox: once accepted, a fact is safe; a staged file is a batch of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.collect.event import FACT_SCHEMA, facts_frame, no_facts
from tenshu.collect.inbox import accept, accept_staged, forget, last_seq, read_requests, waiting
from tenshu.collect.tables import requests
from tenshu.kit.ids import fact_id
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def inbox(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "inbox")
    yield store
    store.close()


def fact(number: int, **more: object) -> dict[str, object]:
    base = {"fact_id": fact_id(number), "event": "tested", "occurred_at": NOON, "received_at": NOON, "source": "test"}
    return {**base, "identifiers": [{"kind": "customer_no", "value": str(number)}], "properties": "{}", **more}


def put(inbox: Ledger, *numbers: int) -> None:
    accept(inbox, facts_frame([fact(number) for number in numbers]), source="test", received_at=NOON)


def test_facts_come_back_as_they_went_in(inbox: Ledger) -> None:
    told = facts_frame([fact(1, order_no="A", quantity=None), fact(2, identifiers=[])])
    accept(inbox, told, source="test", received_at=NOON)
    facts, paths = read_requests(inbox, 1, 1)
    assert facts.equals(told)
    assert dict(facts.schema) == FACT_SCHEMA
    assert paths == []


def test_no_facts_are_no_request(inbox: Ledger) -> None:
    accept(inbox, no_facts(), source="test", received_at=NOON)
    assert waiting(inbox) == 0
    assert last_seq(inbox, after=0, limit=10) is None


def test_a_batch_takes_so_many_requests_and_not_more(inbox: Ledger) -> None:
    for number in range(5):
        put(inbox, number)
    assert last_seq(inbox, after=0, limit=3) == 3
    assert last_seq(inbox, after=3, limit=3) == 5


def test_a_staged_file_is_a_batch_of_its_own(inbox: Ledger) -> None:
    put(inbox, 1)
    accept_staged(inbox, "imports/a.parquet", source="a.csv", received_at=NOON)
    put(inbox, 2)
    assert last_seq(inbox, after=0, limit=10) == 1
    assert last_seq(inbox, after=1, limit=10) == 2
    assert last_seq(inbox, after=2, limit=10) == 3
    assert read_requests(inbox, 2, 2)[1] == ["imports/a.parquet"]


def test_requests_are_read_in_order_of_arrival(inbox: Ledger) -> None:
    for number in (3, 1, 2):
        put(inbox, number)
    facts, _ = read_requests(inbox, 1, 3)
    assert facts["fact_id"].to_list() == [fact_id(number) for number in (3, 1, 2)]


def test_forgotten_numbers_are_never_given_again(inbox: Ledger) -> None:
    put(inbox, 1)
    forget(inbox, 1)
    assert waiting(inbox) == 0
    put(inbox, 2)
    assert last_seq(inbox, after=0, limit=10) == 2


def test_what_was_accepted_survives_closing(inbox: Ledger, place: Path | PostgresPlace) -> None:
    put(inbox, 1)
    inbox.close()
    again = Ledger(place)
    assert waiting(again) == 1
    again.close()


def test_a_frame_with_more_columns_keeps_the_facts_columns_only(inbox: Ledger) -> None:
    accept(inbox, facts_frame([fact(1)]).with_columns(extra=pl.lit(1)), source="test", received_at=NOON)
    assert read_requests(inbox, 1, 1)[0].columns == list(FACT_SCHEMA)


def test_a_batch_stops_when_it_is_large_enough(inbox: Ledger) -> None:
    for number in range(4):
        put(inbox, number)
    with inbox.reading() as tx:
        size = len(tx.value(select(requests.c.body).limit(1)))
    for most, last in ((1, 1), (size, 1), (size + 1, 2), (3 * size, 3), (99 * size, 4)):
        assert last_seq(inbox, after=0, limit=10, most_bytes=most) == last
    assert last_seq(inbox, after=2, limit=10, most_bytes=1) == 3


def test_a_large_batch_stops_before_a_staged_file_all_the_same(inbox: Ledger) -> None:
    put(inbox, 1)
    accept_staged(inbox, "a.parquet", source="a", received_at=NOON)
    assert last_seq(inbox, after=0, limit=10, most_bytes=1) == 1
    assert last_seq(inbox, after=1, limit=10, most_bytes=1) == 2


def test_nothing_is_taken_while_an_earlier_request_may_still_turn_up(
    inbox: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox, 1)
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "outwait", lambda: False)
        assert last_seq(inbox, after=0, limit=10) is None
    assert last_seq(inbox, after=0, limit=10) == 1


def test_request_that_comes_while_others_are_waited_for_is_left_for_later(
    inbox: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox, 1)

    def late() -> bool:
        put(inbox, 2)
        return True

    monkeypatch.setattr(inbox, "outwait", late)
    assert last_seq(inbox, after=0, limit=10) == 1


def test_forgetting_takes_the_staged_files_of_the_home_along(inbox: Ledger, tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        (tmp_path / name).write_bytes(b"")
        accept_staged(inbox, name, source=name, received_at=NOON)
    forget(inbox, 1, home=tmp_path)
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["b.parquet"]
    forget(inbox, 2)
    assert (tmp_path / "b.parquet").exists()
    assert waiting(inbox) == 0


def test_many_threads_accept_at_once_and_nothing_is_lost(inbox: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: put(inbox, number), range(80)))
    facts, _ = read_requests(inbox, 1, 80)
    assert sorted(facts["fact_id"].to_list()) == sorted(fact_id(number) for number in range(80))
