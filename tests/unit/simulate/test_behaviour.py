"""The parameters are visible, frozen, and make sense as they stand."""

import inspect
import re

import msgspec
import pytest

from tenshu.simulate.behaviour import Appeal, Behaviour

SHARES = [name for name in Behaviour.__struct_fields__ if name.endswith("_rate")]


@pytest.mark.parametrize("kind", [Appeal, Behaviour])
def test_every_parameter_is_explained(kind: type[msgspec.Struct]) -> None:
    explained = set(re.findall(r"^ +(\w+):", inspect.getdoc(kind) or "", re.MULTILINE))
    assert set(kind.__struct_fields__) <= explained


@pytest.mark.parametrize("name", SHARES)
def test_shares_lie_between_nobody_and_everybody(name: str) -> None:
    assert 0 <= getattr(Behaviour(), name) <= 1


def test_appeals_are_shares() -> None:
    assert all(0 <= value <= 1 for value in msgspec.structs.astuple(Appeal()))


def test_shop_is_open_on_six_days_and_eleven_hours() -> None:
    behaviour = Behaviour()
    assert sum(weight > 0 for weight in behaviour.weekday_weights) == 6
    assert behaviour.weekday_weights[5] == 0
    assert behaviour.opening_hour + len(behaviour.hour_weights) == 19
    assert sum(behaviour.weekday_weights) == pytest.approx(1)
    assert sum(behaviour.hour_weights) == pytest.approx(1)


def test_parameters_cannot_be_changed_in_the_middle_of_a_run() -> None:
    with pytest.raises(AttributeError):
        Behaviour().read_rate = 1.0  # type: ignore[misc]


def test_fatigue_tires_and_annoys() -> None:
    behaviour = Behaviour()
    assert 0 < behaviour.fatigue_response < 1
    assert behaviour.fatigue_unsubscribe > 0


def test_parameters_survive_being_written_down() -> None:
    told = msgspec.json.encode(Behaviour(read_rate=0.3))
    assert msgspec.json.decode(told, type=Behaviour) == Behaviour(read_rate=0.3)
