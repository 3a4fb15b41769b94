"""Bring a ledger or an inbox up to date with Alembic; a home that a kill left half way opens again.

The migrations run in one transaction together with their version mark, so they are there whole or not at all; of two
processes that open a home at once, the second finds it done.
"""

from importlib import resources
from typing import Literal

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tenshu.store.ledger import Ledger

Store = Literal["ledger", "inbox"]


def upgrade(store: Ledger, name: Store) -> list[str]:
    """Run the migrations that the store has not seen; return their revisions."""
    scripts = ScriptDirectory(str(resources.files("tenshu.store") / "migrations" / name))
    head = scripts.get_current_head()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version"})
        if context.get_current_revision() == head:
            return []
    return _run(store, scripts, head)


def is_made(store: Ledger) -> bool:
    """Say whether the tables of the store have been made."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is not None


def _run(store: Ledger, scripts: ScriptDirectory, head: str | None) -> list[str]:
    done: list[str] = []
    with store.writing() as tx:
        store.dialect.prepare(tx.connection)
        context = MigrationContext.configure(tx.connection, opts={"version_table": "alembic_version"})
        tx.connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        current = context.get_current_revision()
        pending = list(scripts.iterate_revisions(head, current or "base"))
        with Operations.context(context):
            for script in reversed(pending):
                script.module.upgrade()
                done.append(script.revision)
        tx.connection.execute(text("DELETE FROM alembic_version"))
        tx.connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    return done
