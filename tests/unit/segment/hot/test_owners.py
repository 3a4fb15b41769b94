"""Whose a node is and who has which: a map that is edited, never scanned."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.segment.hot.owners import NOBODY, Owners

_change = st.dictionaries(st.integers(0, 14), st.one_of(st.just(NOBODY), st.integers(0, 9)), min_size=1, max_size=6)


def applied(owners: Owners, change: dict[int, int]) -> list[int]:
    touched: list[int] = owners.remap(np.array(list(change)), np.array(list(change.values()))).tolist()
    return touched


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(_change, max_size=10))
def test_owners_are_what_a_dictionary_says(changes: list[dict[int, int]]) -> None:
    owners = Owners()
    expected: dict[int, int] = {}
    for change in changes:
        before = {expected.get(node, NOBODY) for node in change}
        assert applied(owners, change) == sorted((before | set(change.values())) - {NOBODY})
        expected |= change
    nodes, which = owners.nodes_of(np.arange(12))
    found = sorted(zip(nodes.tolist(), which.tolist(), strict=True))
    assert found == sorted((node, owner) for node, owner in expected.items() if owner != NOBODY)
    assert (np.diff(which) >= 0).all()
    assert owners.everybody().tolist() == sorted(set(expected.values()) - {NOBODY})
    asked = np.arange(20)
    assert owners.customers_of(asked).tolist() == [expected.get(node, NOBODY) for node in range(20)]
    assert owners.strays_of(np.concatenate([asked, asked])).tolist() == [
        node for node in range(20) if expected.get(node, NOBODY) == NOBODY
    ]
    assert sorted(owners.owners_of(asked).tolist()) == sorted(o for o in expected.values() if o != NOBODY)


def test_a_merge_and_its_undoing_leave_everything_as_it_was() -> None:
    owners = Owners()
    applied(owners, {1: 1, 2: 2, 3: 2, 4: 4})
    applied(owners, {2: 1, 3: 1})
    assert owners.everybody().tolist() == [1, 4]
    applied(owners, {2: 2, 3: 2})
    nodes, which = owners.nodes_of(np.array([1, 2, 4]))
    assert sorted(zip(nodes.tolist(), which.tolist(), strict=True)) == [(1, 0), (2, 1), (3, 1), (4, 2)]


def test_numbers_that_nobody_has_are_nobody() -> None:
    owners = Owners()
    assert owners.is_there(np.array([0, 5, -3])).tolist() == [False, False, False]
    applied(owners, {1: 5})
    assert owners.is_there(np.array([5, 6, 10**6, -1])).tolist() == [True, False, False, False]
    assert owners.nodes_of(np.array([10**6]))[0].tolist() == []
    assert owners.owners_of(np.array([7, 10**6])).tolist() == []


def test_what_was_kept_is_the_same_map() -> None:
    owners = Owners()
    applied(owners, {1: 1, 2: 1, 9: 30})
    applied(owners, {9: NOBODY})
    again = Owners()
    again.restore(owners.arrays())
    assert again.reach == owners.reach  # customer 30 had a node once: what is kept about him still has its place
    assert again.nodes_of(np.arange(40))[0].tolist() == owners.nodes_of(np.arange(40))[0].tolist()
