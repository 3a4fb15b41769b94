"""People keep their traits, and the shares of them are the parameters."""

from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl
import pytest

from tenshu.simulate.behaviour import Behaviour
from tenshu.simulate.people import READERS, People, draw_people

MANY = pl.Series(range(1, 20_001))


@dataclass
class Share:
    """A parameter, and the trait it is the share of."""

    parameter: str
    trait: str


SHARES = [
    Share("image_rate", "loads_images"),
    Share("prefetch_rate", "is_prefetched"),
    Share("scanner_rate", "is_scanned"),
    Share("gone_rate", "is_gone"),
]


def people(numbers: pl.Series = MANY, *, behaviour: Behaviour | None = None, seed: int = 1) -> People:
    """Return people of the default behaviour."""
    return draw_people(numbers, behaviour=behaviour or Behaviour(), seed=seed)


@pytest.mark.parametrize("share", SHARES, ids=lambda share: share.trait)
def test_share_of_people_is_the_parameter(share: Share) -> None:
    rate = getattr(Behaviour(), share.parameter)
    # Four standard errors of a share among 20,000.
    assert abs(getattr(people(), share.trait).mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / 20_000)


@pytest.mark.parametrize("share", SHARES, ids=lambda share: share.trait)
@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_extreme_shares_are_nobody_and_everybody(share: Share, rate: float) -> None:
    behaviour = msgspec.structs.replace(Behaviour(), **{share.parameter: rate})
    assert getattr(people(behaviour=behaviour), share.trait).mean() == rate


def test_reading_rate_is_the_parameter_on_average_and_spreads() -> None:
    rates = people().read_rate
    assert abs(rates.mean() - Behaviour().read_rate) < 0.005
    assert rates.min() < 0.2 * Behaviour().read_rate + 0.01
    assert rates.max() <= 1.0


def test_without_spread_everybody_reads_alike() -> None:
    assert set(people(behaviour=Behaviour(read_spread=0.0)).read_rate) == {Behaviour().read_rate}


def test_rates_stay_shares_for_eager_readers() -> None:
    rates = people(behaviour=Behaviour(read_rate=0.9, read_spread=1.0)).read_rate
    assert rates.min() >= 0.0
    assert rates.max() == 1.0


def test_a_person_is_the_same_in_whatever_company() -> None:
    few, many = people(pl.Series([5, 777])), people()
    for name in ("read_rate", "loads_images", "is_prefetched", "is_scanned", "is_gone", "reader"):
        assert getattr(few, name).tolist() == getattr(many, name)[[4, 776]].tolist()


def test_another_seed_is_other_people() -> None:
    assert (people(seed=1).is_scanned != people(seed=2).is_scanned).any()


def test_traits_do_not_hang_together() -> None:
    drawn = people()
    assert abs(np.corrcoef(drawn.is_prefetched, drawn.is_scanned)[0, 1]) < 0.03
    assert abs(np.corrcoef(drawn.loads_images, drawn.read_rate)[0, 1]) < 0.03


def test_people_read_with_every_program() -> None:
    assert set(people().reader.tolist()) == set(range(len(READERS)))


def test_places_are_found_and_strangers_are_told_apart() -> None:
    drawn = people(pl.Series([30, 10, 20]))
    assert drawn.customer.tolist() == [10, 20, 30]
    assert drawn.places(pl.Series([20, 10, 99, 1])).tolist() == [1, 0, -1, -1]


def test_a_shop_without_customers_has_no_people() -> None:
    nobody = people(pl.Series([], dtype=pl.Int64))
    assert len(nobody.read_rate) == 0
    assert nobody.places(pl.Series([1])).tolist() == [-1]
