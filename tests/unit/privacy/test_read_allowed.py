"""What the engine packs into numbers is what `read_effective` reads word by word, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from tenshu.identify.tables import node_map
from tenshu.privacy.consent import BASES, STATUSES, read_allowed, read_effective, record
from tenshu.privacy.tables import consents
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.migrate import upgrade
from tenshu.store.postgres import PostgresPlace

NOW = datetime(2026, 1, 9, tzinfo=UTC)
PEOPLE = 6
KINDS = {"recorded_at": INSTANT, "basis": pl.String(), "reason": pl.String()}


@pytest.fixture
def ledger(place: Path | PostgresPlace) -> Iterator[Ledger]:
    store = Ledger(place)
    upgrade(store, "ledger")
    yield store
    store.close()


WORDS = st.fixed_dictionaries(
    {
        "node": st.integers(1, 2 * PEOPLE),
        "channel": st.sampled_from(["email", "email", "email", "sms"]),
        "purpose": st.sampled_from(["marketing", "marketing", "service"]),
        "status": st.sampled_from([*STATUSES, "granted", "odd"]),
        "basis": st.sampled_from([*BASES, "opt_in", None, "hearsay"]),
        "reason": st.sampled_from([None, "", "名刺", " 取引先 ", "\u3000\t\u00a0", "\u2009x"]),
        "days": st.integers(-2, 2),
        "proof": st.sampled_from(["{}", '{"dated": false}', '{"bulk": true}']),
    }
)


def put(ledger: Ledger, words: list[dict[str, Any]], customers: list[int]) -> None:
    """Keep these words and no others; a node is of its number's customer."""
    nodes = pl.DataFrame({"node": range(1, len(customers) + 1), "customer": customers})
    rows = [
        {**{name: word[name] for name in word if name != "days"}, "recorded_at": NOW - timedelta(days=word["days"])}
        | {"fact_id": nth.to_bytes(2, "big"), "source": "form"}
        for nth, word in enumerate(words)
    ]
    with ledger.writing() as tx:
        tx.execute(delete(node_map))
        tx.execute(delete(consents))
        tx.insert(node_map, nodes.with_columns(is_shared=pl.lit(value=False)))
        record(
            tx, pl.DataFrame(rows, schema_overrides=KINDS).cast({"recorded_at": INSTANT}) if rows else pl.DataFrame()
        )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.lists(WORDS, max_size=14),
    customers=st.lists(st.integers(1, PEOPLE), min_size=2 * PEOPLE, max_size=2 * PEOPLE),
)
def test_packed_words_are_the_words(ledger: Ledger, words: list[dict[str, Any]], customers: list[int]) -> None:
    put(ledger, words, customers)
    for now in (None, NOW):
        with ledger.reading() as tx:
            packed = read_allowed(tx, node_map, channel="email", purpose="marketing", now=now)
            whole = read_effective(tx, None, node_map, now=now)
        mine = whole.filter((pl.col("channel") == "email") & (pl.col("purpose") == "marketing"))
        assert packed.sort("customer").rows() == mine.sort("customer").rows()


def test_a_large_number_is_read_to_its_last_digit(ledger: Ledger) -> None:
    """Customers' numbers, times the room for a word, stay exact far beyond what a shop can have."""
    word = {"node": 1, "channel": "email", "purpose": "marketing", "status": "granted", "basis": "opt_in"}
    put(ledger, [{**word, "reason": None, "days": 0, "proof": "{}"}], [2**31 - 1])
    with ledger.reading() as tx:
        found = read_allowed(tx, node_map, channel="email", purpose="marketing")
    assert found.rows() == [(2**31 - 1, "email", "marketing", "granted", "opt_in")]
