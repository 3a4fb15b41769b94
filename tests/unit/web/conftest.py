"""What every web test may ask for."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.web.app import make_app
from tests.unit.web.cast import open_test_shop, sample_report
from tests.unit.web.gates import LocalGate


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop on real stores, with two messages sent."""
    return open_test_shop(tmp_path)


@pytest.fixture
def app(shop: Shop) -> Starlette:
    """Its application, with a report that has everything in it."""
    return make_app(shop, report=sample_report, gate=LocalGate(shop))
