"""What the tests of jobs share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenshu.store.home import Stores
from tests.unit.jobs.homes import stores_at

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _children_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a child import the kinds that only tests have."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = stores_at(tmp_path / "home")
    yield opened
    opened.close()
