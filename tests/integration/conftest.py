"""What the integration tests share: no language is left behind for other tests."""

from collections.abc import Iterator

import pytest

from tenshu.kit.i18n import speaking


@pytest.fixture(autouse=True)
def _no_language_is_left_behind() -> Iterator[None]:
    with speaking("en"):
        yield
