"""An amount that goes for a whole order counts once, spread over its lines; amounts of lines stay as they are."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import Mapping
from tenshu.collect.connectors.file.cells import raw
from tenshu.collect.connectors.file.layout import table
from tests.unit.collect.connectors.file.support import codes_of, facts_of, rejects_of, stage, write_csv

HEADER = ["注文番号", "注文日", "商品名", "数量", "注文合計"]


def lines(*orders: tuple[str, str, int]) -> list[list[str]]:
    return [[number, "2024/5/1", f"花{n}", "1", amount] for number, amount, count in orders for n in range(count)]


def by_order(facts: pl.DataFrame) -> dict[str, list[int]]:
    return {
        str(order): amounts
        for order, amounts in facts.group_by("order_no", maintain_order=True).agg("amount").iter_rows()
    }


def orders_of(tmp_path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> dict[str, list[int]]:
    return by_order(facts_of(stage(write_csv(tmp_path / "a.csv", [header, *rows]))))


def test_total_on_each_line_of_an_order_is_spread_over_them(tmp_path: Path) -> None:
    rows = lines(("1", "1,000", 3), ("2", "500", 1), ("3", "2,500", 2))
    staged = stage(write_csv(tmp_path / "a.csv", [HEADER, *rows]))
    assert by_order(facts_of(staged)) == {"1": [334, 333, 333], "2": [500], "3": [1250, 1250]}
    assert set(facts_of(staged)["event"]) == {"product_purchased"}
    assert "amount_spread" in codes_of(staged)


def test_column_that_does_not_say_so_needs_more_orders_to_tell(tmp_path: Path) -> None:
    header = [*HEADER[:4], "金額"]
    few = lines(*((str(n), str(1000 + n), 2) for n in range(3)))
    assert orders_of(tmp_path, few, header) == {str(n): [1000 + n] * 2 for n in range(3)}
    many = lines(*((str(n), str(2000 + 2 * n), 2) for n in range(8)))
    assert orders_of(tmp_path, many, header) == {str(n): [1000 + n] * 2 for n in range(8)}


def test_amounts_of_lines_stay(tmp_path: Path) -> None:
    rows = lines(("1", "1,000", 3), ("2", "500", 2), ("3", "2,500", 2))
    rows[1][4] = "900"
    assert orders_of(tmp_path, rows)["1"] == [1000, 900, 1000]


def test_one_price_for_everything_is_a_price_of_lines(tmp_path: Path) -> None:
    assert orders_of(tmp_path, lines(*((str(n), "500", 2) for n in range(9))))["1"] == [500, 500]


def test_one_product_told_twice_has_two_prices(tmp_path: Path) -> None:
    rows = [[number, "2024/5/1", "花", "1", str(100 + int(number))] for number in "123456789" for _twice in range(2)]
    assert orders_of(tmp_path, rows)["1"] == [101, 101]


def test_unit_prices_need_no_spreading(tmp_path: Path) -> None:
    rows = [[*row, "100"] for row in lines(("1", "1,000", 3), ("2", "500", 2), ("3", "2,500", 2))]
    assert orders_of(tmp_path, rows, [*HEADER, "単価"])["1"] == [100, 100, 100]


def test_spreading_can_be_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, *lines(("1", "1,000", 2), ("2", "500", 2))])
    facts = facts_of(stage(path, mapping=Mapping(options={"fill": "no"})))
    assert by_order(facts) == {"1": [1000, 1000], "2": [500, 500]}


def test_amount_in_merged_cells_is_spread_over_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("売上")
    sheet.write_row(0, 0, HEADER)
    for number in range(1, 8):
        sheet.write_row(number, 0, [str(number // 4), "2024/5/1", f"花{number}", 1, 70])
    sheet.merge_range(1, 4, 3, 4, 3000)
    sheet.merge_range(4, 4, 5, 4, 601)
    book.close()
    staged = stage(path)
    assert facts_of(staged)["amount"].to_list() == [1000, 1000, 1000, 300, 301, 70, 70] or facts_of(staged)[
        "amount"
    ].to_list() == [1000, 1000, 1000, 301, 300, 70, 70]
    assert "amount_spread" in codes_of(staged)


def test_amount_that_is_none_is_refused_on_each_line(tmp_path: Path) -> None:
    rows = lines(("1", "1,000", 2), ("2", "二千", 2), ("3", "300", 2))
    staged = stage(write_csv(tmp_path / "a.csv", [HEADER, *rows]))
    assert [(row, value) for row, _column, value, _reason in rejects_of(staged)] == [(4, "二千"), (5, "二千")]


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-99_999, 99_999).filter(bool), st.integers(2, 5)), min_size=3, max_size=9, unique=True
    )
)
def test_orders_keep_their_amounts_to_the_yen(
    tmp_path_factory: pytest.TempPathFactory, orders: list[tuple[int, int]]
) -> None:
    if len({amount for amount, _count in orders}) < len(orders):
        return
    rows = lines(*((str(number), str(amount), count) for number, (amount, count) in enumerate(orders)))
    found = orders_of(tmp_path_factory.mktemp("any"), rows)
    assert {order: sum(amounts) for order, amounts in found.items()} == {
        str(number): amount for number, (amount, _count) in enumerate(orders)
    }
    assert all(max(amounts) - min(amounts) < 5 for amounts in found.values())


def test_order_over_the_end_of_a_chunk_is_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "ROWS_A_CHUNK", 2)
    monkeypatch.setattr(table, "ROWS_A_CHUNK", 2)
    assert orders_of(tmp_path, lines(("1", "1,000", 3), ("2", "500", 5))) == {"1": [334, 333, 333], "2": [100] * 5}
