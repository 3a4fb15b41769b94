"""Saved segments, and how far the live state of conditions has come."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from tenshu.store.tables import Instant, ledger_metadata

segments = Table(
    "segments",
    ledger_metadata,
    Column("segment", String, primary_key=True),  # its name
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", String, nullable=False),  # JSON: language -> words
    Column("body", String, nullable=False),  # the condition as JSON
    Column("status", String, nullable=False),  # active | ended
    Column("saved_at", Instant, nullable=False),
    Column("is_filled", Boolean, nullable=False, default=False),  # the first fill tells nobody that people entered
)

live_state = Table(
    "live_state",
    ledger_metadata,
    Column("name", String, primary_key=True),  # conditions
    Column("batch", Integer, nullable=False),  # the last batch of the inbox that it has seen
    Column("position", Integer, nullable=False),  # the last fact of the ledger's own that it has seen
    Column("moved_at", Instant, nullable=False),  # the business instant at which it stands
    Column("cuts_version", Integer),  # the published cut points that it uses
)
