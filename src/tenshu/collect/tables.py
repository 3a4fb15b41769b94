"""The inbox (a file of its own), and in the ledger batches, imports and the facts it tells the warehouse."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, text

from tenshu.store.tables import Instant, inbox_metadata, ledger_metadata

requests = Table(
    "requests",
    inbox_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("received_at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column(
        "kind", String, nullable=False
    ),  # facts: a stream of them in body (streams.py) | staged: path of a Parquet file in body
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
    Column("import_id", String),  # of the import that is alone in it, from stored on; NULL = single facts
    Column("undone_at", Instant),  # when that import was undone: nothing of the batch is left
    Index(
        "batches_import",
        "import_id",
        sqlite_where=text("import_id IS NOT NULL"),
        postgresql_where=text("import_id IS NOT NULL"),
    ),
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
    Column("undo_began_at", Instant),  # an undo that was cut short is taken up again
    Column("undone_at", Instant),  # it was undone; the same file may come again, and its row is then replaced
    Column("undone_by", String),  # who said so
    Column("undone_facts", Integer),  # how many facts went with it
    Column("undone_people", Integer),  # how many customers nobody told of any more
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
