"""A staged file is imported once: one request in the inbox, one row in the list of imports."""

from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from tenshu.collect import tables
from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.importing import import_file, is_imported, list_imports
from tenshu.store.ledger import Ledger
from tenshu.store.tables import inbox_metadata, ledger_metadata
from tests.unit.collect.connectors.file.support import RECEIVED, line, purchases, stage


@pytest.fixture
def inbox(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "inbox.sqlite")
    inbox_metadata.create_all(store.engine)
    return store


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = Ledger(tmp_path / "ledger.sqlite")
    ledger_metadata.create_all(store.engine)
    return store


@pytest.fixture
def staged(tmp_path: Path) -> StagedImport:
    return stage(purchases(tmp_path / "a.csv", line(), line(), line(quantity="x")))


def requests(inbox: Ledger) -> pl.DataFrame:
    with inbox.reading() as tx:
        return tx.frame(select(tables.requests))


def test_import_is_one_request_that_names_the_staged_file(
    inbox: Ledger, ledger: Ledger, staged: StagedImport, tmp_path: Path
) -> None:
    import_file(inbox, ledger, staged)
    request = requests(inbox).row(0, named=True)
    assert (request["kind"], request["source"], request["received_at"]) == ("staged", "a.csv", RECEIVED)
    path = Path(request["body"].decode())
    assert not path.is_absolute()  # a home may move
    assert pl.read_parquet(tmp_path / path).height == 2


def test_import_is_noted_in_the_ledger(inbox: Ledger, ledger: Ledger, staged: StagedImport) -> None:
    summary = import_file(inbox, ledger, staged)
    assert list_imports(ledger) == [(RECEIVED, summary)]
    with ledger.reading() as tx:
        noted = tx.frame(select(tables.imports)).row(0, named=True)
    assert (noted["import_id"], noted["kind"]) == (staged.import_id, "purchases")
    assert "伝票番号" in noted["mapping"]


def test_summary_closes(inbox: Ledger, ledger: Ledger, staged: StagedImport) -> None:
    summary = import_file(inbox, ledger, staged)
    assert summary.is_new
    assert (summary.rows, summary.accepted, summary.rejects, summary.repeats) == (3, 2, {"bad_number": 1}, 1)
    assert (summary.facts, summary.events) == (2, {"product_purchased": 2})
    assert summary.rejects_file == str(staged.rejects_path)


def test_same_file_twice_changes_nothing(inbox: Ledger, ledger: Ledger, staged: StagedImport) -> None:
    assert not is_imported(ledger, staged.import_id)
    import_file(inbox, ledger, staged)
    again = import_file(inbox, ledger, staged)
    assert is_imported(ledger, staged.import_id)
    assert not again.is_new
    assert len(requests(inbox)) == 1
    assert len(list_imports(ledger)) == 1


def test_same_file_under_another_name_changes_nothing(
    inbox: Ledger, ledger: Ledger, staged: StagedImport, tmp_path: Path
) -> None:
    import_file(inbox, ledger, staged)
    renamed = stage((tmp_path / "a.csv").rename(tmp_path / "b.csv"))
    assert not import_file(inbox, ledger, renamed).is_new
    assert len(requests(inbox)) == 1


def test_another_file_is_another_request(inbox: Ledger, ledger: Ledger, staged: StagedImport, tmp_path: Path) -> None:
    import_file(inbox, ledger, staged)
    assert import_file(inbox, ledger, stage(purchases(tmp_path / "b.csv", line(order_no="2")))).is_new
    assert len(requests(inbox)) == 2


def test_staged_file_outside_the_home_keeps_its_whole_path(
    ledger: Ledger, staged: StagedImport, tmp_path: Path
) -> None:
    elsewhere = Ledger(tmp_path / "home" / "inbox.sqlite")
    inbox_metadata.create_all(elsewhere.engine)
    import_file(elsewhere, ledger, staged)
    assert Path(requests(elsewhere)["body"][0].decode()) == staged.facts_path.resolve()


def test_file_without_rejects_names_no_list(inbox: Ledger, ledger: Ledger, tmp_path: Path) -> None:
    assert import_file(inbox, ledger, stage(purchases(tmp_path / "b.csv", line()))).rejects_file is None
