"""Both engines of the ledger do what every engine must."""

from pathlib import Path

import pytest

from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresPlace
from tenshu.testing.conformance_ledger import LedgerConformance


class TestSqliteLedger(LedgerConformance):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "ledger.sqlite"


class TestPostgresLedger(LedgerConformance):
    @pytest.fixture
    def place(self, choice: PostgresChoice) -> PostgresPlace:
        return choice.ledger
