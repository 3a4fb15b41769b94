"""Give a segment its two names: what definitions call it, and what people call it."""

import re
from collections.abc import Mapping
from typing import Final

_LETTERS: Final = re.compile("[^a-z0-9]+")
_MOST: Final = 48


def fresh_name(title: str, taken: Mapping[str, int]) -> str:
    """Return a name for definitions that is not taken: from the title where it has Latin letters, else a number.

    >>> fresh_name("VIP Tokyo!", {}), fresh_name("東京の方", {}), fresh_name("東京の方", {"segment-1": 3})
    ('vip-tokyo', 'segment-1', 'segment-2')
    """
    plain = _LETTERS.sub("-", title.lower()).strip("-")[:_MOST].strip("-")
    stem = plain if plain[:1].isalpha() and title.isascii() else "segment"
    if stem != "segment" and stem not in taken and stem != "new":
        return stem
    return next(name for nth in range(1, len(taken) + 3) if (name := f"{stem}-{nth}") not in taken)


def title_of(title: str, language: str, known: Mapping[str, str] | None) -> dict[str, str]:
    """Return what people call it: the title in its language, and in the other one what it was, else the same."""
    other = "en" if language == "ja" else "ja"
    return {other: title, **(known or {}), language: title}
