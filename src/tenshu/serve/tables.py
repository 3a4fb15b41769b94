"""The list of processes that work for a shop."""

from sqlalchemy import Column, Integer, String, Table

from tenshu.store.tables import Instant, ledger_metadata

processes = Table(
    "processes",
    ledger_metadata,
    Column("name", String, primary_key=True),  # which part, and on which machine
    Column("pid", Integer, nullable=False),
    Column("host", String, nullable=False),
    Column("started_at", Instant, nullable=False),  # both by the database's own clock
    Column("seen_at", Instant, nullable=False),
    Column("said", String, nullable=False),  # what it is doing, for people
)
