"""What the values of a file mean in this shop."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec


class ShopTerms(msgspec.Struct, frozen=True):
    """What the values mean in this shop: its zone, its currency, and when the file came."""

    zone: str
    currency: str
    received_at: datetime

    @property
    def zone_info(self) -> ZoneInfo:
        """Return the shop's time zone."""
        return ZoneInfo(self.zone)
