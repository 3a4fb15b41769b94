"""The witness: every message that a receiver accepted, and who had which one already.

Rows are written in the transaction that settles a hand-over and never change. A claim asks them before anything goes:
whatever mistake put a message into the outbox again, whoever has it already does not get it twice.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import and_, or_, select

from tenshu.deliver.due import Row
from tenshu.deliver.tables import IS_QUEUED, IS_SENDING, KEY, handovers, outbox, tallies
from tenshu.identify.tables import identifiers, node_map
from tenshu.journey.definition import Journey, parse_journey
from tenshu.journey.errors import JourneyInvalid
from tenshu.journey.grammar import AfterDays, Always
from tenshu.journey.graph import exits_of, reachable_from
from tenshu.journey.tables import enrolments, journeys
from tenshu.store.ledger import INSTANT, Transaction

#: A person got this step of this scenario before, although its rules let nobody get it twice.
REPEATED: Final = "repeated"
#: Somebody else with the same address got it, and we do not know whether they are two people.
SAME_ADDRESS: Final = "same_address"
_STEP: Final = ("journey", "step")


def record_accepted(tx: Transaction, accepted: pl.DataFrame, *, now: datetime) -> None:
    """Write down that a receiver has these messages.

    Args:
        tx: the transaction that settles them.
        accepted: rows of the outbox.
        now: business time.
    """
    if accepted.is_empty():
        return
    columns = [*KEY, "attempt", "customer", *_STEP, "address_digest"]
    rows = accepted.select(*columns, handed_at=pl.lit(now, INSTANT))
    if tx.insert(handovers, rows, conflict="ignore") == len(rows):
        add(tx, rows, "handed")  # not when somebody tries again after a commit whose answer was lost


def add(tx: Transaction, rows: pl.DataFrame, column: str) -> None:
    """Count rows in the sums by scenario and step: `handed` or `repeated`."""
    for (journey, step), count in sorted(Counter(rows.select(_STEP).rows()).items()):
        mine = and_(tallies.c.journey == journey, tallies.c.step == step)
        more = tallies.update().where(mine).values({column: tallies.c[column] + count})
        if tx.execute(more) == 0:
            first = {"journey": journey, "step": step, "handed": 0, "repeated": 0, column: count}
            tx.insert(tallies, pl.DataFrame([first]))


def may_repeat(rows: Sequence[Row]) -> bool:
    """Say whether any of the messages may be one that somebody has had, is being handed, or gets in these same rows.

    Args:
        rows: what `due_rows` gave.
    """
    by_person = {(row["journey"], row["step"], row["customer"]) for row in rows}
    by_address = {(row["journey"], row["step"], row["address_digest"]) for row in rows}
    is_alone = len(by_person) == len(by_address) == len(rows)
    return not is_alone or any(row["was_had"] or row["is_in_hands"] for row in rows)


def repeats(tx: Transaction, rows: pl.DataFrame) -> pl.DataFrame:
    """Return which of the messages somebody has had, or is being handed at this moment.

    Args:
        tx: a transaction of the ledger.
        rows: queued rows of the outbox, in the order in which they are to go.

    Returns:
        `enrolment`, `visit`, `journey`, `step`, `suspicion`: `REPEATED` or `SAME_ADDRESS`.
    """
    pairs = pl.concat([_handed_before(tx, rows), _in_hands(tx, rows), _ahead(rows)])
    if pairs.is_empty():
        return rows.select(*KEY, *_STEP, suspicion=pl.lit(None, pl.String)).clear()
    pairs = pairs.unique(maintain_order=True)
    walks = _walks(tx, pl.concat([pairs["enrolment"], pairs["their_enrolment"]]).unique())
    judged = (
        rows.select(*KEY, *_STEP, "version", "customer", "address")
        .join(pairs, on=KEY, maintain_order="left")
        .join(walks, on="enrolment", how="left", maintain_order="left")
        .join(walks, left_on="their_enrolment", right_on="enrolment", how="left", suffix="_then", maintain_order="left")
        .rename({"walker_then": "customer_then"})
    )
    judged = (
        judged.join(_rules(tx, judged), on=["journey", "version", "step"], how="left", maintain_order="left")
        .with_columns(their_customer=pl.coalesce("customer_then", "their_customer"))  # as numbered now
        .with_columns(is_household=pl.col("address").is_in(_households(tx, judged).implode()))
        .with_columns(suspicion=_suspicion())
        .filter(pl.col("suspicion").is_not_null())
        .sort(pl.col("suspicion") != REPEATED, maintain_order=True)
    )
    return judged.unique(KEY, keep="first", maintain_order=True).select(*KEY, *_STEP, "suspicion")


def _suspicion() -> pl.Expr:
    """Judge one pair: a message that is to go, and one that the same person or address has had."""
    again_after, key = pl.col("again_after"), pl.col("entry_key")
    since = pl.col("entered_at") - pl.col("entered_at_then")
    may_again = (
        pl.when(pl.col("their_enrolment") == pl.col("enrolment"))
        .then(pl.col("is_in_circle"))
        .when(again_after == 0)
        .then(key.ne_missing(pl.col("entry_key_then")))
        .otherwise(since >= pl.duration(days=again_after))
        .fill_null(value=False)
    )
    return (
        pl.when(pl.col("their_customer") != pl.col("customer"))
        .then(pl.when(~pl.col("is_household")).then(pl.lit(SAME_ADDRESS)))
        .when(~may_again)
        .then(pl.lit(REPEATED))
    )


_PAIR: Final = pl.Schema(
    {
        "enrolment": pl.Int64(),
        "visit": pl.Int64(),
        "their_enrolment": pl.Int64(),
        "their_visit": pl.Int64(),
        "their_customer": pl.Int64(),
    }
)


def _handed_before(tx: Transaction, rows: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of a message and one of the same step that the person or the address has had."""
    same = and_(
        handovers.c.journey == outbox.c.journey,
        handovers.c.step == outbox.c.step,
        or_(handovers.c.customer == outbox.c.customer, handovers.c.address_digest == outbox.c.address_digest),
    )
    query = (
        select(
            outbox.c.enrolment,
            outbox.c.visit,
            handovers.c.enrolment.label("their_enrolment"),
            handovers.c.visit.label("their_visit"),
            handovers.c.customer.label("their_customer"),
        )
        .join(handovers, same)
        .where(IS_QUEUED, tx.among(outbox.c.enrolment, rows["enrolment"]))
    )
    found = tx.frame(query).cast(_PAIR)
    return found.join(rows.select(KEY), on=KEY, how="semi").filter(_is_another())


