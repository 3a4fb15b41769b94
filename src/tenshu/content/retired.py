"""Messages that the shop has taken out of use: kept with all their versions, and offered to no new scenario.

Nothing that is on its way is touched by it: what a scenario sends it goes on sending.
"""

from typing import Final

from tenshu.store.ledger import Transaction
from tenshu.store.settings import setting, write_setting

#: Under this name the ledger keeps which they are.
RETIRED: Final = "retired_templates"


def retired(tx: Transaction) -> frozenset[str]:
    """Return the names of the messages that are out of use."""
    return frozenset(setting(tx, RETIRED, []))


def retire(tx: Transaction, name: str) -> bool:
    """Take a message out of use; say whether it was in use."""
    before = retired(tx)
    write_setting(tx, RETIRED, sorted({*before, name}))
    return name not in before


def take_up(tx: Transaction, name: str) -> bool:
    """Take a message into use again; say whether it was out of use."""
    before = retired(tx)
    write_setting(tx, RETIRED, sorted(before - {name}))
    return name in before
