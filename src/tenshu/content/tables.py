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

template_drafts = Table(
    "template_drafts",  # what somebody is writing and has not saved: one a person and template
    ledger_metadata,
    Column("template", String, primary_key=True),
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("body", String, nullable=False),  # JSON as in templates
    Column("based_on", Integer, nullable=False),  # the version that it began with
    Column("changed_at", Instant, nullable=False),
)
