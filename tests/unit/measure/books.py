"""A small shop's books for tests: decisions and outbox in a ledger, facts and orders in a warehouse."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tenshu.collect.vocabulary import JOURNEY_ENTERED
from tenshu.decide.tables import decisions
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import node_map
from tenshu.journey.tables import journeys
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.settings import settings
from tenshu.store.tables import ledger_metadata
from tenshu.store.warehouse import Warehouse

#: A Monday morning in Tokyo.
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
#: Tables that only have to be known to the metadata.
KNOWN = (decisions, outbox, node_map, journeys, settings)


def day(days: float) -> datetime:
    """Return the instant so many days after the start."""
    return START + timedelta(days=days)


def make_ledger(folder: Path) -> Ledger:
    """Return an empty ledger in the folder."""
    ledger = Ledger(folder / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    return ledger


def decide(ledger: Ledger, *rows: dict[str, Any]) -> None:
    """Write decisions; with `state` also the row of the outbox. Numbers are given out in order."""
    with ledger.reading() as tx:
        first = tx.value(
            decisions.select().with_only_columns(decisions.c.enrolment).order_by(decisions.c.enrolment.desc())
        )
    plain = [_decision(number, row) for number, row in enumerate(rows, start=(first or 0) + 1)]
    kept = [name for name in decisions.c.keys() if name != "is_ghost"]  # noqa: SIM118 - a column collection
    frame = pl.DataFrame([{name: row.get(name) for name in kept} for row in plain], infer_schema_length=None)
    with ledger.writing() as tx:
        tx.insert(decisions, frame.with_columns(pl.col("reason").cast(pl.String), is_ghost=pl.lit(value=False)))
        for row in plain:
            if row.get("state"):
                tx.insert(outbox, _queued(row))


def post(ledger: Ledger, *, enrolment: int, state: str, journey: str = "hello", step: str = "first") -> None:
    """Write a message into the outbox that nobody decided."""
    row = {"enrolment": enrolment, "visit": 1, "journey": journey, "step": step, "customer": 1, "state": state}
    with ledger.writing() as tx:
        tx.insert(outbox, _queued(row))


def begin(
    ledger: Ledger, definition: dict[str, Any], *, version: int = 1, at: datetime = START, status: str = "active"
) -> None:
    """Write a scenario as started."""
    row = {
        "journey": definition["name"],
        "version": version,
        "body": json.dumps(definition),
        "status": status,
        "started_at": at,
    }
    with ledger.writing() as tx:
        tx.insert(journeys, pl.DataFrame([row]))


def definition(name: str = "hello", **changes: Any) -> dict[str, Any]:
    """Return a scenario with two letters, a week apart."""
    return {
        "tenshu": "journey/1",
        "name": name,
        "title": {"ja": "ごあいさつ", "en": "Greetings"},
        "entry": {"kind": "daily", "at": "10:00", "condition": {}},
        "goal": {"event": "order_completed", "within_days": 14, "target_rate": 0.05},
        "review_on": "2026-05-01",
        "holdout_rate": 0.5,
        "first_step": "first",
        "steps": {
            "first": {"kind": "send", "channel": "email", "template": "one", "next": "week"},
            "week": {"kind": "wait", "days": 7, "next": "second"},
            "second": {"kind": "send", "channel": "email", "template": "two", "next": "end"},
            "end": {"kind": "exit"},
        },
    } | changes


def know(warehouse: Warehouse, customers: dict[int, int]) -> None:
    """Write the node map: node -> customer."""
    frame = pl.DataFrame({"node": list(customers), "customer": list(customers.values())})
    warehouse.append("node_map", frame)


def tell(warehouse: Warehouse, event: str, node: int | None, at: datetime, **properties: Any) -> None:
    """Write one fact."""
    count = warehouse.frame("SELECT count(*)::BIGINT AS n FROM facts").item()
    frame = pl.DataFrame(
        {
            "fact_id": [int(count).to_bytes(16, "big")],
            "batch": [1],
            "node": pl.Series([node], dtype=pl.Int64),
            "event": [event],
            "occurred_at": pl.Series([at], dtype=INSTANT),
            "received_at": pl.Series([at], dtype=INSTANT),
            "source": ["test"],
            "properties": [json.dumps(properties)],
        }
    )
    warehouse.append("facts", frame)


def enter(warehouse: Warehouse, node: int, at: datetime, *, arm: str = "treated", journey: str = "hello") -> None:
    """Let somebody enter a scenario."""
    tell(warehouse, JOURNEY_ENTERED, node, at, journey=journey, version=1, enrolment=node, entry_key=str(at), arm=arm)


def buy(
    warehouse: Warehouse,
    node: int | None,
    at: datetime,
    amount: int = 1000,
    *,
    order_no: str | None = None,
    products: tuple[str, ...] = ("tea",),
    event: str = "product_purchased",
    is_goods: bool = True,
) -> None:
    """Write one order; the first product carries the amount, the others cost 100 each."""
    number = order_no or f"{node}-{at:%Y%m%d%H%M%S%f}"
    amounts = [amount, *([100] * (len(products) - 1))]
    frame = pl.DataFrame(
        {
            "order_no": number,
            "product_id": list(products),
            "description": [name.upper() for name in products],
            "amount": amounts,
            "unit_price": pl.Series(amounts).cast(pl.Decimal(18, 4)),
        }
    ).with_columns(
        fact_id=pl.lit(b"0" * 16),
        batch=pl.lit(1),
        node=pl.lit(node, pl.Int64),
        event=pl.lit(event),
        source=pl.lit("till"),
        quantity=pl.lit(1).cast(pl.Decimal(18, 3)),
        is_goods=pl.lit(is_goods),
        occurred_at=pl.lit(at, INSTANT),
    )
    warehouse.append("order_lines", frame)


def _decision(number: int, row: dict[str, Any]) -> dict[str, Any]:
    told = {"enrolment": number, "visit": 1, "journey": "hello", "step": "first", "customer": number}
    return told | {"outcome": "send", "decided_at": START} | row


def _queued(row: dict[str, Any]) -> pl.DataFrame:
    told = {name: row.get(name) for name in ("enrolment", "visit", "journey", "step", "customer", "state")}
    rest = {
        "version": 1,
        "channel": "email",
        "purpose": "marketing",
        "template": "one",
        "address": "a@example.com",
        "address_digest": b"x",
        "reason": row.get("state_reason"),
        "due_at": row.get("due_at") or START,
        "attempt": 0,
    }
    ended = {"ended_at": row["ended_at"]} if row.get("ended_at") else {}
    return pl.DataFrame([told | rest | ended], schema_overrides={"reason": pl.String})
