"""A staged file is imported once: one request in the inbox, one row in the list of imports."""

from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from sqlalchemy import delete, select

from tenshu.collect import tables
from tenshu.collect.basis import Basis, silent_people
from tenshu.collect.connectors.file import StagedImport
from tenshu.collect.importing import Origin, import_file, is_imported, list_imports, noted_imports, state_basis
from tenshu.store.ledger import INSTANT, Ledger
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


def test_what_an_import_is_stands_as_its_batch_does(inbox: Ledger, ledger: Ledger, staged: StagedImport) -> None:
    import_file(inbox, ledger, staged, origin=Origin(by="店主", upload="u1"))
    (noted,) = noted_imports(ledger)
    assert (noted.state, noted.summary.origin.by, noted.at) == ("waiting", "店主", RECEIVED)
    row = {"batch": [1], "first_seq": [1], "last_seq": [1], "now_at": [RECEIVED], "import_id": [staged.import_id]}
    for state, shown in (("open", "waiting"), ("stored", "stored"), ("digested", "digested")):
        with ledger.writing() as tx:
            tx.execute(delete(tables.batches))
            tx.insert(tables.batches, pl.DataFrame({**row, "state": [state]}, schema_overrides={"now_at": INSTANT}))
        assert [each.state for each in noted_imports(ledger)] == [shown]


def test_imports_are_found_by_their_id_and_by_their_upload(inbox: Ledger, ledger: Ledger, tmp_path: Path) -> None:
    for name, upload in (("a.csv", "u1"), ("b.csv", "u1"), ("c.csv", "u2")):
        each = stage(purchases(tmp_path / name, line(order_no=name)))
        import_file(inbox, ledger, each, origin=Origin(upload=upload))
    assert {each.summary.name for each in noted_imports(ledger, upload="u1")} == {"a.csv", "b.csv"}
    found = noted_imports(ledger, upload="u2")[0].summary.import_id
    assert [each.summary.name for each in noted_imports(ledger, import_id=found)] == ["c.csv"]
    assert noted_imports(ledger, import_id="nothing") == noted_imports(ledger, upload="nothing") == []


def test_a_stated_basis_makes_another_import_of_the_same_rows(tmp_path: Path) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(), line(order_no="2")))
    basis = Basis(basis="business_relation", reason=" 買った方 ")
    silent = pl.concat([people for _number, people in silent_people([staged.facts_path])])
    given = {"folder": tmp_path, "zone": "Asia/Tokyo", "origin": Origin(by="店主")}
    stated, origin = state_basis(staged, silent, basis, **given)  # type: ignore[arg-type]
    again, _origin = state_basis(staged, silent, basis, **given)  # type: ignore[arg-type]
    assert stated.import_id == again.import_id != staged.import_id
    assert (stated.rows, stated.facts, stated.events["consent_recorded"]) == (2, 3, 1)
    assert (origin.by, origin.basis, origin.reason, origin.granted) == ("店主", "business_relation", "買った方", 1)
    assert stated.facts_path.name == f"{stated.import_id}.parquet"  # by which an undo knows whose it is
    assert pl.read_parquet(stated.facts_path).height == 3


def test_a_summary_written_before_there_were_origins_is_read_still(inbox: Ledger, ledger: Ledger) -> None:
    told = {
        "import_id": "0" * 32,
        "name": "alt.csv",
        "kind": "customers",
        "is_new": True,
        "rows": 1,
        "accepted": 1,
        "rejects": {},
        "repeats": 0,
        "facts": 1,
        "events": {},
        "rejects_file": None,
    }
    row: dict[str, Any] = {"import_id": ["0" * 32], "name": ["alt.csv"], "kind": ["customers"], "mapping": ["{}"]}
    row |= {"summary": [msgspec.json.encode(told).decode()], "imported_at": [RECEIVED]}
    with ledger.writing() as tx:
        tx.insert(tables.imports, pl.DataFrame(row, schema_overrides={"imported_at": INSTANT}))
    assert noted_imports(ledger)[0].summary.origin == Origin()
