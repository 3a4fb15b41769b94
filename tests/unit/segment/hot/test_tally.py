"""Running numbers: exact, and no wider than they must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.segment.hot.tally import Tally

_amounts = st.one_of(st.integers(-3, 3), st.integers(-(2**40), 2**40))
_batches = st.lists(st.lists(st.tuples(st.integers(0, 200), _amounts), min_size=1, max_size=40), max_size=8)


@settings(max_examples=200, deadline=None)
@given(batches=_batches, is_counted=st.booleans())
def test_a_tally_adds_up_what_a_dictionary_adds_up(batches: list[list[tuple[int, int]]], *, is_counted: bool) -> None:
    tally, expected = Tally(), dict.fromkeys(range(250), 0)
    for batch in batches:
        nodes, amounts = (np.array([pair[index] for pair in batch]) for index in (0, 1))
        tally.add(nodes, None if is_counted else amounts)
        for node, amount in batch:
            expected[node] += 1 if is_counted else amount
    assert tally.of(np.arange(250)).tolist() == list(expected.values())


@pytest.mark.parametrize(("amount", "bytes_a_node"), [(127, 1), (128, 2), (-129, 2), (40_000, 4), (2**31, 8)], ids=str)
def test_a_tally_is_as_narrow_as_its_largest_number(amount: int, bytes_a_node: int) -> None:
    tally = Tally()
    tally.add(np.array([3]), np.array([amount]))
    assert tally.numbers.dtype.itemsize == bytes_a_node
    assert tally.of(np.array([3, 2])).tolist() == [amount, 0]


def test_counting_beyond_a_width_widens_and_loses_nothing() -> None:
    tally = Tally()
    for _ in range(130):
        tally.add(np.array([0, 5]), None)
    assert tally.of(np.array([0, 1, 5])).tolist() == [130, 0, 130]


def test_no_rows_change_nothing() -> None:
    tally = Tally()
    tally.add(np.empty(0, np.int64), None)
    assert tally.of(np.array([4])).tolist() == [0]
