"""Jobs as asked for, one row each: who has it in hand, how far it is, what came of it."""

from sqlalchemy import Column, Index, Integer, String, Table

from tenshu.store.tables import Instant, ledger_metadata

jobs = Table(
    "jobs",
    ledger_metadata,
    Column("job", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("given", String, nullable=False),  # JSON object
    Column("state", String, nullable=False),  # waiting | running | done | failed | cancelled
    Column("progress", String),  # JSON: what, done, of
    Column("asked_at", Instant, nullable=False),  # business time; nothing later counts for the job
    Column("started_at", Instant),  # business time of the last attempt
    Column("ended_at", Instant),  # business time of done, failed, cancelled
    Column("holder", String),  # who runs it
    Column("lease_at", Instant),  # the database's own clock: until when the holder has it
    Column("attempt", Integer, nullable=False, default=0),
    Column("result", String),  # JSON object, of done
    Column("error", String),  # JSON: template and given of the last reason
    Index("jobs_state", "state"),
    sqlite_autoincrement=True,
)
