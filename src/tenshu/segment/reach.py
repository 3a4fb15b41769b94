"""Count who could be reached, and where the others are lost (対象母数).

A segment of 1,000 people may hold 400 whom a mail may be sent to. The funnel asks in the order in
which `decide` asks, and each person is lost at the first question only, so the steps add up.
Pure: addresses, consents, suppressions and caps are given by the rooms that know them.
"""

from typing import Final

import msgspec
import polars as pl

from tenshu.kit.i18n import N_

#: The steps with their words, in order.
STEPS: Final = {
    "matched": N_("meet the condition"),
    "has_address": N_("have an address"),
    "has_consent": N_("have a legal basis"),
    "not_suppressed": N_("are not suppressed"),
    "not_capped": N_("are not capped now"),
}


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How many people are left after each question.

    Attributes:
        matched: who meet the condition.
        has_address: of these, who have an address.
        has_consent: of these, who have a legal basis for this purpose.
        not_suppressed: of these, whom nothing suppresses.
        not_capped: of these, who may get one more message now: who can be reached.
    """

    matched: int
    has_address: int
    has_consent: int
    not_suppressed: int
    not_capped: int

    @property
    def steps(self) -> tuple[tuple[str, str, int], ...]:
        """Return code, words (to be translated) and people of every step, in order."""
        return tuple((code, words, getattr(self, code)) for code, words in STEPS.items())


def funnel(
    members: pl.Series, *, addressed: pl.Series, consenting: pl.Series, suppressed: pl.Series, capped: pl.Series
) -> Reach:
    """Return how many of the members are left after each question.

    Args:
        members: customers who meet the condition.
        addressed: customers who have an address.
        consenting: customers with a legal basis.
        suppressed: customers whom something suppresses.
        capped: customers who had their share for now.

    >>> some, none = pl.Series([1, 2]), pl.Series([], dtype=pl.Int64)
    >>> funnel(pl.Series([1, 2, 3]), addressed=some, consenting=some, suppressed=pl.Series([2]), capped=none).not_capped
    1
    """
    people = members.cast(pl.Int64).drop_nulls().unique().alias("customer").to_frame()
    left = [people]
    for keeps, others in ((True, addressed), (True, consenting), (False, suppressed), (False, capped)):
        known = others.cast(pl.Int64).alias("customer").to_frame()
        left.append(left[-1].join(known, on="customer", how="semi" if keeps else "anti"))
    counts = [frame.height for frame in left]
    return Reach(**dict(zip(STEPS, counts, strict=True)))
