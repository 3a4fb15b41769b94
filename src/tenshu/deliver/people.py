"""What messages say about people, read for many at once and kept for a moment.

Reading the profiles of 64 people costs almost as much as reading those of thousands, so those of the next due messages
are read together. What must be of this moment, such as a consent, is asked in the claim and never from here.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from tenshu.deliver.render import Renderer
from tenshu.kit.clock import elapsed
from tenshu.know.profile import profiles
from tenshu.recommend.bought_together import reason_sentence, recommend
from tenshu.store.warehouse import Warehouse

#: What a template may use besides the customer and the shop.
RECOMMENDATIONS: Final = "recommendations"
#: So many people are read at once when so many messages are due.
AHEAD: Final = 5_000
KEPT_FOR: Final = timedelta(seconds=30)

Person = dict[str, Any]
#: A message's row, its person's traits, and what else its template uses.
Addressed = tuple[dict[str, Any], Person, Person]


class People:
    """Reads people from the warehouse, many at a time.

    Args:
        warehouse: where profiles and recommendations are read.
        renderer: knows what each template uses.
    """

    def __init__(self, warehouse: Warehouse, renderer: Renderer) -> None:
        self.warehouse = warehouse
        self.renderer = renderer
        self._traits: dict[int, Person] = {}
        self._extras: dict[tuple[int, str], Person] = {}
        self._as_of: datetime | None = None
        self._read_at = 0.0

    def of(
        self, claimed: pl.DataFrame, *, now: datetime, ahead: Callable[[], pl.DataFrame] | None = None
    ) -> Iterable[Addressed]:
        """Return each message's row, its person's traits, and what else its template uses, in order.

        Args:
            claimed: rows of the outbox.
            now: business time.
            ahead: gives `customer`, `template` of the messages that come next.
        """
        wanted = claimed.select("customer", "template")
        if self._lacks(wanted, now):
            following = wanted.clear() if ahead is None else ahead().select("customer", "template")
            self._read(pl.concat([wanted, following]).unique(maintain_order=True), now)
        return [
            (
                row,
                self._traits.get(row["customer"], {}),
                self._extras.get((row["customer"], row["template"]), {}),
            )
            for row in claimed.iter_rows(named=True)
        ]

    def _lacks(self, wanted: pl.DataFrame, now: datetime) -> bool:
        is_old = elapsed() - self._read_at > KEPT_FOR.total_seconds()
        if self._as_of != now or is_old:
            return True
        return any(key not in self._extras for key in wanted.iter_rows())

    def _read(self, wanted: pl.DataFrame, now: datetime) -> None:
        people = wanted["customer"].unique().sort()
        found = profiles(self.warehouse, now=now, customers=people)
        self._traits = {row["customer"]: row for row in found.iter_rows(named=True)}
        self._extras = {(customer, template): {} for customer, template in wanted.iter_rows()}
        self._as_of, self._read_at = now, elapsed()
        names = self.renderer.wants(wanted["template"], RECOMMENDATIONS)
        asked = wanted.filter(pl.col("template").is_in(names))
        if len(asked):
            self._suggest(asked, now)

    def _suggest(self, asked: pl.DataFrame, now: datetime) -> None:
        """Read suggestions, each with its reason in the person's words."""
        found = recommend(self.warehouse, asked["customer"].unique().sort(), now=now)
        suggested: dict[int, list[dict[str, Any]]] = {}
        for row in found.sort("customer", "rank").iter_rows(named=True):
            language = self._traits.get(row["customer"], {}).get("language") or self.renderer.shop.language
            reason = reason_sentence(row["reason"], row["because_name"], language)
            item = {"product_id": row["product_id"], "name": row["name"], "reason": reason}
            suggested.setdefault(row["customer"], []).append(item)
        for customer, template in asked.iter_rows():
            if customer in suggested:
                self._extras[customer, template] = {RECOMMENDATIONS: suggested[customer]}
