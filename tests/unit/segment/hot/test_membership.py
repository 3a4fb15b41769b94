"""Bits are sets of people: what is written is read, and only what changed is told."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.segment.hot.membership import Membership

NAMES = tuple(f"c{index}" for index in range(11))
_answers = st.dictionaries(
    st.integers(0, 30), st.lists(st.booleans(), min_size=11, max_size=11), min_size=1, max_size=8
)
_some = st.lists(st.sampled_from(NAMES), unique=True)


@settings(max_examples=200, deadline=None)
@given(writings=st.lists(st.tuples(_answers, _some), max_size=8))
def test_membership_is_a_set_of_people_a_condition(
    writings: list[tuple[dict[int, list[bool]], list[str]]],
) -> None:
    held, expected = Membership(NAMES), {name: set() for name in NAMES}  # type: ignore[var-annotated]
    for people, names in writings:
        customers = np.array(sorted(people))
        columns = [NAMES.index(name) for name in names]
        answers = np.array([people[one] for one in customers.tolist()])[:, columns]
        rows, places = held.write(customers, names, answers)
        changed = {
            (int(customer), name)
            for row, customer in enumerate(customers)
            for place, name in enumerate(names)
            if bool(answers[row, place]) is not (int(customer) in expected[name])
        }
        assert {(int(customers[row]), names[place]) for row, place in zip(rows, places, strict=True)} == changed
        for customer, name in changed:
            expected[name] ^= {customer}
    for name in NAMES:
        assert held.members(name).tolist() == sorted(expected[name])
        assert held.count(name) == len(expected[name])
        assert held.read(np.arange(40), name).tolist() == [customer in expected[name] for customer in range(40)]


@given(kept=_some, more=st.lists(st.sampled_from(("x", "y", "z")), unique=True))
def test_other_names_keep_the_answers_of_those_that_stay(kept: list[str], more: list[str]) -> None:
    held = Membership(NAMES)
    answers = np.array([[(row + column) % 3 == 0 for column in range(11)] for row in range(20)])
    held.write(np.arange(20), NAMES, answers)
    fresh = held.renamed([*more, *kept], kept)
    assert fresh.names == (*more, *kept)
    for name in kept:
        assert fresh.members(name).tolist() == held.members(name).tolist()
        assert fresh.count(name) == held.count(name)
    assert [fresh.count(name) for name in more] == [0] * len(more)


def test_nobody_out_of_reach_is_a_member() -> None:
    held = Membership(("a",))
    held.write(np.array([3]), ("a",), np.array([[True]]))
    assert held.read(np.array([-1, 2, 3, 4, 10**9]), "a").tolist() == [False, False, True, False, False]


def test_a_million_people_and_a_hundred_conditions_are_thirteen_megabytes() -> None:
    held = Membership([str(index) for index in range(100)])
    held.write(np.array([999_999]), ("7",), np.array([[True]]))
    assert held.nbytes < 14_000_000
