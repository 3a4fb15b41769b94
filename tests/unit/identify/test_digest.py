"""Digesting: facts get their customers, the same twice is one, a kill anywhere changes nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.collect.event import facts_frame
from tenshu.collect.inbox import accept, accept_staged, waiting
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, PRODUCT_PURCHASED
from tenshu.identify import digest as stage
from tenshu.identify.digest import Batch, clear, digest, finish, fresh_facts
from tenshu.identify.tables import node_map
from tenshu.kit.ids import fact_id
from tenshu.privacy.consent import read_effective
from tenshu.store.home import Stores, open_stores
from tenshu.store.migrate import upgrade

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    opened = open_stores(tmp_path)
    upgrade(opened.ledger, "ledger")
    upgrade(opened.inbox, "inbox")
    return opened


def fact(
    key: object, event: str = "tested", who: list[tuple[str, str]] | None = None, **more: object
) -> dict[str, object]:
    people = [{"kind": kind, "value": value} for kind, value in who or []]
    base = {"fact_id": fact_id(key), "event": event, "occurred_at": NOON, "received_at": NOON, "source": "test"}
    return {**base, "identifiers": people, **more}


def line(order_no: str, nth: int, who: list[tuple[str, str]], amount: int = 100, **more: object) -> dict[str, object]:
    typed = {
        "order_no": order_no,
        "product_id": "P1",
        "quantity": Decimal(1),
        "unit_price": Decimal(amount) / 100,
        "amount": amount,
        "is_goods": True,
    }
    return fact((order_no, nth), PRODUCT_PURCHASED, who, **typed, **more)


def take(stores: Stores, *facts: dict[str, object]) -> None:
    accept(stores.inbox, facts_frame(list(facts)), source="test", received_at=NOON)


def run(stores: Stores, now: datetime = NOON) -> Batch | None:
    batch = digest(stores, now=now)
    if batch is not None:
        with stores.ledger.writing() as tx:
            finish(tx, batch)
        clear(stores.inbox, batch)
    return batch


SATO = [("customer_no", "S-1"), ("email", "sato@example.com")]


def test_nothing_waiting_is_no_batch(stores: Stores) -> None:
    assert run(stores) is None


def test_facts_of_several_identifiers_are_one_customers(stores: Stores) -> None:
    take(stores, fact("card", CUSTOMER_DESCRIBED, SATO), fact("by mail", "tested", [("email", "sato@example.com")]))
    run(stores)
    assert stores.warehouse.frame("SELECT customer, event FROM customer_facts ORDER BY event").rows() == [
        (1, CUSTOMER_DESCRIBED),
        (1, "tested"),
    ]


def test_a_fact_of_nobody_is_kept_without_a_customer(stores: Stores) -> None:
    take(stores, line("A", 1, []))
    run(stores)
    assert stores.warehouse.frame("SELECT node FROM facts").rows() == [(None,)]
    assert len(stores.warehouse.frame("SELECT * FROM order_lines")) == 1
    assert stores.warehouse.frame("SELECT * FROM orders").is_empty()


def test_the_same_facts_twice_are_one(stores: Stores) -> None:
    for _ in range(2):
        take(stores, line("A", 1, SATO), line("A", 2, SATO))
        run(stores)
    assert stores.warehouse.frame("SELECT orders.lines, amount FROM orders").rows() == [(2, 200)]


def test_the_same_fact_twice_in_one_batch_is_one(stores: Stores) -> None:
    take(stores, line("A", 1, SATO), line("A", 1, SATO))
    run(stores)
    assert len(stores.warehouse.frame("SELECT * FROM facts")) == 1


def test_a_later_row_that_links_two_customers_moves_all_their_facts(stores: Stores) -> None:
    take(stores, line("A", 1, [("customer_no", "S-1")]), line("B", 1, [("email", "sato@example.com")]))
    run(stores)
    assert stores.warehouse.frame("SELECT count(DISTINCT customer) AS n FROM orders")["n"][0] == 2
    take(stores, fact("card", CUSTOMER_DESCRIBED, SATO))
    run(stores)
    assert stores.warehouse.frame("SELECT DISTINCT customer FROM orders").rows() == [(1,)]


def test_consents_go_to_the_ledger_once(stores: Stores) -> None:
    said = '{"channel":"email","purpose":"marketing","status":"granted","basis":"opt_in","proof":{"how":"form"}}'
    for _ in range(2):
        take(stores, fact("yes", CONSENT_RECORDED, SATO, properties=said))
        run(stores)
    with stores.ledger.reading() as tx:
        rows = read_effective(tx, None, node_map).rows()
    assert rows == [(1, "email", "marketing", "granted", "opt_in")]


def test_a_staged_file_is_digested_like_facts(stores: Stores) -> None:
    (stores.home / "imports").mkdir()
    facts_frame([line("A", 1, SATO), line("A", 2, SATO)]).write_parquet(stores.home / "imports" / "a'b.parquet")
    accept_staged(stores.inbox, "imports/a'b.parquet", source="a.csv", received_at=NOON)
    run(stores)
    assert stores.warehouse.frame("SELECT lines FROM orders").rows() == [(2,)]
    assert waiting(stores.inbox) == 0


def test_customers_are_numbered_in_the_order_of_their_first_fact(stores: Stores) -> None:
    take(stores, *[fact(n, "tested", [("customer_no", f"C{n}")]) for n in (3, 1, 2)])
    run(stores)
    facts = stores.warehouse.frame("SELECT node FROM facts ORDER BY node")
    assert facts["node"].to_list() == [1, 2, 3]
    with stores.ledger.reading() as tx:
        assert tx.frame(select(node_map.c.node))["node"].to_list() == [1, 2, 3]


def test_fresh_facts_leave_history_and_nobodies_out(stores: Stores) -> None:
    old = NOON - timedelta(days=2)
    take(
        stores,
        line("new", 1, SATO),
        line("new", 2, SATO, occurred_at=NOON + timedelta(minutes=1)),
        line("old", 1, SATO, occurred_at=old),
        line("nobody", 1, []),
        fact("seen", "tested", SATO),
    )
    batch = run(stores)
    assert batch is not None
    fresh = fresh_facts(stores.warehouse, batch, now=NOON).select("customer", "event", "order_no", "occurred_at").rows()
    assert fresh == [
        (1, "order_completed", "new", NOON),
        (1, PRODUCT_PURCHASED, "new", NOON),
        (1, "tested", None, NOON),
        (1, PRODUCT_PURCHASED, "new", NOON + timedelta(minutes=1)),
    ]


STEPS = ["resolve", "told_first", "put", "mirror", "record", "set_state"]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_changes_nothing_in_the_end(
    step: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = '{"channel":"email","purpose":"marketing","status":"granted","basis":"opt_in","proof":{}}'
    take(stores, line("A", 1, SATO), line("B", 1, []), fact("yes", CONSENT_RECORDED, SATO, properties=said))
    with monkeypatch.context() as patched:
        patched.setattr(stage, step, _killed)
        with pytest.raises(RuntimeError, match="killed"):
            run(stores)
    take(stores, line("C", 1, SATO))
    first, second = run(stores), run(stores)
    assert (first and first.number, second and second.number) == (1, 2)
    facts = stores.warehouse.frame("SELECT event, batch FROM facts ORDER BY batch, event")
    assert facts.rows() == [
        (CONSENT_RECORDED, 1),
        (PRODUCT_PURCHASED, 1),
        (PRODUCT_PURCHASED, 1),
        (PRODUCT_PURCHASED, 2),
    ]
    with stores.ledger.reading() as tx:
        assert len(read_effective(tx, None, node_map)) == 1


def test_a_batch_that_was_stored_is_not_read_again(stores: Stores) -> None:
    take(stores, line("A", 1, SATO))
    stored = digest(stores, now=NOON)
    take(stores, line("B", 1, SATO))
    again = digest(stores, now=NOON)
    assert stored is not None
    assert again is not None
    assert (again.number, again.last_seq, again.state) == (stored.number, stored.last_seq, "stored")


def test_preparing_completes_facts_before_they_are_kept(stores: Stores) -> None:
    take(stores, fact("seen", "tested", SATO, properties="{}"))
    digest(
        stores,
        now=NOON,
        prepare=lambda facts: facts.with_columns(properties=pl.lit('{"by":"human"}')),
    )
    assert stores.warehouse.frame("SELECT properties FROM facts")["properties"].to_list() == ['{"by":"human"}']


def _killed(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
