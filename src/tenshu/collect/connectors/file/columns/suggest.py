"""What else a column could mean, and what it may be called when its owner keeps it as a trait of its own."""

import re
from collections.abc import Sequence
from typing import Final

from tenshu.collect.connectors.file.columns.fields import FIELDS, word_score
from tenshu.collect.connectors.file.columns.looks import look_at
from tenshu.collect.connectors.file.plans.plan import RESERVED
from tenshu.kit.japanese import normalise

#: So many alternatives are offered.
MOST: Final = 3
#: A name of a trait may be that long: it becomes part of a condition.
LONGEST_NAME: Final = 64
_NO_WORD: Final = re.compile(r"\W+")


def alternatives_for(
    kind: str, header: str, cells: Sequence[str | None], *, but: str | None
) -> tuple[tuple[str, float], ...]:
    """Return (field, confidence) of the likeliest other meanings of a column."""
    look = look_at(cells)
    scored = []
    for field in FIELDS[kind]:
        share = look.share(field.holds)
        fits = 0.5 * share if field.holds in {"email", "phone", "postal", "date", "kana"} else 0.0
        score = max(word_score(header, field), fits)
        if field.name != but and score >= 0.3:
            scored.append((field.name, round(score, 3)))
    return tuple(sorted(scored, key=lambda each: -each[1])[:MOST])


def trait_name(header: str) -> str:
    """Return the header as a name that conditions and templates can use.

    >>> trait_name("趣味（複数可）"), trait_name("No.")
    ('趣味_複数可', 'No')
    """
    name = _NO_WORD.sub("_", normalise(header)).strip("_")[: LONGEST_NAME - 1] or "column"
    return f"{name}_" if name in RESERVED else name
