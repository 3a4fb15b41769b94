"""Say of each hit on a mail, before it is kept, whether a person or a machine made it.

The judgement looks at the hit together with the others of its burst that are known by now. A branch
of a scenario reads the word `by` that is written here; reports judge all hits again, with all that came later.
"""

from datetime import timedelta
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.collect.vocabulary import EMAIL_CLICKED, EMAIL_OPENED
from tenshu.deliver.hits import classify
from tenshu.deliver.tables import outbox
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.warehouse import Warehouse

_SAID: Final = {
    "enrolment": pl.Int64(),
    "visit": pl.Int64(),
    "link": pl.Int64(),
    "method": pl.String(),
    "user_agent": pl.String(),
}
#: How far from a hit the others of its burst may be: half an hour of hits without a rest of two seconds.
_NEAR: Final = timedelta(minutes=30)
_EARLIER: Final = """
SELECT event, occurred_at,
       (properties ->> 'enrolment')::BIGINT AS enrolment, (properties ->> 'visit')::BIGINT AS visit,
       (properties ->> 'link')::BIGINT AS link, properties ->> 'method' AS method,
       properties ->> 'user_agent' AS user_agent
FROM facts
WHERE occurred_at BETWEEN $since AND $until
  AND event IN ($opened, $clicked)
  AND (properties ->> 'enrolment')::BIGINT IN (SELECT enrolment FROM mails)
"""


def judge(ledger: Ledger, warehouse: Warehouse, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts, each opening and click with `by` (human, machine or unknown) in its properties.

    Args:
        ledger: knows when the mails were handed over.
        warehouse: knows the earlier hits.
        facts: a frame of `FACT_SCHEMA`.
    """
    placed = facts.with_row_index("place")
    is_hit = pl.col("event").is_in([EMAIL_OPENED, EMAIL_CLICKED]) & pl.col("properties").is_not_null()
    told = placed.filter(is_hit)
    if told.is_empty():
        return facts
    new = told.select("place", "event", "occurred_at", **_properties())
    mails = new.select("enrolment").drop_nulls().unique()
    earlier = _earlier(warehouse, new, mails)
    hits = pl.concat([new, earlier.with_columns(place=pl.lit(None, pl.UInt32))], how="diagonal").join(
        _handed_over(ledger, mails), on=["enrolment", "visit"], how="left", maintain_order="left"
    )
    judged = hits.with_columns(
        links=pl.lit(None, pl.Int64), by=classify(hits.with_columns(links=pl.lit(None, pl.Int64)))
    )
    words = judged.filter(pl.col("place").is_not_null()).select("place", "by")
    return (
        placed.join(words, on="place", how="left", maintain_order="left")
        .with_columns(properties=pl.when(pl.col("by").is_null()).then("properties").otherwise(_with_by()))
        .drop("place", "by")
    )


def _earlier(warehouse: Warehouse, new: pl.DataFrame, mails: pl.DataFrame) -> pl.DataFrame:
    """Return what the warehouse has of these mails about the time of the new hits."""
    since, until = new.select(since=pl.col("occurred_at").min() - _NEAR, until=pl.col("occurred_at").max() + _NEAR).row(
        0
    )
    given = {"since": since.replace(tzinfo=None), "until": until.replace(tzinfo=None)}
    return warehouse.frame(_EARLIER, {**given, "opened": EMAIL_OPENED, "clicked": EMAIL_CLICKED}, mails=mails)


def _properties() -> dict[str, pl.Expr]:
    return {
        name: pl.col("properties").str.json_path_match(f"$.{name}").cast(kind, strict=False)
        for name, kind in _SAID.items()
    }


def _with_by() -> pl.Expr:
    """Put one more word at the end of a JSON object; the word is one of three of ours."""
    body = pl.col("properties").str.strip_suffix("}")
    comma = pl.when(body.str.strip_chars() == "{").then(pl.lit("")).otherwise(pl.lit(","))
    return pl.concat_str(body, comma, pl.lit('"by":"'), pl.col("by"), pl.lit('"}'))


def _handed_over(ledger: Ledger, mails: pl.DataFrame) -> pl.DataFrame:
    with ledger.reading() as tx:
        query = select(outbox.c.enrolment, outbox.c.visit, outbox.c.ended_at.label("sent_at"))
        found = tx.frame(query.where(tx.among(outbox.c.enrolment, mails["enrolment"])))
    return found.with_columns(pl.col("sent_at").cast(INSTANT))
