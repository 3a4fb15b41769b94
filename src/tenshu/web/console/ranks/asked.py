"""The customers' ranks, computed where the warehouse is."""

from datetime import datetime
from typing import Any

import msgspec

from tenshu.bootstrap import Shop
from tenshu.know.publish import published_cuts
from tenshu.measure.customers import CustomerSheet, customer_sheet


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody by the borders that were published last.

    Attributes:
        sheet: totals, heat map, deciles, ranks.
        published_at: as of when the borders hold; None when none were published.
    """

    sheet: CustomerSheet = CustomerSheet()
    published_at: datetime | None = None


def read_ranks(shop: Shop, _live: object, *, now: str) -> dict[str, Any]:
    """Return the customers by rank, as plain data of `Ranked`.

    Args:
        shop: whose customers.
        now: the instant that counts, in ISO 8601.
    """
    at = datetime.fromisoformat(now)
    cuts = published_cuts(shop.warehouse, now=at)
    if cuts is None:
        return {}
    sheet = customer_sheet(shop.warehouse, now=at, zone=cuts.zone, published=cuts)
    told: dict[str, Any] = msgspec.to_builtins(Ranked(sheet=sheet, published_at=cuts.as_of))
    return told
