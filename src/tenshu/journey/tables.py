"""Scenarios as drafted and as started, and everybody's walk through them."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint, text

from tenshu.store.tables import Instant, ledger_metadata

journeys = Table(
    "journeys",
    ledger_metadata,
    Column("journey", String, primary_key=True),  # its name
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", String, nullable=False),  # the definition as JSON
    Column("status", String, nullable=False),  # active | paused | ended
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant),  # next instant its entry rule is due, NULL = only by facts or never again
)

journey_drafts = Table(
    "journey_drafts",  # scenarios that somebody is preparing: nothing of them runs
    ledger_metadata,
    Column("journey", String, primary_key=True),  # the name that it will have
    Column("body", String, nullable=False),  # JSON: the recipe and what was chosen; the definition is made of it
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", String, nullable=False),  # the person
    Column("dropped_at", Instant),  # thrown away, and can be taken back
)

enrolments = Table(
    "enrolments",
    ledger_metadata,
    Column("enrolment", Integer, primary_key=True, autoincrement=False),
    Column("journey", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer", Integer, nullable=False),
    Column("entry_key", String, nullable=False),  # launch, order number, date ... : the same key enters once
    Column("arm", String, nullable=False),  # treated | held_out
    Column("entered_at", Instant, nullable=False),
    Column("status", String, nullable=False),  # active | ended
    Column("step", String, nullable=False),  # where it stands
    Column("visit", Integer, nullable=False),  # how many steps it has visited
    Column("due_at", Instant),  # when it goes on; NULL once ended
    Column("outcome", String),  # done | goal | exit | merged | ended | unknown, once ended
    Column("ended_at", Instant),
    UniqueConstraint("journey", "customer", "entry_key"),
    # Those who wait, scenario by scenario: what is paused is never looked through, what has ended is not in it.
    Index(
        "enrolments_waiting",
        "journey",
        "version",
        "due_at",
        "enrolment",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("enrolments_customer", "customer"),
)
