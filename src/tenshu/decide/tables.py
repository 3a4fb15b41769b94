"""One decision for every person a scenario wanted: the plan side of the account."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from tenshu.store.tables import Instant, ledger_metadata

decisions = Table(
    "decisions",
    ledger_metadata,
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("journey", String, nullable=False),
    Column("step", String, nullable=False),
    Column("customer", Integer, nullable=False),
    Column("outcome", String, nullable=False),  # send | held_out | suppressed
    Column("reason", String),  # why not; for held_out: what would have stopped it, NULL = would have been sent
    Column("decided_at", Instant, nullable=False),
    Column("is_ghost", Boolean, nullable=False, default=False),  # held out, and would have been sent
    Index("decisions_customer", "customer"),
)
