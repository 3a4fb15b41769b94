"""The reach funnel: everybody is lost at the first question only, so the steps add up."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.i18n import _
from tenshu.segment import Reach, funnel
from tenshu.segment.reach import STEPS


def people(*numbers: int) -> pl.Series:
    return pl.Series(numbers, dtype=pl.Int64)


def test_each_question_loses_its_people() -> None:
    reach = funnel(
        people(1, 2, 3, 4, 5),
        addressed=people(2, 3, 4, 5),  # 1 has no address
        consenting=people(1, 3, 4, 5),  # 2 never agreed
        suppressed=people(3),
        capped=people(4),
    )
    assert reach == Reach(matched=5, has_address=4, has_consent=3, not_suppressed=2, not_capped=1)


def test_people_outside_the_segment_change_nothing() -> None:
    reach = funnel(
        people(1), addressed=people(1, 7, 8), consenting=people(1, 9), suppressed=people(7), capped=people(8, 9)
    )
    assert reach == Reach(matched=1, has_address=1, has_consent=1, not_suppressed=1, not_capped=1)


def test_nobody_is_counted_twice() -> None:
    reach = funnel(
        people(1, 1, 2), addressed=people(1, 1, 2), consenting=people(2, 2), suppressed=people(), capped=people()
    )
    assert reach == Reach(matched=2, has_address=2, has_consent=1, not_suppressed=1, not_capped=1)


def test_an_empty_segment_reaches_nobody() -> None:
    reach = funnel(people(), addressed=people(1), consenting=people(1), suppressed=people(), capped=people())
    assert [count for _code, _words, count in reach.steps] == [0, 0, 0, 0, 0]


_SETS = st.sets(st.integers(1, 12))


@given(members=_SETS, addressed=_SETS, consenting=_SETS, suppressed=_SETS, capped=_SETS)
def test_the_funnel_is_plain_set_arithmetic(
    members: set[int], addressed: set[int], consenting: set[int], suppressed: set[int], capped: set[int]
) -> None:
    reach = funnel(
        people(*members),
        addressed=people(*addressed),
        consenting=people(*consenting),
        suppressed=people(*suppressed),
        capped=people(*capped),
    )
    left = members & addressed & consenting
    assert reach == Reach(
        matched=len(members),
        has_address=len(members & addressed),
        has_consent=len(left),
        not_suppressed=len(left - suppressed),
        not_capped=len(left - suppressed - capped),
    )


def test_the_steps_have_words_in_both_languages() -> None:
    reach = Reach(matched=5, has_address=4, has_consent=3, not_suppressed=2, not_capped=1)
    assert [(code, count) for code, _words, count in reach.steps] == list(zip(STEPS, [5, 4, 3, 2, 1], strict=True))
    for _code, words, _count in reach.steps:
        assert _(words, "ja") != words
