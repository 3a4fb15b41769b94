"""A home: the one directory where a shop's state lives."""

from dataclasses import dataclass
from pathlib import Path

from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse


@dataclass(frozen=True)
class Stores:
    """The three stores of one home.

    Attributes:
        home: the directory.
        ledger: what is decided and promised.
        inbox: what was accepted and waits.
        warehouse: what happened.
    """

    home: Path
    ledger: Ledger
    inbox: Ledger
    warehouse: Warehouse

    def close(self) -> None:
        """Let go of all files."""
        self.ledger.close()
        self.inbox.close()
        self.warehouse.close()


def open_stores(home: Path) -> Stores:
    """Open the stores of a home; the files are made when they are not there."""
    return Stores(
        home=home,
        ledger=Ledger(home / "ledger.sqlite"),
        inbox=Ledger(home / "inbox.sqlite"),
        warehouse=Warehouse(home / "warehouse.duckdb"),
    )
