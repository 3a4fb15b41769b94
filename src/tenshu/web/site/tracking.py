"""Record that a link in a message was opened: a hit becomes a fact, whoever or whatever made it.

A hit says what was asked for and how (method, user agent), never whether a person did it: that is judged
later, over all hits of a message together (deliver.hits). The person is known by the message, so a hit
needs no cookie. What a browser sends about itself is cut to a sane length and kept as text.
"""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.collect.event import FACT_SCHEMA
from tenshu.collect.inbox import accept
from tenshu.deliver.links import LinkPayload
from tenshu.deliver.tables import outbox
from tenshu.identify.tables import identifiers
from tenshu.kit.ids import content_keys
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.web.served import ServedShop

SOURCE: Final = "web"
#: Longer user agents are cut: nobody needs more to tell a person from a machine.
USER_AGENT_LENGTH: Final = 400

#: What a hit is: one row each, in order of arrival.
HIT_SCHEMA: Final[dict[str, pl.DataType]] = {
    "event": pl.String(),
    "enrolment": pl.Int64(),
    "visit": pl.Int64(),
    "link": pl.Int64(),
    "url": pl.String(),
    "method": pl.String(),
    "user_agent": pl.String(),
    "occurred_at": INSTANT,
}

_SAID: Final = ("journey", "step", "enrolment", "visit", "link", "url", "user_agent", "method")


def record_hit(
    shop: ServedShop, payload: LinkPayload, *, event: str, method: str, user_agent: str, at: datetime
) -> None:
    """Keep one hit durably.

    Args:
        shop: whose message it was.
        payload: what the signed link says.
        event: email_opened or email_clicked (collect.vocabulary).
        method: the HTTP method as it came.
        user_agent: the header as it came.
        at: business time.
    """
    row = [event, payload.enrolment, payload.visit, payload.link, payload.url, method, user_agent, at]
    record_hits(shop, pl.DataFrame([row], schema=HIT_SCHEMA, orient="row"), received_at=at)


def record_hits(shop: ServedShop, hits: pl.DataFrame, *, received_at: datetime) -> None:
    """Keep many hits durably, as one request of the inbox.

    Args:
        shop: whose messages they were.
        hits: `HIT_SCHEMA`.
        received_at: business time.
    """
    if not hits.is_empty():
        facts = hit_facts(hits, read_messages(shop.ledger, hits), received_at=received_at)
        accept(shop.inbox, facts, source=SOURCE, received_at=received_at)


def hit_facts(hits: pl.DataFrame, messages: pl.DataFrame, *, received_at: datetime) -> pl.DataFrame:
    """Turn hits into facts of the people whose messages they are about.

    Args:
        hits: `HIT_SCHEMA`.
        messages: `enrolment`, `visit`, `journey`, `step`, `kind`, `value`; the last two are the person's identifier.
        received_at: business time.

    Returns:
        A frame of `FACT_SCHEMA`; a hit whose message is not known any more is a fact of nobody.
    """
    told = hits.with_columns(user_agent=pl.col("user_agent").str.slice(0, USER_AGENT_LENGTH)).join(
        messages, on=["enrolment", "visit"], how="left", maintain_order="left"
    )
    properties = told.select(pl.struct(*_SAID).struct.json_encode()).to_series()
    known = pl.concat_list(pl.struct("kind", "value"))
    facts = told.select(
        "event",
        "occurred_at",
        fact_id=pl.Series(_fact_ids(told, properties), dtype=pl.Binary),
        received_at=pl.lit(received_at, INSTANT),
        source=pl.lit(SOURCE),
        identifiers=pl.when(pl.col("value").is_null()).then(pl.lit([], FACT_SCHEMA["identifiers"])).otherwise(known),
        properties=properties,
    )
    missing = [name for name in FACT_SCHEMA if name not in facts.columns]
    return facts.with_columns(pl.lit(None, FACT_SCHEMA[name]).alias(name) for name in missing).select(list(FACT_SCHEMA))


def read_messages(ledger: Ledger, hits: pl.DataFrame) -> pl.DataFrame:
    """Read, in one statement, which messages the hits are about and one identifier of each person."""
    with ledger.reading() as tx:
        query = (
            select(
                outbox.c.enrolment,
                outbox.c.visit,
                outbox.c.journey,
                outbox.c.step,
                identifiers.c.kind,
                identifiers.c.value,
            )
            .select_from(outbox.outerjoin(identifiers, identifiers.c.node == outbox.c.customer))
            .where(tx.among(outbox.c.enrolment, hits["enrolment"].unique()))
        )
        return tx.frame(query)


def _fact_ids(told: pl.DataFrame, properties: pl.Series) -> list[bytes]:
    """Return one key a hit: the same second knock on a link is another fact, so its like are counted."""
    keyed = pl.DataFrame(
        {"event": told["event"], "at": told["occurred_at"].dt.epoch("us"), "said": properties}
    ).with_columns(nth=pl.int_range(pl.len()).over("event", "at", "said"))
    return content_keys("\x1f".join(map(str, ("hit", *row))) for row in keyed.rows())
