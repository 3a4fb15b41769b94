"""A plan is the guess with what the owner says put over it."""

from pathlib import Path

import pytest

from tenshu.collect.connectors.file.cells.raw import RawWriter
from tenshu.collect.connectors.file.layout.header import Header
from tenshu.collect.connectors.file.layout.table import Table
from tenshu.collect.connectors.file.plans.plan import Mapping, guess_table, plan_table
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tests.unit.collect.connectors.file.support import LINE, PURCHASE_HEADER, RECEIVED

TERMS = ShopTerms("Asia/Tokyo", "JPY", RECEIVED)


def table(folder: Path, *rows: tuple[str, ...], header: tuple[str, ...] = PURCHASE_HEADER) -> Table:
    path = folder / "raw.parquet"
    with RawWriter(path, len(header)) as writer:
        for number, row in enumerate(rows, 2):
            writer.add(number, row)
    return Table(sheet="", path=path, header=Header(1, list(header)), rows=len(rows))


def test_plan_of_a_plain_table_is_its_guess(tmp_path: Path) -> None:
    plan = plan_table(table(tmp_path, LINE), Mapping(), name="a.csv", terms=TERMS)
    assert plan.kind == "purchases"
    assert plan.columns["order_no"] == [0]
    assert plan.headers()["customer_no"] == ["会員番号"]
    assert plan.date_order == "ymd"
    assert plan.confidence[""] > 0.9


def test_named_column_takes_its_column_from_the_guess(tmp_path: Path) -> None:
    mapping = Mapping(columns={"product_id": "商品名"})
    guessed = guess_table(table(tmp_path, LINE), mapping, name="a.csv")
    assert guessed.fields["product_id"].columns == [2]
    assert guessed.fields["product_id"].confidence == 1.0
    assert "description" not in guessed.fields
    assert guessed.fields["order_no"].columns == [0]


def test_only_what_is_named_is_read_when_asked_so(tmp_path: Path) -> None:
    mapping = Mapping(kind="purchases", columns={"ordered_at": "購入日時", "unit_price": "単価"}, only=True)
    plan = plan_table(table(tmp_path, LINE), mapping, name="a.csv", terms=TERMS)
    assert set(plan.columns) == {"ordered_at", "unit_price"}


def test_kind_that_is_named_overrules_the_guess(tmp_path: Path) -> None:
    mapping = Mapping(kind="customers", columns={"customer_no": "会員番号"})
    assert plan_table(table(tmp_path, LINE), mapping, name="a.csv", terms=TERMS).kind == "customers"


@pytest.mark.parametrize("order", ["ymd", "mdy", "dmy"])
def test_order_of_dates_that_is_named_is_kept(tmp_path: Path, order: str) -> None:
    mapping = Mapping(date_order=order)  # type: ignore[arg-type]
    assert plan_table(table(tmp_path, LINE), mapping, name="a.csv", terms=TERMS).date_order == order


def test_header_is_looked_for_before_a_number(tmp_path: Path) -> None:
    odd = table(tmp_path, LINE, header=("#2", "b", "c", "d", "e", "f", "g"))
    mapping = Mapping(kind="purchases", columns={"order_no": "#2", "ordered_at": "e", "unit_price": "f"})
    assert guess_table(odd, mapping, name="a.csv").fields["order_no"].columns == [0]
