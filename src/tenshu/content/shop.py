"""What a shop says about itself: name, address, zone, currency, sender."""

import msgspec

from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import read_setting, write_setting


class ShopSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The shop as its customers and the law see it.

    Attributes:
        name: the shop's name (特定電子メール法: the sender's name stands in every mail).
        postal_address: where it can be written to.
        contact: a telephone number or URL for complaints.
        zone: IANA time zone of the shop, the default for customers without one.
        currency: ISO 4217 code; amounts are whole minor units of it.
        language: ja or en, the default for customers without one.
        sender_name: the name in front of the From address; empty = the shop's name.
        sender_email: the From address; bounces return to `bounce_domain`.
        bounce_domain: domain of the envelope senders (VERP).
        public_url: where links in messages lead, without a slash at the end.
        home_url: the shop's own site.
    """

    name: str = "My shop"
    postal_address: str = ""
    contact: str = ""
    zone: str = "Asia/Tokyo"
    currency: str = "JPY"
    language: str = "ja"
    sender_name: str = ""
    sender_email: str = "shop@example.com"
    bounce_domain: str = "bounce.example.com"
    public_url: str = "http://127.0.0.1:8000"
    home_url: str = "https://shop.example.com"


def read_shop(ledger: Ledger) -> ShopSettings:
    """Return the shop's settings, or the defaults of a fresh home."""
    return msgspec.convert(read_setting(ledger, "shop", {}), ShopSettings)


def write_shop(tx: Transaction, shop: ShopSettings) -> None:
    """Save the shop's settings."""
    write_setting(tx, "shop", msgspec.to_builtins(shop))
