"""The outbox: what was decided to be sent, until the receiver has it or a listed state says why not.

Beside it the witness (what was handed over, only ever added to), its sums, and the breakers that it trips.
"""

from typing import Final

from sqlalchemy import Column, ColumnElement, Index, Integer, LargeBinary, String, Table, literal_column, text

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
    Index("outbox_customer", "customer"),
)
# What waits and what is in somebody's hands are few beside what is done: their indexes hold nothing else, and a
# question that is to use them must spell the state out (`IS_QUEUED` and the like).
_QUEUED: Final = text("state = 'queued'")
_SENDING: Final = text("state = 'sending'")
Index(
    "outbox_queued",
    *(outbox.c.journey, outbox.c.version, outbox.c.due_at, outbox.c.enrolment, outbox.c.visit),
    sqlite_where=_QUEUED,
    postgresql_where=_QUEUED,
)
Index("outbox_sending", outbox.c.lease_at, sqlite_where=_SENDING, postgresql_where=_SENDING)
# What a customer waits for goes before everything else when a provider's limit leaves little room.
_QUEUED_SERVICE: Final = text("state = 'queued' AND purpose = 'service'")
Index("outbox_queued_service", outbox.c.due_at, sqlite_where=_QUEUED_SERVICE, postgresql_where=_QUEUED_SERVICE)
_IN_DOUBT: Final = text("state = 'in_doubt'")
Index("outbox_in_doubt", outbox.c.journey, sqlite_where=_IN_DOUBT, postgresql_where=_IN_DOUBT)
#: The key of the unit of account: one person at one visit of a send step.
KEY: Final = ("enrolment", "visit")
IS_QUEUED: Final[ColumnElement[bool]] = outbox.c.state == literal_column("'queued'")
IS_SERVICE: Final[ColumnElement[bool]] = outbox.c.purpose == literal_column("'service'")
IS_SENDING: Final[ColumnElement[bool]] = outbox.c.state == literal_column("'sending'")
IS_IN_DOUBT: Final[ColumnElement[bool]] = outbox.c.state == literal_column("'in_doubt'")

handovers = Table(
    "handovers",  # one row a message that a receiver accepted: never changed, never deleted
    ledger_metadata,
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("customer", Integer, nullable=False),  # as numbered then
    Column("journey", String, nullable=False),
    Column("step", String, nullable=False),
    Column("address_digest", LargeBinary, nullable=False),
    Column("handed_at", Instant, nullable=False),  # business time
    Index("handovers_customer", "customer", "journey", "step"),
    Index("handovers_address", "address_digest", "journey", "step"),
)

tallies = Table(
    "tallies",  # sums over the witness, so that nobody has to count history
    ledger_metadata,
    Column("journey", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("handed", Integer, nullable=False),  # messages that a receiver accepted
    Column("repeated", Integer, nullable=False),  # of them, or kept back: to somebody who had it already
)

handed_by_minute = Table(
    "handed_by_minute",  # how many messages were claimed and not given back: what a provider's limits count
    ledger_metadata,
    Column("minute_at", Instant, primary_key=True),  # business time, the beginning of the minute of the claim
    Column("messages", Integer, nullable=False),
)

breakers = Table(
    "breakers",  # a scenario's sending that stopped itself, until a person has looked
    ledger_metadata,
    Column("journey", String, primary_key=True),
    Column("tripped_at", Instant, primary_key=True),  # business time
    Column("reason", String, nullable=False),  # already_sent | unplanned | repeated | flood | overdue
    Column("found", String, nullable=False),  # JSON: how many, and the like
    Column("cleared_at", Instant),
    Column("cleared_by", String),
)

soft_bounces = Table(
    "soft_bounces",
    ledger_metadata,
    Column("address_digest", LargeBinary, primary_key=True),
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("bounced_at", Instant, nullable=False),
)

test_sends = Table(
    "test_sends",  # letters that the shop sent to itself: nobody's account counts them
    ledger_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("template", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String, nullable=False),
    Column("customer", Integer),  # as whom it was written; NULL = as nobody
    Column("person", Integer, nullable=False),  # who asked for it
    Column("address", String, nullable=False),  # of the person or a colleague
    Column("sent_at", Instant, nullable=False),  # business time
    Column("outcome", String, nullable=False),  # accepted | refused | deferred | unknown
    Column("said", String, nullable=False),  # what the server said
    Index("test_sends_template", "template", "version"),
    Index("test_sends_person", "person", "sent_at"),
)
