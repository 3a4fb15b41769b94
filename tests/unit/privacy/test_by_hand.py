"""Consents and suppressions in the ledger against a small model of them in Python."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenshu.collect import tables as _collect  # noqa: F401 - the ledger's tables
from tenshu.identify.tables import node_map
from tenshu.privacy.consent import BASES, effective, read_effective, record
from tenshu.privacy.suppression import EVERY_PURPOSE, digest_address, read_suppressed, suppress, unsubscribe
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.tables import ledger_metadata

START = datetime(2026, 1, 1, tzinfo=UTC)
REASONS = ("unsubscribed", "hard_bounce", "soft_bounces", "complaint", "erased", "manual")
SCHEMA = {
    "fact_id": pl.Binary(),
    "node": pl.Int64(),
    "channel": pl.String(),
    "purpose": pl.String(),
    "status": pl.String(),
    "basis": pl.String(),
    "reason": pl.String(),
    "recorded_at": INSTANT,
    "source": pl.String(),
    "proof": pl.String(),
}
Word = dict[str, Any]


def open_ledger(folder: Path) -> Ledger:
    ledger = Ledger(folder / "ledger.sqlite")
    ledger_metadata.create_all(ledger.engine)
    return ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


def map_of(ledger: Ledger, customers: dict[int, int]) -> None:
    rows = {"node": list(customers), "customer": list(customers.values()), "is_shared": [False] * len(customers)}
    with ledger.writing() as tx:
        tx.insert(node_map, pl.DataFrame(rows))


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    return [
        {
            "fact_id": number.to_bytes(16, "big"),
            "node": draw(st.integers(1, 4)),
            "channel": "email",
            "purpose": draw(st.sampled_from(["marketing", "service"])),
            "status": draw(st.sampled_from(["granted", "granted", "denied", "revoked"])),
            "basis": draw(st.sampled_from([*BASES, "opt_in", "rumour", None])),
            "reason": draw(st.sampled_from([None, "", " ", "納品先"])),
            "recorded_at": START + timedelta(days=draw(st.integers(0, 3))),
            "source": "file",
            "proof": draw(st.sampled_from(["{}", '{"dated":true}', '{"dated":false}'])),
        }
        for number in range(draw(st.integers(0, 10)))
    ]


def allowed_by_hand(told: list[Word], customers: dict[int, int]) -> set[tuple[int, str]]:
    """Return (customer, purpose) of those who may be written to: every identifier that said a word last said yes."""
    newest: dict[tuple[int, str], Word] = {}
    taken_back = {(word["node"], word["purpose"]) for word in told if word["status"] == "revoked"}
    for word in told:
        key = (word["node"], word["purpose"])
        # A list that does not say when somebody agreed never stands against their own revocation.
        if key in taken_back and word["status"] == "granted" and "false" in word["proof"]:
            continue
        at_hand = newest.get(key)
        is_refusal = word["status"] != "granted"
        place = (word["recorded_at"], is_refusal, word["fact_id"])
        if at_hand is None or place > (at_hand["recorded_at"], at_hand["status"] != "granted", at_hand["fact_id"]):
            newest[key] = word
    said: dict[tuple[int, str], list[bool]] = {}
    for (node, purpose), word in newest.items():
        has_reason = bool((word["reason"] or "").strip())
        has_ground = word["basis"] == "opt_in" or (word["basis"] in BASES and has_reason)
        said.setdefault((customers[node], purpose), []).append(word["status"] == "granted" and has_ground)
    return {key for key, answers in said.items() if all(answers)}


@settings(max_examples=25, deadline=None)
@given(words(), st.fixed_dictionaries({node: st.integers(1, 4) for node in range(1, 5)}), st.data())
def test_allowed_is_whoever_said_yes_last_by_every_identifier(
    tmp_path_factory: pytest.TempPathFactory, told: list[Word], customers: dict[int, int], data: st.DataObject
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("consents"))
    map_of(ledger, customers)
    for word in data.draw(st.permutations([*told, *told[:2]])):  # in any order, some of it twice
        with ledger.writing() as tx:
            record(tx, pl.DataFrame([word], schema=SCHEMA))
    with ledger.reading() as tx:
        found = read_effective(tx, None, node_map)
        some = read_effective(tx, pl.Series([1, 3]), node_map)
    granted = set(found.filter(pl.col("status") == "granted").select("customer", "purpose").rows())
    assert granted == allowed_by_hand(told, customers)
    assert not found.select("customer", "channel", "purpose").is_duplicated().any()
    by_name = ["customer", "purpose"]
    assert some.sort(by_name).equals(found.filter(pl.col("customer").is_in([1, 3])).sort(by_name))
    ledger.close()


@settings(max_examples=40, deadline=None)
@given(words())
def test_merging_customers_never_allows_more(told: list[Word]) -> None:
    frame = pl.DataFrame(told, schema=SCHEMA).with_columns(is_dated=~pl.col("proof").str.contains("false"))
    alone, merged = (
        effective(frame.with_columns(customer=whose)).filter(pl.col("status") == "granted")
        for whose in (pl.col("node"), pl.lit(1, pl.Int64))
    )
    assert set(merged["purpose"]) <= set(alone["purpose"])


def test_unsubscribing_after_a_complaint_is_one_word_however_often(ledger: Ledger) -> None:
    digest = digest_address("sato@example.com", b"k" * 32)
    mine = pl.DataFrame({"address_digest": [digest]})
    with ledger.writing() as tx:
        suppress(tx, mine, channel="email", purpose="marketing", reason="complaint", at=START)
    changed = []
    for day in range(3):
        with ledger.writing() as tx:
            changed.append(_unsubscribe(tx, 1, digest, "marketing", START + timedelta(days=day)))
    with ledger.reading() as tx:
        assert tx.frame(select(consents.c.status))["status"].to_list() == ["revoked"]
        assert tx.frame(select(suppressions.c.reason))["reason"].to_list() == ["complaint"]  # the first reason stays
    assert changed == [True, False, False]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["suppress", "unsubscribe"]),
        st.integers(1, 3),
        st.sampled_from(["marketing", "service", EVERY_PURPOSE]),
        st.sampled_from(REASONS),
    ),
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(ACTS)
def test_suppressions_only_grow_and_keep_their_first_reason(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int, str, str]]
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("suppressions"))
    model: dict[tuple[bytes, str], str] = {}
    gone: set[tuple[int, str]] = set()
    for hour, (act, who, purpose, reason) in enumerate(acts):
        digest, at = digest_address(f"{who}@example.com", b"k" * 32), START + timedelta(hours=hour)
        with ledger.writing() as tx:
            if act == "suppress":
                suppress(
                    tx,
                    pl.DataFrame({"address_digest": [digest]}),
                    channel="email",
                    purpose=purpose,
                    reason=reason,
                    at=at,
                )
                model.setdefault((digest, purpose), reason)
                continue
            is_new = model.get((digest, purpose)) != "unsubscribed" and (who, purpose) not in gone
            assert _unsubscribe(tx, who, digest, purpose, at) is is_new
            model.setdefault((digest, purpose), "unsubscribed")
            gone |= {(who, purpose)} if is_new else set()
    with ledger.reading() as tx:
        found = read_suppressed(tx, None, channel="email")
        one = read_suppressed(tx, pl.Series([digest_address("1@example.com", b"k" * 32)]), channel="email")
        revoked = tx.frame(select(consents.c.node, consents.c.purpose, consents.c.status))
        assert read_suppressed(tx, None, channel="line").is_empty()
    assert {(digest, purpose): reason for digest, purpose, reason in found.rows()} == model
    assert set(one.rows()) <= set(found.rows())
    assert sorted(revoked.rows()) == sorted((who, purpose, "revoked") for who, purpose in gone)
    ledger.close()


@settings(max_examples=50)
@given(
    st.text(min_size=1), st.text(min_size=1), st.binary(min_size=16, max_size=32), st.binary(min_size=16, max_size=32)
)
def test_digest_is_one_for_one_address_and_one_key_only(a: str, b: str, key: bytes, other: bytes) -> None:
    a, b = (text.encode("utf-8", "ignore").decode() for text in (a, b))
    assert (digest_address(a, key) == digest_address(b, key)) is (a == b)
    assert (digest_address(a, key) == digest_address(a, other)) is (key.ljust(64, b"\0") == other.ljust(64, b"\0"))


def _unsubscribe(tx: Any, node: int, digest: bytes, purpose: str, at: datetime) -> bool:
    return unsubscribe(
        tx, node=node, channel="email", purpose=purpose, address_digest=digest, at=at, proof={"how": "page"}
    )
