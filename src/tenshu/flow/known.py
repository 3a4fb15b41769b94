"""What one tick asks the warehouse about those who are due: each question once, however many parts they go on in.

Nothing is added to the warehouse while people go on, so an answer holds for the whole of it. Consents, suppressions
and contacts are not here: they lie in the ledger, and each part asks for them anew.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import polars as pl

from tenshu.condition import Condition
from tenshu.content.shop import ShopSettings
from tenshu.journey.advance import Holds
from tenshu.know.profile import reached_at
from tenshu.segment import evaluate
from tenshu.store.home import Stores


class Known:
    """Addresses, zones and conditions of the people who are due.

    Args:
        stores: the home's stores.
        shop: its settings.
        now: business time.
        people: everybody who will be asked about, as far as is known; when somebody else comes up, all are asked anew.
        holds: asks conditions; None = the warehouse is asked.
    """

    def __init__(
        self, stores: Stores, shop: ShopSettings, *, now: datetime, people: pl.Series, holds: Holds | None = None
    ) -> None:
        self._warehouse, self._now, self._zone = stores.warehouse, now, shop.zone
        self._people = people.cast(pl.Int64).alias("customer").unique().sort()
        self._holds = holds or self._evaluated
        self._answers: dict[bytes, pl.Series] = {}
        self._places: pl.DataFrame | None = None

    def holds(self, conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        """Say of each of these customers which conditions hold: `customer` and one Boolean a name."""
        rows = self._rows(customers)
        keys = {name: msgspec.json.encode(condition) for name, condition in conditions.items()}
        new = {key: conditions[name] for name, key in keys.items() if key not in self._answers}
        if new:
            asked = {f"c{index}": condition for index, condition in enumerate(new.values())}
            told = self._people.to_frame().join(
                self._holds(asked, self._people), on="customer", how="left", maintain_order="left"
            )
            answers = told.select(pl.col(list(asked)).fill_null(value=False))
            self._answers |= dict(zip(new, answers.get_columns(), strict=True))
        return pl.DataFrame(
            [customers.alias("customer"), *(self._answers[key][rows].alias(n) for n, key in keys.items())]
        )

    def reached_at(self, customers: pl.Series) -> pl.DataFrame:
        """Return where these customers are reached; see `know.profile.reached_at`."""
        rows = self._rows(customers)
        if self._places is None:
            self._places = reached_at(self._warehouse, now=self._now, customers=self._people)
        return self._places[rows]

    def _rows(self, customers: pl.Series) -> pl.Series:
        """Return where these stand among the people; a neighbour's row would be somebody else's answer."""
        rows = self._people.search_sorted(customers)
        if (rows < len(self._people)).all() and (self._people[rows] == customers).all():
            return rows
        self._people = pl.concat([self._people, customers.cast(pl.Int64).alias("customer")]).unique().sort()
        self._answers.clear()
        self._places = None
        return self._people.search_sorted(customers)

    def _evaluated(self, conditions: Mapping[str, Condition], customers: pl.Series) -> pl.DataFrame:
        return evaluate(self._warehouse, conditions, now=self._now, zone=self._zone, customers=customers)
