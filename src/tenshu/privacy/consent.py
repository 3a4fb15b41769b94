"""Who allowed what: the newest word of each identifier, and the strictest of a customer's identifiers.

A consent names its channel, its purpose (利用目的) and its legal basis. Under 特定電子メール法 a marketing
mail needs an opt-in, or one of three exceptions (取引関係, 名刺などの書面, 公表アドレス) with a reason.
Nothing recorded means nothing allowed.
"""

from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import ColumnElement, String, case, cast, delete, func, select
from sqlalchemy.sql.selectable import FromClause

from tenshu.privacy.tables import consents
from tenshu.store.ledger import Transaction

BASES: Final = ("opt_in", "business_relation", "business_card", "published_address")
STATUSES: Final = ("granted", "denied", "revoked")
#: What the engine takes off a reason before it counts as one: the white space of Unicode, as polars strips it.
_BLANK: Final = "".join(map(chr, (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029))) + (
    "\u202f\u205f\u3000"
)
#: A word in one number: status, basis, whether it has a reason; odd ones, which need a closer look, are 0.
_CODES: Final = {
    1 + len(STATUSES) * (2 * place + has_reason) + nth: (
        "denied" if status == "granted" and basis != "opt_in" and not has_reason else status,
        basis,
    )
    for place, basis in enumerate(BASES)
    for has_reason in (0, 1)
    for nth, status in enumerate(STATUSES)
}
_ROOM: Final = 64


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


def read_allowed(
    tx: Transaction, node_map: FromClause, *, channel: str, purpose: str, now: datetime | None = None
) -> pl.DataFrame:
    """Return what everybody allows now on one channel for one purpose: rows of `read_effective`.

    Nearly everybody has said one word only, which the engine itself can read; it packs each into a number, and only
    who has said more, or something odd, is looked at word by word.
    """
    said = (consents.c.channel == channel, consents.c.purpose == purpose)
    dated = () if now is None else ((consents.c.status != "granted") | (consents.c.recorded_at <= now),)
    number = cast(node_map.c.customer * _ROOM + _code(), String)
    query = select(func.aggregate_strings(number, ",")).join_from(
        consents, node_map, node_map.c.node == consents.c.node
    )
    packed = np.sort(np.fromstring(tx.value(query.where(*said, *dated)) or "", dtype=np.int64, sep=","))
    customers, codes = np.divmod(packed, _ROOM)
    is_same = customers[1:] == customers[:-1]
    is_plain = (codes > 0) & ~np.append(is_same, False) & ~np.insert(is_same, 0, False)
    plain = pl.DataFrame({"customer": customers[is_plain], "code": codes[is_plain]}).select(
        "customer",
        channel=pl.lit(channel),
        purpose=pl.lit(purpose),
        status=pl.col("code").replace_strict(list(_CODES), [status for status, _basis in _CODES.values()]),
        basis=pl.col("code").replace_strict(list(_CODES), [basis for _status, basis in _CODES.values()]),
    )
    others = pl.Series(np.unique(customers[~is_plain]))
    if others.is_empty():
        return plain
    told = read_effective(tx, others, node_map, now=now)
    return pl.concat([plain, told.filter((pl.col("channel") == channel) & (pl.col("purpose") == purpose))])


def _code() -> ColumnElement[int]:
    """Return the number of a word, 0 for an odd one."""
    has_reason = case((func.ltrim(func.coalesce(consents.c.reason, ""), _BLANK) != "", 1), else_=0)
    status = case(*((consents.c.status == one, nth) for nth, one in enumerate(STATUSES)))
    basis = case(*((consents.c.basis == one, 2 * place) for place, one in enumerate(BASES)))
    return func.coalesce(1 + len(STATUSES) * (basis + has_reason) + status, 0)


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
