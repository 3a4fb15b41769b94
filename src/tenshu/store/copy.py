"""Copy a whole ledger or inbox, from one engine to another or to the same."""

from sqlalchemy import MetaData, Table, func, select

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger, Transaction
from tenshu.store.migrate import Store, upgrade


class TargetNotEmpty(TenshuError):
    """A store was to be copied over another one."""

    template = N_("The table {table} of the store to copy to holds {rows} rows already. Copy to an empty one.")


def copy_store(source: Ledger, target: Ledger, name: Store, *, is_beside: bool = False) -> int:
    """Copy every table, and the numbers that keys count on from, as one transaction of the target.

    A copy that was cut short leaves no row.

    Args:
        source: what is copied; it is brought up to date first.
        target: where to; its tables are made when they are not there.
        name: what the stores are.
        is_beside: others go on writing to the source, and the copy is of one moment; else its write lock is held.

    Returns:
        How many rows were copied.

    Raises:
        TargetNotEmpty: the target holds rows.
    """
    upgrade(source, name)
    upgrade(target, name)
    tables = MetaData()
    with source.reading() if is_beside else source.writing() as before, target.writing() as after:
        tables.reflect(before.connection)
        counters = source.dialect.counters(before.connection)
        copied = 0
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                copied += _copy_table(before, after, table)
                if table.name in counters:
                    target.dialect.set_counter(after.connection, table, counters[table.name])
    return copied


def _copy_table(before: Transaction, after: Transaction, table: Table) -> int:
    there = after.value(select(func.count()).select_from(table))
    if there:
        raise TargetNotEmpty(table=table.name, rows=there)
    copied = 0
    for part in before.frames(select(table).order_by(*table.primary_key.columns)):
        copied += after.insert(table, part)
    return copied
