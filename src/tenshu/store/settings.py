"""Named settings of a home, each a JSON value: one row a name."""

from typing import Any

import msgspec
import polars as pl
from sqlalchemy import Column, LargeBinary, String, Table, delete, select

from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.tables import ledger_metadata

settings = Table(
    "settings",
    ledger_metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),  # JSON
)

keys = Table(
    "keys",
    ledger_metadata,
    Column("key_id", String, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)


def read_setting(ledger: Ledger, name: str, default: Any = None) -> Any:
    """Return the setting's value, or the default when it was never set."""
    with ledger.reading() as tx:
        return setting(tx, name, default)


def setting(tx: Transaction, name: str, default: Any = None) -> Any:
    """Return the setting's value as a transaction sees it, or the default when it was never set."""
    found = tx.value(select(settings.c.value).where(settings.c.name == name))
    return default if found is None else msgspec.json.decode(found)


def forget_setting(tx: Transaction, name: str) -> bool:
    """Let a setting be as if it was never set; say whether it was set."""
    return tx.execute(delete(settings).where(settings.c.name == name)) > 0


def write_setting(tx: Transaction, name: str, value: Any) -> None:
    """Set one setting inside a transaction."""
    frame = pl.DataFrame({"name": [name], "value": [msgspec.json.encode(value).decode()]})
    tx.insert(settings, frame, conflict="replace")


def read_key(ledger: Ledger, key_id: str) -> bytes | None:
    """Return a secret of this home, or None."""
    with ledger.reading() as tx:
        found: bytes | None = tx.value(select(keys.c.secret).where(keys.c.key_id == key_id))
    return found