def _in_hands(tx: Transaction, rows: pl.DataFrame) -> pl.DataFrame:
    columns = [outbox.c[name] for name in (*KEY, "customer", *_STEP, "address_digest")]
    others = tx.frame(select(*columns).where(IS_SENDING))
    return pl.DataFrame(schema=_PAIR) if others.is_empty() else _paired(rows, others)


def _ahead(rows: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of a message and one that stands before it in the same rows."""
    by_person, by_address = rows.select(*_STEP, "customer"), rows.select(*_STEP, "address_digest")
    if by_person.n_unique() == by_address.n_unique() == len(rows):
        return pl.DataFrame(schema=_PAIR)
    numbered = rows.with_row_index("place")
    return _paired(numbered, numbered.rename({"place": "their_place"}))


def _paired(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    theirs = others.rename({"enrolment": "their_enrolment", "visit": "their_visit", "customer": "their_customer"})
    places = [name for name in ("place",) if name in rows.columns]
    mine = rows.select(*KEY, "customer", *_STEP, "address_digest", *places)
    kept = ["their_enrolment", "their_visit", "their_customer", *_STEP, "address_digest"]
    theirs = theirs.select(*kept, *[f"their_{name}" for name in places])
    by_person = mine.join(theirs, left_on=[*_STEP, "customer"], right_on=[*_STEP, "their_customer"], coalesce=False)
    by_address = mine.join(theirs, on=[*_STEP, "address_digest"])
    every = [*_PAIR.names(), *places, *[f"their_{name}" for name in places]]
    pairs = pl.concat([by_person.select(every), by_address.select(every)]).filter(_is_another())
    if places:
        pairs = pairs.filter(pl.col("their_place") < pl.col("place"))
    return pairs.select(_PAIR.names()).cast(_PAIR)


def _is_another() -> pl.Expr:
    return (pl.col("their_enrolment") != pl.col("enrolment")) | (pl.col("their_visit") != pl.col("visit"))


def _walks(tx: Transaction, wanted: pl.Series) -> pl.DataFrame:
    query = select(
        enrolments.c.enrolment, enrolments.c.customer.label("walker"), enrolments.c.entry_key, enrolments.c.entered_at
    )
    return tx.frame(query.where(tx.among(enrolments.c.enrolment, wanted)))


def _rules(tx: Transaction, rows: pl.DataFrame) -> pl.DataFrame:
    """Return per step after how many days its scenario may be entered again (0 = at once, null = never).

    Returns:
        `journey`, `version`, `step`, `again_after`, `is_in_circle` (one walk may come by it several times).
    """
    query = select(journeys.c.journey, journeys.c.version, journeys.c.body)
    bodies = tx.frame(query.where(tx.among(journeys.c.journey, rows["journey"].unique())))
    definitions = {(name, version): _definition(body) for name, version, body in bodies.rows()}
    asked = rows.select("journey", "version", "step").unique(maintain_order=True).rows()
    found = [
        (name, version, step, *_rule(journey, step))
        for name, version, step in asked
        if (journey := definitions.get((name, version))) is not None
    ]
    kinds = {"journey": pl.String, "version": pl.Int64, "step": pl.String, "again_after": pl.Int64}
    return pl.DataFrame(found, schema={**kinds, "is_in_circle": pl.Boolean}, orient="row")


def _definition(body: str) -> Journey | None:
    try:
        return parse_journey(msgspec.json.decode(body))
    except JourneyInvalid:
        return None  # nobody walks through it; nobody gets it a second time


def _rule(journey: Journey, step: str) -> tuple[int | None, bool]:
    starts = [target for _, target in exits_of(journey.steps[step])] if step in journey.steps else []
    is_in_circle = step in reachable_from(journey, starts)
    match journey.reentry:
        case AfterDays(days=days):
            return days, is_in_circle
        case Always():
            return 0, is_in_circle
        case _:
            return None, is_in_circle


def _households(tx: Transaction, pairs: pl.DataFrame) -> pl.Series:
    """Return those of the addresses of which we know that several customers share them."""
    others = pairs.filter(pl.col("their_customer") != pl.col("customer"))
    query = (
        select(identifiers.c.value)
        .join(node_map, node_map.c.node == identifiers.c.node)
        .where(
            identifiers.c.kind == "email",
            node_map.c.is_shared.is_(True),
            tx.among(identifiers.c.value, others["address"].unique()),
        )
    )
    return tx.frame(query)["value"] if len(others) else pl.Series([], dtype=pl.String)
