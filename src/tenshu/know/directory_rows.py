"""Make the lines of the directory: what is known of each customer, and the text in which they are looked for."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import select

from tenshu.identify.tables import identifiers, node_map
from tenshu.know.cuts import Cuts, scored
from tenshu.know.folding import digits_of, fold, fold_latin, folded, latin
from tenshu.know.members import members_of
from tenshu.know.purchases import buyers
from tenshu.know.trait import read_traits
from tenshu.store.ledger import INSTANT, Ledger
from tenshu.store.warehouse import Warehouse

_TRAITS: Final = ("last_name", "first_name", "full_name", "name_kana", "company", "email", "phone", "customer_no")
_SCHEMA: Final = pl.Schema(
    {
        "customer": pl.Int64(),
        **dict.fromkeys(("name", "kana", "company", "email", "phone", "customer_no", "rank"), pl.String()),
        "orders": pl.Int64(),
        "revenue": pl.Int64(),
        "last_order_at": INSTANT,
        "text": pl.String(),
    }
)
NO_ROWS: Final = pl.DataFrame(schema=_SCHEMA)
#: What stands in front of a company's name and nobody types.
_FORMS: Final = "株式会社|有限会社|合同会社|一般社団法人|合資会社|医療法人|学校法人"
#: The last digits of a telephone number, by which people are asked for.
_LAST: Final = 4


def rows_of(
    warehouse: Warehouse, ledger: Ledger, cuts: Cuts | None, *, now: datetime, customers: pl.Series | None
) -> pl.DataFrame:
    """Return one line a customer, most valuable first.

    Args:
        warehouse: where the facts lie.
        ledger: where identifiers are.
        cuts: by which ranks are told; None = nobody has one.
        now: nothing later counts.
        customers: whose; None = everybody's.
    """
    members = members_of(customers)
    sql = f"WITH {members.table} SELECT DISTINCT customer::BIGINT AS customer FROM members"  # noqa: S608 - numbers only
    rows = warehouse.frame(sql, {}, **members.lent)
    for more in (
        read_traits(warehouse, _TRAITS, now=now, customers=customers),
        _bought(warehouse, cuts, now=now, customers=customers),
        _identified(ledger, customers),
    ):
        rows = rows.join(more, on="customer", how="left")
    spelt = rows.with_columns(
        pl.col("orders", "revenue").fill_null(0), customer_no=pl.coalesce("customer_no", "told_no")
    ).with_columns(_parts())
    named = spelt.with_columns(name=_name(), kana="name_kana").with_columns(text=_text())
    return named.select(_SCHEMA.names()).cast(_SCHEMA).sort("revenue", "customer", descending=[True, False])


def text_of_search(word: str) -> list[str]:
    """Return what a typed word may be the beginning of, folded; empty when it says nothing.

    >>> text_of_search("さとう"), text_of_search("090-1234")
    (['サトウ', 'sato'], ['0901234'])
    """
    plain = fold(word)
    ways = [plain, fold_latin(word) if not plain.isnumeric() else "", digits_of(word)]
    return list(dict.fromkeys(way for way in ways if way))


def _bought(warehouse: Warehouse, cuts: Cuts | None, *, now: datetime, customers: pl.Series | None) -> pl.DataFrame:
    zone = "UTC" if cuts is None else cuts.zone
    since = None if cuts is None else cuts.since_at
    bought = buyers(warehouse, until=now, since_at=since, zone=zone, customers=customers)
    ranked = bought.with_columns(rank=pl.lit(None, pl.String)) if cuts is None else scored(bought, cuts)
    return ranked.select("customer", "orders", "revenue", "last_order_at", "rank")


def _identified(ledger: Ledger, customers: pl.Series | None) -> pl.DataFrame:
    """Return every identifier of each customer as lines, and the shop's own number of those who have one."""
    query = select(node_map.c.customer, identifiers.c.kind, identifiers.c.value).join(
        identifiers, identifiers.c.node == node_map.c.node
    )
    with ledger.reading() as tx:
        told = tx.frame(query if customers is None else query.where(tx.among(node_map.c.customer, customers)))
    is_number = pl.col("kind").is_in(["customer_no", "member_no"])
    known = told.with_columns(line=folded(pl.col("value"))).sort("customer", "kind")
    return known.group_by("customer", maintain_order=True).agg(
        told_no=pl.col("value").filter(is_number).first(), told=pl.col("line").str.join("\n")
    )


def _parts() -> list[pl.Expr]:
    """Return last and first name, of both spellings, where they stand apart or together."""
    split = {"full_name": ("last", "first"), "name_kana": ("kana_last", "kana_first")}
    parts = [
        pl.col(whole).str.normalize("NFKC").str.splitn(" ", 2).struct.field(f"field_{place}").alias(name)
        for whole, names in split.items()
        for place, name in enumerate(names)
    ]
    return [
        pl.coalesce("last_name", parts[0]).alias("last"),
        pl.coalesce("first_name", parts[1]).alias("first"),
        *parts[2:],
    ]


def _name() -> pl.Expr:
    whole = pl.concat_str("last_name", "first_name", separator=" ", ignore_nulls=True)
    return pl.coalesce("full_name", pl.when(whole != "").then(whole))


def _text() -> pl.Expr:
    """Return everything that a search may begin with, each on a line of its own."""
    last, first, kana_last, kana_first = (folded(pl.col(n)) for n in ("last", "first", "kana_last", "kana_first"))
    company = pl.col("company").str.replace_all(_FORMS, "")
    dialled = pl.col("phone").str.replace(r"^\+81", "0")
    number = pl.col("customer").cast(pl.String)
    lines = [
        last, first, last + first, first + last, folded(pl.col("name")),
        kana_last, kana_first, kana_last + kana_first, folded(pl.col("kana")),
        latin(kana_last), latin(kana_first), latin(kana_last + kana_first), latin(kana_first + kana_last),
        latin(last), latin(first), latin(last + first), latin(first + last),
        folded(company), folded(pl.col("company")),
        folded(pl.col("email")), pl.lit("@") + folded(pl.col("email")).str.split("@").list.get(1, null_on_oob=True),
        folded(pl.col("customer_no")), dialled, dialled.str.tail(_LAST), number, pl.lit("#") + number, pl.col("told"),
    ]  # fmt: skip
    return pl.lit("\n") + pl.concat_str(lines, separator="\n", ignore_nulls=True)
