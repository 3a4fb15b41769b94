"""What has reached a customer is looked up by customer, however long the outbox is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import event

from tenshu.deliver.contacts import PROMISED, REACHED, read_contacts
from tenshu.deliver.tables import outbox
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import upgrade

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = Ledger(tmp_path / "ledger.sqlite")
    upgrade(store, "ledger")
    yield store
    store.close()


def mail(customer: int, state: str, *, due: int = -5, claimed: int | None = None) -> dict[str, Any]:
    return {
        "enrolment": customer,
        "visit": due,
        "journey": "a",
        "version": 1,
        "step": "hello",
        "customer": customer,
        "channel": "email",
        "purpose": "marketing",
        "template": "t",
        "address": "a",
        "address_digest": b"a",
        "state": state,
        "due_at": NOW + due * HOUR,
        "attempt": 1,
        "claimed_at": None if claimed is None else NOW + claimed * HOUR,
    }


def put(ledger: Ledger, *mails: dict[str, Any]) -> None:
    with ledger.writing() as tx:
        tx.insert(outbox, pl.DataFrame(mails, infer_schema_length=None))


def contacts(ledger: Ledger, *customers: int, since: int = -9, states: tuple[str, ...] = PROMISED) -> list[Any]:
    with ledger.reading() as tx:
        found = read_contacts(tx, pl.Series(customers), since=NOW + since * HOUR, states=states)
    return sorted(found.select("customer", (pl.col("at") - NOW).dt.total_hours()).rows())


def test_what_is_queued_counts_from_when_it_is_due_and_what_was_handed_over_from_then(ledger: Ledger) -> None:
    put(ledger, mail(1, "queued", due=2), mail(2, "sent", claimed=-3), mail(3, "in_doubt", claimed=-4))
    assert contacts(ledger, 1, 2, 3) == [(1, 2), (2, -3), (3, -4)]
    assert contacts(ledger, 1, 2, 3, states=REACHED) == [(2, -3), (3, -4)]


@pytest.mark.parametrize("state", ["failed", "suppressed"])
def test_what_nobody_got_is_no_contact(ledger: Ledger, state: str) -> None:
    put(ledger, mail(1, state, claimed=-1))
    assert contacts(ledger, 1) == []


def test_nothing_from_before_and_nobody_else_is_read(ledger: Ledger) -> None:
    put(ledger, mail(1, "sent", claimed=-9), mail(1, "sent", due=-20, claimed=-10), mail(2, "sent", claimed=-1))
    assert contacts(ledger, 1) == [(1, -9)]


@pytest.mark.parametrize("states", [PROMISED, REACHED])
def test_contacts_are_looked_up_by_customer(ledger: Ledger, states: tuple[str, ...]) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, given))

    event.listen(ledger.engine, "before_cursor_execute", note)
    contacts(ledger, 1, 2, states=states)
    (sql, given), *_ = seen
    with ledger.reading() as tx:
        plan = [row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()]
    assert "SEARCH outbox USING INDEX outbox_customer (customer=?)" in plan
