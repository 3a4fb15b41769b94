"""The moves with arrays do what loops would do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenshu.segment.hot.arrays import (
    EVER,
    NEVER,
    below,
    bit,
    borders,
    chosen,
    distinct,
    greatest,
    grown,
    least,
    ranges,
    stacked,
    totals,
)

_groups = st.lists(st.lists(st.integers(-(2**62) // 50, 2**62 // 50), max_size=5), max_size=8)


def laid_out(groups: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([value for group in groups for value in group], np.int64)
    which = np.array([index for index, group in enumerate(groups) for _ in group], np.int64)
    return values, borders(which, len(groups))


@given(_groups)
def test_totals_are_the_sums_of_the_groups(groups: list[list[int]]) -> None:
    values, edges = laid_out(groups)
    assert totals(values, edges).tolist() == [sum(group) for group in groups]


@given(_groups)
def test_totals_of_answers_count_them(groups: list[list[int]]) -> None:
    values, edges = laid_out(groups)
    assert totals(values > 0, edges).tolist() == [sum(value > 0 for value in group) for group in groups]


@given(_groups)
def test_the_least_and_the_greatest_of_an_empty_group_are_never_and_ever(groups: list[list[int]]) -> None:
    values, edges = laid_out(groups)
    assert least(values, edges).tolist() == [min(group, default=NEVER) for group in groups]
    assert greatest(values, edges).tolist() == [max(group, default=EVER) for group in groups]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 5)), max_size=20))
def test_ranges_follow_one_another(pairs: list[tuple[int, int]]) -> None:
    starts, lengths = (np.array([pair[index] for pair in pairs], np.int32) for index in (0, 1))
    expected = [start + step for start, length in pairs for step in range(length)]
    assert ranges(starts, lengths).tolist() == expected


@given(st.lists(st.integers(-50, 50)))
def test_distinct_values_are_ordered_and_come_once(values: list[int]) -> None:
    assert distinct(np.array(values, np.int64)).tolist() == sorted(set(values))


@given(st.lists(st.lists(st.booleans(), min_size=11, max_size=11), min_size=1))
def test_a_bit_is_where_it_was_packed(rows: list[list[bool]]) -> None:
    packed = np.packbits(np.array(rows), axis=1, bitorder="little")
    for index in range(11):
        assert bit(packed, index).tolist() == [row[index] for row in rows]


def test_an_array_grows_only_when_it_must_and_keeps_what_it_has() -> None:
    small = np.array([1, 2, 3])
    assert grown(small, 3, 0) is small
    assert grown(small, 5, -1).tolist() == [1, 2, 3, -1, -1]
    assert len(grown(np.zeros(1000), 1001, 0)) == 1250
    assert grown(np.empty((0, 2), np.uint8), 3, 7).tolist() == [[7, 7]] * 3


def test_rows_are_chosen_and_stacked_column_by_column() -> None:
    rows = {"node": np.array([1, 2]), "bits": np.array([[1], [2]], np.uint8)}
    one = chosen(rows, np.array([False, True]))
    assert stacked([rows, one])["node"].tolist() == [1, 2, 2]
    assert stacked([rows, one])["bits"].tolist() == [[1], [2], [2]]


def test_names_below_a_prefix_lose_it() -> None:
    arrays = {"a.x": np.array([1]), "a.b.y": np.array([2]), "b.x": np.array([3])}
    assert {name: one.tolist() for name, one in below(arrays, "a.").items()} == {"x": [1], "b.y": [2]}
