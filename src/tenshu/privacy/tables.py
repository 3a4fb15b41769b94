"""Consents with their proof, addresses that must not be written to, and the words of purposes."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from tenshu.store.tables import Instant, ledger_metadata

consents = Table(
    "consents",
    ledger_metadata,
    Column("fact_id", LargeBinary, primary_key=True),  # the fact that told it: the same twice is one
    Column("node", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("status", String, nullable=False),  # granted | denied | revoked
    Column("basis", String),  # opt_in | business_relation | business_card | published_address
    Column("reason", String),  # required for every basis but opt_in
    Column("recorded_at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("proof", String, nullable=False),  # JSON: how, where, which wording
    Index("consents_node", "node"),
)

suppressions = Table(
    "suppressions",
    ledger_metadata,
    Column("channel", String, primary_key=True),
    Column("address_digest", LargeBinary, primary_key=True),  # keyed, so that it outlives an erasure
    Column("purpose", String, primary_key=True),  # a purpose, or * for all
    Column("reason", String, nullable=False),  # unsubscribed | hard_bounce | soft_bounces | complaint | erased | manual
    Column("since_at", Instant, nullable=False),
)

purpose_words = Table(
    "purpose_words",  # every version of what customers read about a purpose: proofs of consent name its digest
    ledger_metadata,
    Column("purpose", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),  # of the words
    Column("body", String, nullable=False),  # JSON of the purpose
    Column("saved_at", Instant, nullable=False),
    Index("purpose_words_digest", "digest"),
)
