"""Chance: the same salt and number give the same value, whatever surrounds them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.rng import mixed, unit

NUMBERS = st.lists(st.integers(min_value=-(2**62), max_value=2**62), min_size=1, max_size=50)


@given(NUMBERS, st.text(max_size=20))
def test_a_number_draws_the_same_alone_and_in_company(numbers: list[int], salt: str) -> None:
    together = unit(salt, numbers)
    alone = [float(unit(salt, [number])[0]) for number in numbers]
    assert together.tolist() == alone


@given(NUMBERS)
def test_draws_lie_in_the_unit_interval(numbers: list[int]) -> None:
    draws = unit("a", numbers)
    assert ((draws >= 0) & (draws < 1)).all()


def test_another_salt_is_another_draw() -> None:
    numbers = np.arange(1000)
    assert (unit("a", numbers) != unit("b", numbers)).all()


def test_draws_are_spread_evenly() -> None:
    counts, _edges = np.histogram(unit("holdout", np.arange(100_000)), bins=10, range=(0, 1))
    # 10,000 expected in each tenth, standard deviation 95: six of them is far beyond chance.
    assert np.abs(counts - 10_000).max() < 570


def test_neighbouring_numbers_are_not_correlated() -> None:
    draws = unit("order", np.arange(50_000))
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.02


def test_two_salts_of_the_same_people_are_independent() -> None:
    people = np.arange(50_000)
    assert abs(np.corrcoef(unit("holdout:a", people), unit("holdout:b", people))[0, 1]) < 0.02


def test_several_numbers_are_mixed_in_order() -> None:
    assert mixed("s", 1, 2)[0] != mixed("s", 2, 1)[0]
    assert mixed("s", [1, 1], [2, 3]).tolist() == [mixed("s", 1, 2)[0], mixed("s", 1, 3)[0]]


def test_values_are_pinned_so_that_a_replay_of_next_year_draws_the_same() -> None:
    assert mixed("holdout:welcome-back", [1, 2, 3]).tolist() == [
        6387297228253066911,
        7605084717846035962,
        4864369372034242686,
    ]
