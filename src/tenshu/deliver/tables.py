"""The outbox: what was decided to be sent, until the receiver has it or a listed state says why not."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from tenshu.store.tables import Instant, ledger_metadata

outbox = Table(
    "outbox",
    ledger_metadata,
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("journey", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("customer", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("template", String, nullable=False),
    Column("address", String, nullable=False),
    Column("address_digest", LargeBinary, nullable=False),
    Column("zone", String),  # the customer's, NULL = the shop's: quiet hours are asked again at every attempt
    Column("state", String, nullable=False),  # queued | sending | sent | failed | in_doubt | suppressed
    Column("reason", String),  # of failed and suppressed
    Column("due_at", Instant, nullable=False),  # business time: not before
    Column("expires_at", Instant),  # business time: never after
    Column("attempt", Integer, nullable=False, default=0),
    Column("claimed_at", Instant),  # business time of the last claim: what caps count from
    Column("lease_at", Instant),  # the database's own clock: until when a dispatcher holds it
    Column("worker", String),
    Column("ended_at", Instant),  # business time of sent, failed, suppressed
    Index("outbox_state_due", "state", "due_at"),
    Index("outbox_customer", "customer"),
)

soft_bounces = Table(
    "soft_bounces",
    ledger_metadata,
    Column("address_digest", LargeBinary, primary_key=True),
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("bounced_at", Instant, nullable=False),
)
