"""How the shop's letters look: its colour, its sign, how wide they are."""

import re
from typing import Final

import msgspec

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.settings import read_setting, write_setting

#: The name of the setting.
BRAND: Final = "brand"
NARROWEST, WIDEST = 480, 720
_COLOUR: Final = re.compile("#[0-9a-f]{6}")
_LOGO: Final = re.compile(r"/media/[a-z0-9]{8,64}\.(?:png|jpg|gif|webp)")


class BrandRefused(TenshuError):
    """A colour, width or sign that letters cannot have."""

    template = N_("{given} cannot be used for {part}. Allowed is {allowed}.")


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """The look of the letters.

    Attributes:
        colour: of headings, buttons and links: # and six digits of 0-9, a-f.
        logo: /media/NAME of an uploaded picture; without one the shop's name stands at the top.
        width: of the letter in pixels of the screen.
    """

    colour: str = "#2b3f73"
    logo: str = ""
    width: int = 600


def checked_brand(brand: Brand) -> Brand:
    """Return the brand.

    Raises:
        BrandRefused: a part of it is not what it may be.
    """
    if not _COLOUR.fullmatch(brand.colour):
        raise BrandRefused(part="colour", given=brand.colour[:40], allowed="#2b3f73")
    if not NARROWEST <= brand.width <= WIDEST:
        raise BrandRefused(part="width", given=brand.width, allowed=f"{NARROWEST}-{WIDEST}")
    if brand.logo and not _LOGO.fullmatch(brand.logo):
        raise BrandRefused(part="logo", given=brand.logo[:80], allowed="/media/...")
    return brand


def read_brand(ledger: Ledger) -> Brand:
    """Return the look of this shop's letters, or the plain one."""
    return msgspec.convert(read_setting(ledger, BRAND, {}), Brand)


def write_brand(tx: Transaction, brand: Brand) -> None:
    """Save the look.

    Raises:
        BrandRefused: a part of it is not what it may be.
    """
    write_setting(tx, BRAND, msgspec.to_builtins(checked_brand(brand)))


def on_colour(colour: str) -> str:
    """Return the colour of words on this colour, black or white: whichever can be read better (WCAG 2.2, 1.4.3).

    >>> on_colour("#2b3f73"), on_colour("#ffd966")
    ('#ffffff', '#1c1b18')
    """
    return "#ffffff" if _contrast(colour, "#ffffff") >= _contrast(colour, "#1c1b18") else "#1c1b18"


def readable_on_white(colour: str) -> str:
    """Return the colour when words in it can be read on white, else near-black.

    >>> readable_on_white("#2b3f73"), readable_on_white("#ffd966")
    ('#2b3f73', '#2b2b2b')
    """
    return colour if _contrast(colour, "#ffffff") >= 4.5 else "#2b2b2b"


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
