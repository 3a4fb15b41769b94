"""What is due, with all that the last check wants to know of it at first sight: one question a scenario.

Most messages are plain: allowed by one clear word, to an address that nobody has taken back, to somebody who has had
nothing lately. A row says so itself; only of those that are not plain is anything else asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from tenshu.decide.tables import decisions
from tenshu.deliver.contacts import REACHED
from tenshu.deliver.queue import due_heads, is_awaited
from tenshu.deliver.tables import IS_QUEUED, KEY, handovers, outbox
from tenshu.identify.tables import node_map
from tenshu.journey.tables import enrolments
from tenshu.privacy.suppression import EVERY_PURPOSE
from tenshu.privacy.tables import consents, suppressions
from tenshu.store.dialect import LedgerDialect
from tenshu.store.ledger import Transaction, polars_type
from tenshu.store.tables import to_micros

#: A row of the outbox by column, with what `due_rows` adds.
Row = dict[str, Any]
_ADDED: Final = {"decided": pl.String(), "walk_outcome": pl.String(), "is_accepted": pl.Boolean()}
_ASKED: Final[dict[str, tuple[Select[Any], Select[Any]]]] = {}
_SCHEMA: Final = {column.name: polars_type(column) for column in outbox.columns}


def due_rows(
    tx: Transaction, now: datetime, limit: int, *, since: datetime, is_service_first: bool = False
) -> list[Row]:
    """Return what is due, the longest waiting first, with what its decision, its walk and the witness say.

    Args:
        tx: the transaction of the claim.
        now: business time.
        limit: at most so many.
        since: contacts from then on count for caps.
        is_service_first: what customers wait for goes before all else.

    Returns:
        Rows of the outbox with `decided` (the decision's outcome), `walk_outcome` (how the walk ended), `why` and
        `why_always` (the reason why the address must not be written to, for this purpose and for every), `clock` (the
        database's own), and whether: the witness has it (`is_accepted`), somebody of this number or address had this
        step (`was_had`) or is being handed it (`is_in_hands`), the customer has been reached since then (`is_reached`),
        a consent in plain words allows it (`is_granted`) and no other says anything (`is_disputed`).
    """
    given = {"now": to_micros(now), "since": to_micros(since), "most": limit}
    of_scenario, awaited = _asked(tx.dialect)
    rows: list[Row] = []
    found = due_heads(tx, now) if limit else []
    for journey, version in found:
        rows += tx.rows(of_scenario, {**given, "journey": journey, "version": version})
    if len(found) > 1:
        rows.sort(key=_in_order)
    if is_service_first:
        rows = _without_twins(tx.rows(awaited, given) + rows)
    return rows[:limit]


def framed(rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows as a frame of the outbox, with what they know of `decided`, `walk_outcome` and `is_accepted`."""
    known = {name: kind for name, kind in _ADDED.items() if rows and name in rows[0]}
    schema = {**_SCHEMA, **known}
    return pl.DataFrame({name: pl.Series(name, [row[name] for row in rows], kind) for name, kind in schema.items()})


def key_of(row: Row) -> tuple[int, int]:
    """Return what names a message."""
    return row["enrolment"], row["visit"]


def _in_order(row: Row) -> tuple[datetime, int, int]:
    return row["due_at"], row["enrolment"], row["visit"]


def _without_twins(rows: list[Row]) -> list[Row]:
    first: dict[tuple[int, int], Row] = {}
    for row in rows:
        first.setdefault(key_of(row), row)
    return list(first.values())


def _asked(dialect: LedgerDialect) -> tuple[Select[Any], Select[Any]]:
    """Return the question about one scenario and that about what customers wait for, each made once an engine."""
    if dialect.name not in _ASKED:
        mine = and_(outbox.c.journey == bindparam("journey"), outbox.c.version == bindparam("version"))
        whole = _question(dialect)
        _ASKED[dialect.name] = whole.where(IS_QUEUED, mine), whole.where(is_awaited())
    return _ASKED[dialect.name]


def _question(dialect: LedgerDialect) -> Select[Any]:
    of_decision = and_(decisions.c.enrolment == outbox.c.enrolment, decisions.c.visit == outbox.c.visit)
    is_plain, is_other = _words()
    return (
        select(
            outbox,
            decisions.c.outcome.label("decided"),
            enrolments.c.outcome.label("walk_outcome"),
            _is_accepted().label("is_accepted"),
            _was_had().label("was_had"),
            _is_in_hands().label("is_in_hands"),
            _is_reached().label("is_reached"),
            is_plain.label("is_granted"),
            is_other.label("is_disputed"),
            _suppressed(outbox.c.purpose).label("why"),
            _suppressed(literal(EVERY_PURPOSE)).label("why_always"),
            dialect.lease_clock().label("clock"),
        )
        .outerjoin(decisions, of_decision)
        .outerjoin(enrolments, enrolments.c.enrolment == outbox.c.enrolment)
        .where(outbox.c.due_at <= bindparam("now"))
        .order_by(outbox.c.due_at, *(outbox.c[name] for name in KEY))
        .limit(bindparam("most", type_=Integer))
    )


def _is_accepted() -> ColumnElement[bool]:
    """Say that a receiver has this very message."""
    same = and_(handovers.c.enrolment == outbox.c.enrolment, handovers.c.visit == outbox.c.visit)
    return select(handovers.c.attempt).where(same).exists()


def _was_had() -> ColumnElement[bool]:
    """Say that this customer, or somebody at this address, has had this step, with this message or another."""
    of_step = and_(handovers.c.journey == outbox.c.journey, handovers.c.step == outbox.c.step)
    by_person = select(handovers.c.attempt).where(of_step, handovers.c.customer == outbox.c.customer)
    by_address = select(handovers.c.attempt).where(of_step, handovers.c.address_digest == outbox.c.address_digest)
    return or_(by_person.exists(), by_address.exists())


def _is_in_hands() -> ColumnElement[bool]:
    other = outbox.alias("other")
    same = or_(other.c.customer == outbox.c.customer, other.c.address_digest == outbox.c.address_digest)
    of_step = and_(other.c.journey == outbox.c.journey, other.c.step == outbox.c.step)
    return select(other.c.visit).where(other.c.state == literal_column("'sending'"), of_step, same).exists()


def _is_reached() -> ColumnElement[bool]:
    other = outbox.alias("earlier")
    at = func.coalesce(other.c.claimed_at, other.c.due_at)
    is_self = and_(other.c.enrolment == outbox.c.enrolment, other.c.visit == outbox.c.visit)
    # The state as an expression, so that SQLite looks by customer and not, state by state, through the whole outbox.
    was_reached = other.c.state.concat("").in_(REACHED)
    mine = other.c.customer == outbox.c.customer
    return select(other.c.visit).where(mine, was_reached, at >= bindparam("since"), not_(is_self)).exists()


def _words() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say that a consent allows the message in plain words, and that one says something else or needs a closer look."""
    is_of_now = consents.c.recorded_at <= bindparam("now")
    is_plain = and_(consents.c.status == "granted", consents.c.basis == "opt_in", is_of_now)
    words = (
        select(consents.c.fact_id)
        .join(node_map, node_map.c.node == consents.c.node)
        .where(
            node_map.c.customer == outbox.c.customer,
            consents.c.channel == outbox.c.channel,
            consents.c.purpose == outbox.c.purpose,
        )
    )
    return words.where(is_plain).exists(), words.where(not_(func.coalesce(is_plain, false()))).exists()


def _suppressed(purpose: ColumnElement[str]) -> ScalarSelect[Any]:
    return (
        select(suppressions.c.reason)
        .where(
            suppressions.c.channel == "email",
            suppressions.c.address_digest == outbox.c.address_digest,
            suppressions.c.purpose == purpose,
        )
        .scalar_subquery()
    )
