"""Kinds of identifier, strongest first."""

from tenshu.identify.identifier import STRENGTH, WEAKEST, strength


def test_the_shops_own_number_is_the_strongest() -> None:
    assert min(STRENGTH, key=strength) == "customer_no"


def test_every_kind_has_a_strength_of_its_own() -> None:
    assert len(set(STRENGTH.values())) == len(STRENGTH)


def test_an_unknown_kind_is_weaker_than_every_known_one() -> None:
    assert strength("carrier pigeon") == WEAKEST > max(STRENGTH.values())
