"""Rows by node: what was put in is found again, whatever grew, moved or was dropped in between."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.segment.hot.arrays import Rows
from tenshu.segment.hot.shelf import Shelf

_KINDS = {"at": (np.int64, None), "bits": (np.uint8, 2)}
_batches = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=30)
_moves = st.lists(st.one_of(_batches, st.integers(0, 99)), max_size=12)


def rows(pairs: list[tuple[int, int]]) -> Rows:
    nodes, ats = (np.array([pair[index] for pair in pairs], np.int64) for index in (0, 1))
    bits = np.stack([ats % 256, nodes % 256], axis=1).astype(np.uint8).reshape(len(pairs), 2)
    return {"node": nodes, "at": ats, "bits": bits}


def found(shelf: Shelf, nodes: np.ndarray) -> dict[int, list[int]]:
    places, which = shelf.find(nodes, nodes)
    ats, bits = shelf.column("at", places), shelf.column("bits", places)
    assert bits[:, 0].tolist() == (ats % 256).tolist()
    assert bits[:, 1].tolist() == which.tolist()
    kept = defaultdict(list)
    for node, at in zip(which.tolist(), ats.tolist(), strict=True):
        kept[node].append(at)
    return {node: sorted(some) for node, some in kept.items()}


@settings(max_examples=300, deadline=None)
@given(first=_batches, moves=_moves)
def test_a_shelf_holds_what_a_dictionary_of_lists_holds(
    first: list[tuple[int, int]], moves: list[list[tuple[int, int]] | int]
) -> None:
    shelf, expected = Shelf(_KINDS), defaultdict(list)
    shelf.build(rows(first))
    for node, at in first:
        expected[node].append(at)
    everybody = np.arange(12)
    for move in moves:
        if isinstance(move, int):
            places, _ = shelf.find(everybody, everybody)
            shelf.keep(everybody, shelf.column("at", places) >= move)
            expected = defaultdict(list, {node: [at for at in ats if at >= move] for node, ats in expected.items()})
        else:
            shelf.add(rows(move))
            for node, at in move:
                expected[node].append(at)
        assert found(shelf, everybody) == {node: sorted(ats) for node, ats in expected.items() if ats}


def test_the_rows_of_a_node_come_with_the_number_that_was_asked_with_it() -> None:
    shelf = Shelf(_KINDS)
    shelf.add(rows([(4, 1), (2, 2), (4, 3)]))
    places, which = shelf.find(np.array([4, 2, 7]), np.array([70, 80, 90]))
    assert which.tolist() == [70, 70, 80]
    assert sorted(shelf.column("at", places)[:2].tolist()) == [1, 3]


def test_a_node_far_beyond_all_others_is_simply_empty() -> None:
    shelf = Shelf(_KINDS)
    shelf.add(rows([(1, 1)]))
    places, which = shelf.find(np.array([1, 10**6]), np.array([0, 1]))
    assert (len(places), which.tolist()) == (1, [0])


def test_columns_come_ordered_by_node_and_build_the_same_shelf_again() -> None:
    shelf = Shelf(_KINDS)
    for pairs in ([(3, 1), (1, 2)], [(3, 3)], [(2, 4), (3, 5)]):
        shelf.add(rows(pairs))
    kept = dict(shelf.columns())
    assert kept["node"].tolist() == [1, 2, 3, 3, 3]
    again = Shelf(_KINDS)
    again.build(kept)
    assert found(again, np.arange(4)) == found(shelf, np.arange(4))


def test_places_that_rows_left_are_used_again() -> None:
    # A shop lives for years: if left places were not taken again the pool would grow with every fact.
    shelf = Shelf(_KINDS)
    everybody = np.arange(100)
    shelf.add(rows([(node, 0) for node in range(100)]))
    for day in range(1, 60):
        shelf.add(rows([(node, day) for node in range(100)]))
        places, _ = shelf.find(everybody, everybody)
        shelf.keep(everybody, shelf.column("at", places) > day - 3)
        if day == 10:
            after_ten_days = shelf.nbytes
    assert shelf.nbytes == after_ten_days
    assert found(shelf, everybody)[7] == [57, 58, 59]


def test_a_node_that_lost_everything_gives_its_place_to_another() -> None:
    shelf = Shelf(_KINDS)
    shelf.add(rows([(1, at) for at in range(8)]))
    before = shelf.nbytes
    shelf.keep(np.array([1]), np.zeros(8, np.bool_))
    shelf.add(rows([(0, at) for at in range(8)]))
    assert shelf.nbytes <= before + 8
    assert found(shelf, np.arange(3)) == {0: list(range(8))}
