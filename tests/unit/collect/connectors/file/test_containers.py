"""Whatever a table is kept in, its facts are the same: .xlsx, .xls, .ods, Parquet, TSV, any Japanese encoding."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenshu.collect.connectors.file.cells.encoding import find_encoding
from tenshu.collect.connectors.file.cells.raw import MOST_COLUMNS
from tenshu.collect.connectors.file.errors import FileRefused, WorkbookUnreadable
from tests.unit.collect.connectors.file.books import Cell, write_ods, write_xls
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    codes_of,
    facts_of,
    line,
    look,
    purchases,
    rejects_of,
    stage,
    traits_of,
    write_csv,
    write_text,
)

LINES = [line(order_no=str(1000 + n), quantity=str(1 + n % 5), customer_no=str(n % 7)) for n in range(30)]
PEOPLE = [
    ["会員番号", "氏名", "住所"],
    *([str(n), "佐藤花子", "東京都千代田区丸の内一丁目一番一号天守閣ビルディング五階北側"] for n in range(9)),
]


def usual(tmp_path: Path) -> pl.DataFrame:
    return facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))


def test_old_excel_gives_the_same_facts(tmp_path: Path) -> None:
    typed: list[list[Cell]] = [[int(one[0]), *one[1:3], int(one[3]), one[4], 1500.0, int(one[6])] for one in LINES]
    path = write_xls(tmp_path / "a.xls", "売上", [["売上一覧"], list(PURCHASE_HEADER), *typed])
    assert facts_of(stage(path)).equals(usual(tmp_path))


def test_opendocument_gives_the_same_facts_and_no_notes_of_cells(tmp_path: Path) -> None:
    typed: list[list[Cell]] = [[int(one[0]), *one[1:3], int(one[3]), one[4], 1500, int(one[6])] for one in LINES]
    path = write_ods(tmp_path / "a.ods", {"売上": [list(PURCHASE_HEADER), *typed]}, comment="見ないで")
    staged = stage(path)
    assert facts_of(staged).equals(usual(tmp_path))


def test_parquet_gives_the_same_facts_whatever_its_types(tmp_path: Path) -> None:
    day = datetime(2024, 5, 1, 1, 0, tzinfo=UTC)
    columns = {
        "伝票番号": [int(one[0]) for one in LINES],
        "商品コード": pl.Series([one[1] for one in LINES]).cast(pl.Categorical),
        "商品名": [one[2] for one in LINES],
        "数量": pl.Series([float(one[3]) for one in LINES]),
        "購入日時": pl.Series([day] * 30, dtype=pl.Datetime("ns", "UTC")),
        "単価": pl.Series([Decimal(1500)] * 30, dtype=pl.Decimal(10, 2)),
        "会員番号": [int(one[6]) for one in LINES],
    }
    pl.DataFrame(columns).write_parquet(tmp_path / "a.parquet")
    staged = stage(tmp_path / "a.parquet")
    assert facts_of(staged).equals(usual(tmp_path))
    assert look(tmp_path / "a.parquet").tables[0].header_row == 1


def test_blank_cells_of_parquet_are_blank(tmp_path: Path) -> None:
    table = {"会員番号": ["1", "2"], "氏名": ["佐藤 花子", None], "誕生日": [date(1980, 2, 29), None]}
    pl.DataFrame(table).write_parquet(tmp_path / "a.parquet")
    first, second = traits_of(stage(tmp_path / "a.parquet"))
    assert first["birthday"] == "1980-02-29"
    assert not {"full_name", "birthday"} & set(second)


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + bytes(100), b"PAR1" + b"x" * 50 + b"PAR1"])
def test_damaged_parquet_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        stage(path)
    assert "a.parquet" in refused.value.text("ja")


def test_parquet_wider_than_any_table_is_refused(tmp_path: Path) -> None:
    wide = pa.table({f"c{number}": [1] for number in range(MOST_COLUMNS + 1)})
    pq.write_table(wide, tmp_path / "a.parquet")
    with pytest.raises(WorkbookUnreadable, match="1001 columns"):
        stage(tmp_path / "a.parquet")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "euc_jp", "cp932", "utf-8-sig", "iso2022_jp"])
def test_text_of_almost_nothing_but_kanji_is_read(tmp_path: Path, encoding: str) -> None:
    staged = stage(write_csv(tmp_path / "a.csv", PEOPLE, encoding))
    assert {person["address"] for person in traits_of(staged)} == {PEOPLE[1][2]}
    assert "encoding" in codes_of(staged)


@pytest.mark.parametrize("row", ["x\0,\0\0y\n", "\0x,y\0\r\n", ",,花\0,,花\0,,花\0\r\n"])
def test_nuls_anywhere_are_no_utf_16(tmp_path: Path, row: str) -> None:
    for rows in (1, 50):
        path = write_text(
            tmp_path / "a.csv", ",".join(PURCHASE_HEADER) + "\r\n" + ",".join(line()) + "\r\n" + row * rows
        )
        assert find_encoding(path) == "utf-8"


def test_tab_separated_text_is_a_table(tmp_path: Path) -> None:
    text = "\n".join("\t".join(row) for row in [PURCHASE_HEADER, *LINES])
    assert facts_of(stage(write_text(tmp_path / "a.tsv", text))).equals(usual(tmp_path))


def test_text_that_a_hundred_programs_touched_loses_its_broken_rows_only(tmp_path: Path) -> None:
    good = [",".join(row).replace("1,500", "1500") for row in LINES[:6]]
    rows = [
        ",".join(PURCHASE_HEADER) + "\r\n",
        good[0] + "\r\n",
        good[1] + "\n",
        good[2] + "\r",
        '"2001,A-1,花束,2,2024/05/01,1500,77\n',  # never closed
        good[3] + "\r\n",
        "2002,A-1,花\0束,2,2024/05/01,1500,77\r\n",
        "2003,A-1,花束🌸①㈱髙\ue000,2,2024/05/01,1500,77\r\n",
        good[4] + "\r\n\r\n",
        good[5],
    ]
    staged = stage(write_text(tmp_path / "a.csv", "".join(rows)))
    assert (staged.rows, staged.accepted) == (9, 7)
    assert [(row, reason) for row, _column, _value, reason in rejects_of(staged)] == [
        (5, "unclosed_quote"),
        (7, "control_character"),
    ]
    assert "花束🌸①㈱髙\ue000" in facts_of(staged)["description"].to_list()
