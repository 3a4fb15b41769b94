"""Who allowed what: the newest word of each identifier, and the strictest of a customer's identifiers.

A consent names its channel, its purpose (利用目的) and its legal basis. Under 特定電子メール法 a marketing
mail needs an opt-in, or one of three exceptions (取引関係, 名刺などの書面, 公表アドレス) with a reason.
Nothing recorded means nothing allowed.
"""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import case, select
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
            person's own revocation).

    Returns:
        `customer`, `channel`, `purpose`, `status`, `basis`: one row each; a refusal of any identifier wins, and
        of two words told at the same instant the refusal.
    """
    word = ["node", "channel", "purpose"]
    refused = pl.col("status") != "granted"
    if "is_dated" not in recorded.columns:
        recorded = recorded.with_columns(is_dated=pl.lit(value=True))
    is_revoked = (pl.col("status") == "revoked").any().over(word)
    counted = recorded.filter(~(is_revoked & (pl.col("status") == "granted") & ~pl.col("is_dated")))
    newest = counted.sort("recorded_at", refused, "fact_id").group_by([*word, "customer"], maintain_order=True).last()
    usable = newest.with_columns(
        status=pl.when(is_without_reason()).then(pl.lit("denied")).otherwise("status"),
    )
    return (
        usable.sort(pl.col("status") != "granted", "recorded_at", "fact_id")
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
        found.with_columns(is_dated=pl.col("proof").str.json_path_match("$.dated").fill_null("true") != "false")
    )


def record(tx: Transaction, told: pl.DataFrame) -> None:
    """Keep consents: the columns of the table; the same fact twice is one."""
    tx.insert(consents, told, conflict="ignore")
