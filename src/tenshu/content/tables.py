"""Templates as saved, every version kept."""

from sqlalchemy import Column, Integer, String, Table

from tenshu.store.tables import Instant, ledger_metadata

templates = Table(
    "templates",
    ledger_metadata,
    Column("template", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", String, nullable=False),  # JSON: subject, preheader, mjml, text; one per language
    Column("saved_at", Instant, nullable=False),
)
