"""Reading consents gives what `effective` makes of all that was recorded, on both engines and whatever the proof is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.identify.tables import node_map
from tenshu.privacy.consent import effective, read_effective, record
from tenshu.privacy.tables import consents
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


def word(node: int, status: str, days_ago: int, proof: str = "{}", **changes: Any) -> dict[str, Any]:
    said = {
        "fact_id": f"{node}{status}{days_ago}{proof}".encode(),
        "node": node,
        "channel": "email",
        "purpose": "marketing",
        "status": status,
        "basis": "opt_in",
        "reason": None,
        "recorded_at": NOW - days_ago * DAY,
        "source": "form",
        "proof": proof,
    }
    return {**said, **changes}


def put(ledger: Ledger, *words: dict[str, Any], customers: dict[int, int]) -> None:
    nodes = pl.DataFrame({"node": list(customers), "customer": list(customers.values())})
    with ledger.writing() as tx:
        tx.insert(node_map, nodes.with_columns(is_shared=pl.lit(value=False)))
        record(tx, pl.DataFrame(words, infer_schema_length=None).cast({"recorded_at": INSTANT, "reason": pl.String}))


def status_of(ledger: Ledger, customer: int) -> str | None:
    with ledger.reading() as tx:
        found = read_effective(tx, pl.Series([customer]), node_map, now=NOW)
    return None if found.is_empty() else str(found["status"][0])


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        ("{}", "granted"),
        ('{"dated": false}', "revoked"),
        ('{"dated":false, "file": "list.csv"}', "revoked"),
        ('{"dated": true}', "granted"),
        ('{"dated": null}', "granted"),
        ('{"note": "not dated: false"}', "granted"),
        ('{"inner": {"dated": false}}', "granted"),
    ],
)
def test_a_grant_after_a_revocation_counts_unless_its_proof_has_no_date(
    ledger: Ledger, proof: str, expected: str
) -> None:
    put(ledger, word(1, "revoked", 5), word(1, "granted", 3, proof), customers={1: 1})
    assert status_of(ledger, 1) == expected


def test_a_grant_dated_later_allows_nothing_yet_and_a_refusal_counts_at_once(ledger: Ledger) -> None:
    put(ledger, word(1, "granted", -1), word(2, "denied", -1), customers={1: 1, 2: 2})
    assert status_of(ledger, 1) is None
    assert status_of(ledger, 2) == "denied"


def test_all_identifiers_of_a_customer_are_asked_and_nobody_else_s(ledger: Ledger) -> None:
    put(ledger, word(1, "granted", 5), word(7, "denied", 9), word(3, "granted", 1), customers={1: 1, 7: 1, 3: 3})
    assert status_of(ledger, 1) == "denied"
    assert status_of(ledger, 3) == "granted"
    assert status_of(ledger, 9) is None


def test_reading_everybody_is_effective_of_all_that_was_recorded(ledger: Ledger) -> None:
    statuses, proofs = ("granted", "denied", "revoked"), ("{}", '{"dated": false}', '{"dated": true}')
    words = [
        word(1 + nth % 5, statuses[nth % 3], nth % 7, proofs[nth // 3 % 3], fact_id=nth.to_bytes(16, "big"))
        for nth in range(60)
    ]
    customers = {1: 1, 2: 1, 3: 3, 4: 4, 5: 4}
    put(ledger, *words, customers=customers)
    with ledger.reading() as tx:
        read = read_effective(tx, None, node_map, now=NOW)
        recorded = tx.frame(select(consents))
    dated = recorded.with_columns(
        customer=pl.col("node").replace_strict(customers, return_dtype=pl.Int64),
        is_dated=~pl.col("proof").str.contains('"dated": false', literal=True),
    )
    keys = ["customer", "channel", "purpose"]
    assert read.sort(keys).equals(effective(dated).sort(keys))
