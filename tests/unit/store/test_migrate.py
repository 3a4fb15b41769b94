"""Migrations: a new home gets every table, an old one what it lacks, a killed one all or nothing."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text

import tenshu
from tenshu.store.ledger import Ledger
from tenshu.store.migrate import Store, is_made, upgrade
from tenshu.store.place import PostgresChoice
from tenshu.store.postgres import PostgresPlace
from tenshu.store.tables import inbox_metadata, ledger_metadata
from tenshu.testing.conformance_ledger import together

SOURCE = Path(tenshu.__file__).parent
STORES: list[tuple[Store, MetaData]] = [("ledger", ledger_metadata), ("inbox", inbox_metadata)]


@pytest.fixture(scope="module", autouse=True)
def _tables_of_every_room() -> None:
    for path in SOURCE.rglob("*.py"):
        if "_metadata" in path.read_text("utf-8") and "testing" not in path.parts:
            import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))


@pytest.fixture
def store(place: Path | PostgresPlace) -> Iterator[Ledger]:
    opened = Ledger(place)
    yield opened
    opened.close()


@pytest.mark.parametrize(("name", "metadata"), STORES)
def test_the_migrations_add_up_to_the_rooms_tables(name: Store, metadata: MetaData, store: Ledger) -> None:
    assert upgrade(store, name)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(store: Ledger) -> None:
    assert not is_made(store)
    assert upgrade(store, "ledger") != []
    assert is_made(store)
    assert upgrade(store, "ledger") == []


def test_of_two_who_upgrade_at_once_one_does_it(place: Path | PostgresPlace) -> None:
    done: list[list[str]] = []
    stores = [Ledger(place) for _ in range(3)]
    together(*[lambda one=one: done.append(upgrade(one, "ledger")) for one in stores])
    for one in stores:
        one.close()
    assert sorted(map(len, done))[:2] == [0, 0]
    assert max(done, key=len)[0] == "0001"


def test_every_number_in_postgresql_has_64_bits_and_every_text_the_order_of_its_characters(
    choice: PostgresChoice,
) -> None:
    for (name, _), place in zip(STORES, (choice.ledger, choice.inbox), strict=True):
        store = Ledger(place)
        upgrade(store, name)
        with store.reading() as tx:
            found = tx.connection.execute(text(_COLUMNS), {"schema": place.schema}).all()
        store.close()
        assert {kind for kind, _order in found} <= {
            "bigint",
            "character varying",
            "boolean",
            "bytea",
            "double precision",
        }
        assert {order for kind, order in found if kind == "character varying"} == {"C"}


def test_a_migration_that_dies_leaves_no_table_and_runs_again(store: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", _dies)
        with pytest.raises(RuntimeError, match="killed"):
            upgrade(store, "ledger")
    with store.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    assert upgrade(store, "ledger") != []


_COLUMNS = """
SELECT data_type, collation_name FROM information_schema.columns
WHERE table_schema = :schema AND table_name <> 'alembic_version'
"""


def _dies(*_given: object, **_more: object) -> None:
    message = "killed"
    raise RuntimeError(message)
