"""Find customers as one types: a folded table of everybody, kept in the memory of whoever has the warehouse open.

Names, readings, addresses, numbers and companies of a customer are folded into one text each, line by line; what
somebody types is a beginning of such a line. Looking through a hundred thousand of them takes milliseconds, so there
is no index to keep. Built once; afterwards only those whom new facts touched are read again.
"""

import threading
from datetime import datetime
from typing import Final, Literal

import msgspec
import polars as pl

from tenshu.kit.clock import elapsed
from tenshu.know.directory_changes import Seen, look, touched
from tenshu.know.directory_rows import NO_ROWS, rows_of, text_of_search
from tenshu.know.folding import digits_of
from tenshu.know.publish import published_cuts
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse

Order = Literal["value", "recent", "newest"]
#: Seconds in which nobody looks again whether anything has changed.
LOOK_AFTER: Final = 2.0
#: So many digits are a telephone number, or an identifier.
LEAST_DIGITS: Final = 7
MOST_WORDS: Final = 8
#: More than this share of everybody is not looked up one by one: everything is read again.
MANY: Final = 0.2
_SORTED: Final[dict[Order, tuple[list[str], list[bool]]]] = {
    "value": (["revenue", "customer"], [True, False]),
    "recent": (["last_order_at", "customer"], [True, True]),
    "newest": (["customer"], [True]),
}
_SHOWN: Final = (
    *("customer", "name", "kana", "company", "email", "phone", "customer_no"),
    *("rank", "orders", "revenue", "last_order_at"),
)


class Entry(msgspec.Struct, frozen=True):
    """One line of the list.

    Attributes:
        customer: the number.
        name, kana, company, email, phone, customer_no: as stated last; None = never.
        rank: by the cut points published last; None = never bought, or nothing published.
        orders, revenue: ever, in minor units.
        last_order_at: None = never bought.
    """

    customer: int
    name: str | None
    kana: str | None
    company: str | None
    email: str | None
    phone: str | None
    customer_no: str | None
    rank: str | None
    orders: int
    revenue: int
    last_order_at: datetime | None


class Found(msgspec.Struct, frozen=True):
    """One page of what was found.

    Attributes:
        total: how many fit.
        everybody: how many there are.
        entries: of the page.
    """

    total: int
    everybody: int
    entries: list[Entry]


class Directory:
    """Everybody, to be found.

    Args:
        warehouse: open here, or asked.
        ledger: where identifiers are.
    """

    def __init__(self, warehouse: Warehouse, ledger: Ledger) -> None:
        self._warehouse = warehouse
        self._ledger = ledger
        self._lock = threading.Lock()
        self._rows = NO_ROWS
        self._seen: Seen | None = None
        self._looked = 0.0

    def search(
        self,
        said: str,
        *,
        now: datetime,
        order: Order = "value",
        rank: str | None = None,
        among: pl.Series | None = None,
        skip: int = 0,
        limit: int = 30,
    ) -> Found:
        """Return one page of those whom the words fit, each word at the beginning of something known.

        Args:
            said: what was typed; nothing fits everybody.
            now: nothing later counts.
            order: the most valuable, those who bought lately, or the newest first.
            rank: only those of this rank.
            among: only these customers; None = everybody.
            skip: how many come before the page.
            limit: how many are on it.
        """
        rows = self.rows(now)
        if among is not None:
            rows = rows.filter(pl.col("customer").is_in(among.implode()))
        fits = [_has(word) for word in words_of(said)]
        if rank is not None:
            fits.append(pl.col("rank") == rank)
        found = rows.filter(*fits) if fits else rows
        keys, descending = _SORTED[order]
        page = found.sort(keys, descending=descending, nulls_last=True) if order != "value" else found
        shown = page.slice(skip, limit).select(_SHOWN)
        return Found(found.height, rows.height, [Entry(**row) for row in shown.iter_rows(named=True)])

    def rows(self, now: datetime) -> pl.DataFrame:
        """Return the table, most valuable first, with what has changed lately."""
        with self._lock:
            if self._seen is None or elapsed() - self._looked >= LOOK_AFTER:
                self._refresh(now)
                self._looked = elapsed()
            return self._rows

    def _refresh(self, now: datetime) -> None:
        seen = look(self._warehouse, now)
        if self._seen is not None and seen == self._seen:
            return
        changed = None if self._seen is None else touched(self._warehouse, self._ledger, self._seen, seen)
        if changed is None or len(changed) > MANY * self._rows.height:
            self._rows = self._read(now, None)
        else:
            kept = self._rows.filter(~pl.col("customer").is_in(changed.implode()))
            self._rows = pl.concat([kept, self._read(now, changed)]).sort(
                "revenue", "customer", descending=[True, False]
            )
        self._seen = seen

    def _read(self, now: datetime, customers: pl.Series | None) -> pl.DataFrame:
        cuts = published_cuts(self._warehouse, now=now)
        return rows_of(self._warehouse, self._ledger, cuts, now=now, customers=customers)


def words_of(said: str) -> list[str]:
    """Return the words that all have to fit; a telephone number is one, however it is written.

    >>> words_of("佐藤　花子"), words_of("090 1234 5678")
    (['佐藤', '花子'], ['090 1234 5678'])
    """
    return [said] if len(digits_of(said)) >= LEAST_DIGITS else said.split()[:MOST_WORDS]


def _has(word: str) -> pl.Expr:
    ways = [pl.col("text").str.contains(f"\n{one}", literal=True) for one in text_of_search(word)]
    return pl.any_horizontal(ways) if ways else pl.lit(value=True)
