"""The inbox: once accepted, a fact is safe; a staged file is a batch of its own."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.event import FACT_SCHEMA, facts_frame, no_facts
from tenshu.collect.inbox import accept, accept_staged, forget, last_seq, read_requests, waiting
from tenshu.kit.ids import fact_id
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "inbox.sqlite")
    upgrade(store, "inbox")
    return store


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


def test_what_was_accepted_survives_closing(inbox: Ledger, tmp_path: Path) -> None:
    put(inbox, 1)
    inbox.close()
    assert waiting(Ledger(tmp_path / "inbox.sqlite")) == 1


def test_a_frame_with_more_columns_keeps_the_facts_columns_only(inbox: Ledger) -> None:
    accept(inbox, facts_frame([fact(1)]).with_columns(extra=pl.lit(1)), source="test", received_at=NOON)
    assert read_requests(inbox, 1, 1)[0].columns == list(FACT_SCHEMA)
