"""Migrations: a new home gets every table, an old one what it lacks, a killed one all or nothing."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text

from tenshu import bootstrap, flow  # noqa: F401 - they import every room's tables
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import Store, upgrade
from tenshu.store.tables import inbox_metadata, ledger_metadata

STORES: list[tuple[Store, MetaData]] = [("ledger", ledger_metadata), ("inbox", inbox_metadata)]


@pytest.mark.parametrize(("name", "metadata"), STORES)
def test_the_migrations_add_up_to_the_rooms_tables(name: Store, metadata: MetaData, tmp_path: Path) -> None:
    store = Ledger(tmp_path / "store.sqlite")
    assert upgrade(store, name)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    store = Ledger(tmp_path / "store.sqlite")
    assert upgrade(store, "ledger") != []
    assert upgrade(store, "ledger") == []


def test_a_migration_that_dies_leaves_no_table_and_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Ledger(tmp_path / "store.sqlite")
    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", _dies)
        with pytest.raises(RuntimeError, match="killed"):
            upgrade(store, "ledger")
    with store.reading() as tx:
        assert tx.connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    assert upgrade(store, "ledger") != []


def _dies(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
