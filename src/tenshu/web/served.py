"""What the web room needs of a shop: the stores, the clock, the words, the seal of its links."""

from pathlib import Path
from typing import Protocol

from tenshu.deliver.links import Signer
from tenshu.kit.clock import Clock
from tenshu.store.ledger import Ledger
from tenshu.store.warehouse import Warehouse


class ServedShop(Protocol):
    """A shop that pages and links can be served for."""

    @property
    def home(self) -> Path:
        """The folder in which everything is kept."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What was decided."""
        ...

    @property
    def inbox(self) -> Ledger:
        """Where accepted facts wait."""
        ...

    @property
    def warehouse(self) -> Warehouse:
        """What happened."""
        ...

    @property
    def clock(self) -> Clock:
        """Which instant it is for the business."""
        ...

    @property
    def signer(self) -> Signer:
        """The seal of the links in messages."""
        ...
