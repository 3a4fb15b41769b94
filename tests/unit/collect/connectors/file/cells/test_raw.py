"""Raw cells lie on disk as text, in pieces, with the row each came from."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tenshu.collect.connectors.file.cells import raw
from tenshu.collect.connectors.file.cells.raw import RawWriter
from tenshu.collect.connectors.file.layout.header import Header
from tenshu.collect.connectors.file.layout.table import Table


def test_cells_come_back_with_their_rows(tmp_path: Path) -> None:
    with RawWriter(tmp_path / "r.parquet", 2) as writer:
        writer.add(3, ["a", "b"])
        writer.add(7, ["c", "d"])
    assert pl.read_parquet(tmp_path / "r.parquet").rows() == [(3, "a", "b"), (7, "c", "d")]
    assert writer.rows == 2


def test_short_row_is_filled_up(tmp_path: Path) -> None:
    with RawWriter(tmp_path / "r.parquet", 3) as writer:
        writer.add(1, ["a"])
    assert pl.read_parquet(tmp_path / "r.parquet").rows() == [(1, "a", "", "")]


def test_no_rows_are_a_table_with_columns(tmp_path: Path) -> None:
    with RawWriter(tmp_path / "r.parquet", 2):
        pass
    assert pl.read_parquet(tmp_path / "r.parquet").columns == ["row", "c0", "c1"]


def test_rows_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "ROWS_A_CHUNK", 10)
    with RawWriter(tmp_path / "r.parquet", 1) as writer:
        for row in range(25):
            writer.add(row, [str(row)])
    assert pq.ParquetFile(tmp_path / "r.parquet").num_row_groups == 3
    assert pl.read_parquet(tmp_path / "r.parquet")["c0"].to_list() == [str(row) for row in range(25)]


def test_wide_rows_are_written_in_smaller_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "CELLS_A_CHUNK", 20)
    with RawWriter(tmp_path / "r.parquet", 10) as writer:
        for row in range(6):
            writer.add(row, ["x"] * 10)
    assert pq.ParquetFile(tmp_path / "r.parquet").num_row_groups == 3


def test_table_gives_the_rows_below_its_header(tmp_path: Path) -> None:
    with RawWriter(tmp_path / "r.parquet", 2) as writer:
        for row, cells in enumerate([["title", ""], ["a", "b"], ["1", "2"], ["3", "4"]], 1):
            writer.add(row, cells)
    table = Table(sheet="S", path=tmp_path / "r.parquet", header=Header(2, ["a", "b"]), rows=2)
    assert [chunk.rows() for chunk in table.chunks()] == [[(3, "1", "2"), (4, "3", "4")]]
    assert table.sample() == [["1", "3"], ["2", "4"]]


def test_sample_of_an_empty_table_is_empty(tmp_path: Path) -> None:
    with RawWriter(tmp_path / "r.parquet", 2):
        pass
    assert Table(sheet="", path=tmp_path / "r.parquet", header=Header(0, ["a", "b"]), rows=0).sample() == []
