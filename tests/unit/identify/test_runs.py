"""Sorted runs: a set that only grows, in which a number is moved a few times."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.identify.runs import MERGE_AT, Numbers, Runs, each_once

NUMBERS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=30)


def ordered(some: list[int]) -> Numbers:
    return np.sort(np.array(some, dtype=np.uint64))


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMBERS, max_size=6), NUMBERS)
def test_runs_hold_what_was_pushed_and_nothing_else(parts: list[list[int]], asked: list[int]) -> None:
    runs, truth = Runs(), set[int]()
    for part in parts:
        runs.push(ordered(sorted(set(part) - truth)))
        truth |= set(part)
    wanted = ordered([*asked, *truth])
    assert runs.has(wanted).tolist() == [int(one) in truth for one in wanted]
    assert len(runs) == len(truth)
    assert runs.nbytes == 8 * len(truth)


@given(NUMBERS)
def test_numbers_that_are_there_twice_are_taken_once(some: list[int]) -> None:
    assert each_once(ordered(some)).tolist() == sorted(set(some))


def test_number_is_moved_a_few_times() -> None:
    runs, moved = Runs(), 0
    for nth in range(300):
        before = [id(run) for run in runs.each]
        runs.push(np.arange(nth, 30_000, 300, dtype=np.uint64))
        moved += sum(len(run) for run in runs.each if id(run) not in before)
    assert len(runs) == 30_000
    assert moved < 30_000 * (MERGE_AT + 1) * 4
    sizes = [len(run) for run in runs.each]
    assert len(sizes) < 7
    assert all(later * MERGE_AT < earlier for earlier, later in pairwise(sizes))
