"""Bring a ledger or an inbox up to date with Alembic; a home that a kill left half way opens again.

The migrations run in one transaction together with their version mark, so they are there whole or not at all; of two
processes that open a home at once, the second finds it done.
"""

from importlib import resources
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, text

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.store.ledger import Ledger

# Alembic is heavy, and most processes migrate nothing.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

Store = Literal["ledger", "inbox"]


class HomeNewer(TenshuError):
    """A home was made by a version that knows more than this one."""

    template = N_(
        "The {store} of this shop was last used by a newer version of tenshu (its tables are {found}; this version "
        "knows up to {known}). Nothing was changed. Install that version again, or restore a backup from before."
    )


def upgrade(store: Ledger, name: Store) -> list[str]:
    """Run the migrations that the store has not seen; return their revisions.

    Raises:
        HomeNewer: a newer version of tenshu has been here.
    """
    scripts = _scripts(name)
    head = scripts.get_current_head()
    with store.engine.connect() as connection:
        current = _context(connection).get_current_revision()
    if current == head:
        return []
    if current is not None and not _has(scripts, current):
        raise HomeNewer(store=name, found=current, known=head)
    return _run(store, scripts, head)


def pending(store: Ledger, name: Store) -> bool:
    """Say whether the store has tables that a newer version of them is waiting for.

    Raises:
        HomeNewer: a newer version of tenshu has been here.
    """
    current, scripts = revision_of(store), _scripts(name)
    if current is not None and not _has(scripts, current):
        raise HomeNewer(store=name, found=current, known=scripts.get_current_head())
    return current not in {None, scripts.get_current_head()}


def revision_of(store: Ledger) -> str | None:
    """Return which version the tables of a store are, or None when there are none."""
    with store.engine.connect() as connection:
        return _context(connection).get_current_revision()


def knows(name: Store, revision: str) -> bool:
    """Say whether this version of tenshu knows tables of that version."""
    return _has(_scripts(name), revision)


def newest(name: Store) -> str:
    """Return the version that this version of tenshu brings tables to."""
    return str(_scripts(name).get_current_head())


def _context(connection: Connection) -> "MigrationContext":
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection, opts={"version_table": "alembic_version"})


def _scripts(name: Store) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(resources.files("tenshu.store") / "migrations" / name))


def _has(scripts: "ScriptDirectory", revision: str) -> bool:
    return revision in {script.revision for script in scripts.walk_revisions()}


def is_made(store: Ledger) -> bool:
    """Say whether the tables of the store have been made."""
    with store.engine.connect() as connection:
        return _context(connection).get_current_revision() is not None


def _run(store: Ledger, scripts: "ScriptDirectory", head: str | None) -> list[str]:
    from alembic.operations import Operations

    done: list[str] = []
    with store.writing() as tx:
        store.dialect.prepare(tx.connection)
        context = _context(tx.connection)
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
