"""The inbox (a file of its own), and in the ledger batches, imports and the facts it tells the warehouse."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from tenshu.store.tables import Instant, inbox_metadata, ledger_metadata

requests = Table(
    "requests",
    inbox_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("received_at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),  # facts: Arrow stream in body | staged: path of a Parquet file in body
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

batches = Table(
    "batches",
    ledger_metadata,
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("state", String, nullable=False),  # open -> stored (in the warehouse) -> digested
    Column("now_at", Instant, nullable=False),
)

imports = Table(
    "imports",
    ledger_metadata,
    Column("import_id", String, primary_key=True),  # digest of the file, its mapping and its kind
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("mapping", String, nullable=False),  # JSON
    Column("summary", String, nullable=False),  # JSON: rows, accepted, rejects by reason
    Column("imported_at", Instant, nullable=False),
)

facts_out = Table(
    "facts_out",
    ledger_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event", String, nullable=False),
    Column("node", Integer),  # a customer number is a node of its own component
    Column("occurred_at", Instant, nullable=False),
    Column("properties", String, nullable=False),  # JSON object
    sqlite_autoincrement=True,
)
