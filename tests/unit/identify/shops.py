"""Facts of a small shop, stores that open fast, and slow answers to compare with."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.collect import tables as _collect  # noqa: F401 - the ledger's tables
from tenshu.collect.vocabulary import CONSENT_RECORDED, CUSTOMER_DESCRIBED, PRODUCT_PURCHASED
from tenshu.identify.tables import identifiers, node_map
from tenshu.kit.ids import fact_id
from tenshu.privacy.tables import consents
from tenshu.store.home import Stores
from tenshu.store.ledger import Ledger
from tenshu.store.tables import inbox_metadata, ledger_metadata
from tenshu.store.warehouse import Warehouse

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SAID = '{"channel":"email","purpose":"marketing","status":"granted","basis":"opt_in","proof":{"how":"form"}}'
KINDS = ("customer_no", "member_no", "email", "phone")

Fact = dict[str, Any]
Identifier = tuple[str, str]

#: Whom a row names: at most one value of each kind, the strongest first, few values so that rows meet.
WHO = st.tuples(*[st.none() | st.integers(1, 3) for _kind in KINDS]).map(
    lambda values: [(kind, f"{kind}-{value}") for kind, value in zip(KINDS, values, strict=True) if value]
)


@st.composite
def histories(draw: st.DrawFn, *, most: int = 14) -> list[Fact]:
    """Draw facts of few people: order lines, descriptions and consents."""
    people = draw(st.lists(WHO, min_size=1, max_size=most))
    return [make_fact(number, who, draw(st.integers(0, 3))) for number, who in enumerate(people)]


def make_fact(number: int, who: Sequence[Identifier], kind: int) -> Fact:
    """Return the fact of that number: 0 a description, 1 a consent, else a line of an order."""
    fact: Fact = {
        "fact_id": fact_id("shop", number),
        "event": CUSTOMER_DESCRIBED,
        "occurred_at": START + timedelta(minutes=number),
        "received_at": START + timedelta(minutes=number),
        "source": "test",
        "identifiers": [{"kind": kind, "value": value} for kind, value in who],
        "properties": '{"traits":{}}',
    }
    if kind == 1:
        return {**fact, "event": CONSENT_RECORDED, "properties": SAID}
    if kind > 1:
        line = {"order_no": f"O{number // 2}", "product_id": f"P{number % 3}", "description": f"Tea {number}"}
        price = {
            "quantity": Decimal(2),
            "unit_price": Decimal(number),
            "amount": 2 * number,
            "is_goods": number % 3 > 0,
        }
        return {**fact, "event": PRODUCT_PURCHASED, "properties": None, **line, **price}
    return fact


def fresh_stores(home: Path, *, is_kept: bool = False) -> Stores:
    """Return the stores of a new home; the warehouse lies in memory unless it is to be kept."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "warehouse.duckdb" if is_kept else None
    stores = Stores(home, Ledger(home / "ledger.sqlite"), Ledger(home / "inbox.sqlite"), Warehouse(path, threads=1))
    ledger_metadata.create_all(stores.ledger.engine)
    inbox_metadata.create_all(stores.inbox.engine)
    return stores


def contents(stores: Stores) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that was digested, but for the numbers of batches."""
    columns = {
        "facts": "fact_id, node, event, occurred_at, received_at, source, properties",
        "order_lines": "fact_id, node, order_no, product_id, description, quantity, unit_price, amount, is_goods",
        "node_map": "node, customer",
        "orders": "customer, order_no, occurred_at, amount, lines",
    }
    found = {
        table: stores.warehouse.frame(f"SELECT {names} FROM {table} ORDER BY ALL").rows()
        for table, names in columns.items()
    }
    with stores.ledger.reading() as tx:
        found["consents"] = sorted(tx.frame(select(consents)).rows())
        found["identifiers"] = sorted(
            tx.frame(select(identifiers.c.node, identifiers.c.kind, identifiers.c.value)).rows()
        )
        found["shared"] = sorted(tx.frame(select(node_map.c.node, node_map.c.customer, node_map.c.is_shared)).rows())
    return found


def partition(stores: Stores) -> set[frozenset[Identifier]]:
    """Return who is one customer, as sets of identifiers: numbers of nodes left out."""
    query = select(node_map.c.customer, identifiers.c.kind, identifiers.c.value)
    with stores.ledger.reading() as tx:
        rows = tx.frame(query.join(identifiers, identifiers.c.node == node_map.c.node)).rows()
    customers: dict[int, set[Identifier]] = {}
    for customer, kind, value in rows:
        customers.setdefault(customer, set()).add((kind, value))
    return {frozenset(those) for those in customers.values()}


def partition_by_hand(rows: Iterable[Sequence[Identifier]]) -> set[frozenset[Identifier]]:
    """Return who is one customer by the two rules of `identify.graph`, row by row and set by set."""
    told = [list(row) for row in rows]
    known = {one for row in told for one in row}
    links = {(row[0], other) for row in told for other in row[1:]}
    strength = {kind: place for place, kind in enumerate(KINDS)}
    shared = set()
    for weak in known:
        for kind in KINDS[: strength[weak[0]]]:
            if len({strong for strong, other in links if other == weak and strong[0] == kind}) > 1:
                shared.add(weak)
    while True:
        kept = {link for link in links if not shared & set(link)}
        customers = _components(known, kept)
        torn = set().union(*(those for those in customers if sum(kind == KINDS[0] for kind, _ in those) > 1))
        if not torn:
            return customers
        weakest = max((strength[other[0]] for _strong, other in kept if other in torn), default=None)
        shared |= {other for _strong, other in kept if other in torn and strength[other[0]] == weakest}


def _components(known: set[Identifier], links: set[tuple[Identifier, Identifier]]) -> set[frozenset[Identifier]]:
    of = {one: frozenset([one]) for one in known}
    for a, b in links:
        joined = of[a] | of[b]
        of.update(dict.fromkeys(joined, joined))
    return set(of.values())
