"""Who allowed what: the newest word of each identifier, and the strictest of a customer's identifiers.

A consent names its channel, its purpose (利用目的) and its legal basis. Under 特定電子メール法 a marketing
mail needs an opt-in, or one of three exceptions (取引関係, 名刺などの書面, 公表アドレス) with a reason.
Nothing recorded means nothing allowed.
"""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import case, delete, select
from sqlalchemy.sql.selectable import FromClause

from tenshu.privacy.tables import consents
from tenshu.store.ledger import Transaction

BASES: Final = ("opt_in", "business_relation", "business_card", "published_address")
STATUSES: Final = ("granted", "denied", "revoked")


def effective(recorded: pl.DataFrame) -> pl.DataFrame:
    """Return what each customer allows now.

    Args:
        recorded: `customer`, `node`, `channel`, `purpose`, `status`, `basis`, `reason`, `recorded_at`, `fact_id`,
            and if known `is_dated` (false: from a list without a date of consent; such a word never stands against a
            person's own revocation) and `is_bulk` (true: stated for a whole file at once; such a word never stands
            against a person's own, whichever is newer).

    Returns:
        `customer`, `channel`, `purpose`, `status`, `basis`: one row each; a refusal of any identifier wins, and
        of two words told at the same instant the refusal.
    """
    word = ["node", "channel", "purpose"]
    refused = pl.col("status") != "granted"
    if "is_dated" not in recorded.columns:
        recorded = recorded.with_columns(is_dated=pl.lit(value=True))
    if "is_bulk" not in recorded.columns:
        recorded = recorded.with_columns(is_bulk=pl.lit(value=False))
    is_revoked = (pl.col("status") == "revoked").any().over(word)
    counted = recorded.filter(~(is_revoked & (pl.col("status") == "granted") & ~pl.col("is_dated")))
    newest = (
        counted.sort(~pl.col("is_bulk"), "recorded_at", refused, "fact_id")
        .group_by([*word, "customer"], maintain_order=True)
        .last()
    )
    usable = newest.with_columns(
        status=pl.when(is_without_reason()).then(pl.lit("denied")).otherwise("status"),
    )
    return (
        usable.sort(pl.col("status") != "granted", ~pl.col("is_bulk"), "recorded_at", "fact_id")
        .group_by("customer", "channel", "purpose", maintain_order=True)
        .last()
        .select("customer", "channel", "purpose", "status", "basis")
    )


def is_without_reason() -> pl.Expr:
    """Say of a row that it grants on an exception of the law without giving the reason that it needs."""
    return (pl.col("status") == "granted") & (
        ~pl.col("basis").is_in(BASES).fill_null(value=False)
        | ((pl.col("basis") != "opt_in") & (pl.col("reason").fill_null("").str.strip_chars() == ""))
    )


def read_effective(
    tx: Transaction, customers: pl.Series | None, node_map: FromClause, *, now: datetime | None = None
) -> pl.DataFrame:
    """Return what these customers (None = everybody) allow now; see `effective`.

    Args:
        tx: a transaction of the ledger.
        customers: customer numbers.
        node_map: the table that maps `node` to `customer`.
        now: business time; a grant dated later allows nothing yet, a refusal counts whatever its date.
    """
    query = select(
        node_map.c.customer,
        consents.c.node,
        consents.c.channel,
        consents.c.purpose,
        consents.c.status,
        consents.c.basis,
        consents.c.reason,
        consents.c.recorded_at,
        consents.c.fact_id,
        case((consents.c.proof.contains("dated"), consents.c.proof)).label("proof"),
    ).join(node_map, node_map.c.node == consents.c.node)
    if now is not None:
        query = query.where((consents.c.status != "granted") | (consents.c.recorded_at <= now))
    if customers is not None:
        query = query.where(tx.among(node_map.c.customer, customers))
    found = tx.frame(query)
    return effective(
        found.with_columns(
            is_dated=pl.col("proof").str.json_path_match("$.dated").fill_null("true") != "false",
            is_bulk=pl.col("proof").str.json_path_match("$.bulk").fill_null("false") == "true",
        )
    )


def record(tx: Transaction, told: pl.DataFrame) -> None:
    """Keep consents: the columns of the table; the same fact twice is one."""
    tx.insert(consents, told, conflict="ignore")


def take_back(tx: Transaction, fact_ids: pl.Series) -> None:
    """Drop consents that nobody told: the import that held them was undone."""
    tx.execute(delete(consents).where(tx.among(consents.c.fact_id, fact_ids)))


def correct(tx: Transaction, told: pl.DataFrame) -> None:
    """Keep consents as another telling of the same fact has them."""
    tx.insert(consents, told, conflict="replace")


def rename(tx: Transaction, renamed: pl.DataFrame, *, source: str) -> None:
    """Let words that a customer said to us, not a file, follow its number: `former`, `customer`."""
    query = select(consents.c.fact_id, consents.c.node).where(
        tx.among(consents.c.node, renamed["former"]), consents.c.source == source
    )
    moved = tx.frame(query).join(renamed, left_on="node", right_on="former")
    tx.update(consents, moved.select("fact_id", node="customer"), keys=["fact_id"])
