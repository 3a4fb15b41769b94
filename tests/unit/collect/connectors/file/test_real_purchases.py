"""The real purchases of a gift shop (UCI Online Retail) come in to the last line and the last penny."""

from datetime import UTC, datetime
from importlib import resources
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.connectors.file import StagedImport
from tests.unit.collect.connectors.file.support import facts_of, stage

HEADER = ["伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号", "国"]


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    source = resources.files("tenshu.rehearse.demo") / "online_retail.parquet"
    return pl.read_parquet(BytesIO(source.read_bytes()))


@pytest.fixture(scope="module")
def staged(lines: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> StagedImport:
    path = tmp_path_factory.mktemp("uci") / "購入履歴.csv"
    texts = lines.with_columns(
        pl.col("Description").str.replace_all("£", "￡", literal=True),
        pl.col("InvoiceDate").dt.strftime("%Y/%m/%d %H:%M"),
        pl.col("CustomerID").cast(pl.Int64),
    )
    path.write_bytes(
        texts.rename(dict(zip(lines.columns, HEADER, strict=True))).write_csv(line_terminator="\r\n").encode("cp932")
    )
    return stage(path, currency="GBP", zone="Europe/London", received_at=datetime(2011, 12, 10, tzinfo=UTC))


@pytest.fixture(scope="module")
def facts(staged: StagedImport) -> pl.DataFrame:
    return facts_of(staged)


@pytest.fixture(scope="module")
def counted(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.filter((pl.col("event") == "product_purchased") & (pl.col("identifiers").list.len() > 0))


def test_every_line_comes_in(staged: StagedImport, facts: pl.DataFrame) -> None:
    assert (staged.rows, staged.accepted, staged.rejects) == (541_909, 541_909, {})
    assert facts.height == facts["fact_id"].n_unique() == 541_909


def test_counted_lines_orders_customers_and_revenue_are_the_known_ones(counted: pl.DataFrame) -> None:
    assert counted.height == 397_884
    assert counted["order_no"].n_unique() == 18_532
    assert counted["identifiers"].list.first().struct.field("value").n_unique() == 4_338
    assert counted["amount"].sum() == 891_140_790


def test_equal_lines_of_an_order_count_too(counted: pl.DataFrame, lines: pl.DataFrame) -> None:
    known = lines.filter(pl.col("CustomerID").is_not_null() & (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
    assert known.height - known.unique().height == 5_192
    assert counted.height == known.height


def test_each_kind_of_line_is_told_from_the_others(staged: StagedImport, lines: pl.DataFrame) -> None:
    cancelled = pl.col("InvoiceNo").str.starts_with("C")
    price, count = pl.col("UnitPrice"), pl.col("Quantity")
    debt = pl.col("StockCode") == "B"
    expected = {
        "order_adjusted": debt | ((count < 0) & (price == 0) & ~cancelled),
        "product_given": ~cancelled & (price == 0) & (count > 0),
        "product_returned": cancelled,
        "product_purchased": ~cancelled & (price > 0) & (count > 0) & ~debt,
    }
    assert staged.events == {event: lines.filter(rule).height for event, rule in sorted(expected.items())}


def test_lines_keep_the_order_and_the_local_time_of_the_file(facts: pl.DataFrame, lines: pl.DataFrame) -> None:
    assert facts["order_no"].equals(lines["InvoiceNo"].alias("order_no"))
    local = facts["occurred_at"].dt.convert_time_zone("Europe/London").dt.replace_time_zone(None)
    assert local.equals(lines["InvoiceDate"].alias("occurred_at"))


def test_postage_fees_vouchers_and_corrections_are_no_goods(facts: pl.DataFrame) -> None:
    others = set(facts.filter(~pl.col("is_goods"))["product_id"].unique())
    assert {"POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "gift_0001_20"} <= others
    goods = facts.filter("is_goods")["product_id"]
    assert not set(goods) & {"POST", "DOT", "M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}
    assert {"85123A", "22423", "PADS", "DCGSSGIRL"} <= set(goods)


def test_first_export_is_part_of_the_whole(facts: pl.DataFrame, lines: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    lines.head(20_000).with_columns(pl.col("InvoiceDate").dt.strftime("%d/%m/%Y %H:%M:%S")).write_csv(path)
    part = facts_of(stage(path, currency="GBP", zone="Europe/London", received_at=datetime(2011, 12, 10, tzinfo=UTC)))
    assert part["fact_id"].equals(facts["fact_id"].head(20_000))
