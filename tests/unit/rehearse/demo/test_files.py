"""The owner's files hold every real line, and the broken ones that are listed."""

import csv
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.connectors.file import stage_file
from tenshu.collect.reject import Reason
from tenshu.rehearse.demo.files import (
    BROKEN,
    ENCODING,
    HEADER,
    PURCHASES_NAME,
    ROSTER_NAME,
    OwnerFiles,
    as_owner_writes,
    purchase_lines,
    write_owner_files,
)

FEW = 40


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> OwnerFiles:
    """Write the files of a small shop."""
    return write_owner_files(tmp_path_factory.mktemp("few"), customers=FEW)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    """Return every line of the data set."""
    return purchase_lines()


def rows_of(path: Path) -> list[list[str]]:
    """Return the rows of a CSV file."""
    return list(csv.reader(StringIO(path.read_bytes().decode(ENCODING), newline="")))


def test_data_set_is_complete(lines: pl.DataFrame) -> None:
    assert lines.height == 541_909
    counted = lines.filter(pl.col("CustomerID").is_not_null() & (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
    assert counted.height == 397_884
    assert counted["CustomerID"].n_unique() == 4_338
    assert counted["InvoiceNo"].n_unique() == 18_532
    assert lines["CustomerID"].null_count() == 135_080
    assert str(lines["InvoiceDate"].max()) == "2011-12-09 12:50:00"


def test_data_set_is_attributed_where_it_lies() -> None:
    folder = Path(__file__).parents[4] / "src" / "tenshu" / "rehearse" / "demo"
    text = (folder / "ATTRIBUTION.md").read_text("utf-8")
    assert all(word in text for word in ("Daqing Chen", "CC BY 4.0", "UCI", "Every name", "invented"))


def test_files_have_the_names_that_an_owner_gives(few: OwnerFiles) -> None:
    assert (few.roster.name, few.purchases.name) == (ROSTER_NAME, PURCHASES_NAME) == ("顧客名簿.xlsx", "購入履歴.csv")


def test_broken_rows_are_counted_by_reason(few: OwnerFiles) -> None:
    assert few.broken == {
        "bad_date": 8,
        "bad_number": 8,
        "missing_value": 11,
        "too_few_columns": 5,
        "too_many_columns": 3,
        "future_date": 2,
    }
    assert sum(few.broken.values()) == len(BROKEN) == 37


def test_reasons_are_those_of_the_import() -> None:
    assert {reason for reason, _ in BROKEN} <= {str(reason) for reason in Reason}


def test_no_broken_row_stands_twice_and_none_is_a_real_order(lines: pl.DataFrame) -> None:
    assert len({row for _, row in BROKEN}) == len(BROKEN)
    numbers = {row.split(",")[0] for _, row in BROKEN}
    assert not numbers & set(lines["InvoiceNo"].unique())


def test_rows_end_as_windows_ends_them(few: OwnerFiles) -> None:
    raw = few.purchases.read_bytes()
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_csv_is_cp932_and_not_utf_8(few: OwnerFiles) -> None:
    raw = few.purchases.read_bytes()
    assert raw.decode(ENCODING).startswith("伝票番号,商品コード,商品名,数量,購入日時,単価,会員番号,国")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_broken_rows_lie_among_the_good_ones_as_they_are_listed(few: OwnerFiles) -> None:
    written = few.purchases.read_bytes().decode(ENCODING).split("\r\n")
    places = [written.index(row) for _, row in BROKEN]
    assert places == sorted(places)
    assert places[0] > 20
    gaps = {after - before for before, after in pairwise(places)}
    assert max(gaps) - min(gaps) <= 1


def test_good_rows_are_the_data_set(few: OwnerFiles, lines: pl.DataFrame) -> None:
    rows = rows_of(few.purchases)
    broken = Counter(tuple(next(csv.reader([row]))) for _, row in BROKEN)
    good = [row for row in rows[1:] if tuple(row) not in broken]
    kept = [row for row in good if row[6]]
    numbers = lines["CustomerID"].drop_nulls().unique().sort().head(FEW)
    real = lines.filter(pl.col("CustomerID").is_in(numbers.implode()))
    assert len(rows) == 1 + len(good) + len(BROKEN)
    assert len(kept) == real.height
    assert sum(int(row[3]) for row in kept) == real["Quantity"].sum()
    assert sum(float(row[5]) for row in kept) == pytest.approx(real["UnitPrice"].sum())


def test_small_shop_keeps_its_share_of_lines_without_a_customer(few: OwnerFiles) -> None:
    anonymous = sum(len(row) == len(HEADER) and row[6] == "" for row in rows_of(few.purchases)[1:])
    assert anonymous == 135_080 * FEW // 4_372


def test_same_arguments_are_the_same_bytes(few: OwnerFiles, tmp_path: Path) -> None:
    again = write_owner_files(tmp_path / "new" / "folder", customers=FEW)
    assert again.purchases.read_bytes() == few.purchases.read_bytes()
    assert again.roster.read_bytes() == few.roster.read_bytes()


def test_another_seed_invents_other_people_and_keeps_the_purchases(few: OwnerFiles, tmp_path: Path) -> None:
    other = write_owner_files(tmp_path, seed=2, customers=FEW)
    assert other.purchases.read_bytes() == few.purchases.read_bytes()
    assert other.roster.read_bytes() != few.roster.read_bytes()


def test_owners_rows_are_texts_under_the_owners_headings(lines: pl.DataFrame) -> None:
    first = as_owner_writes(lines.head(1))
    assert first.columns == list(HEADER)
    assert first.row(0) == (
        "536365",
        "85123A",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "6",
        "2010/12/01 08:26",
        "2.55",
        "17850",
        "United Kingdom",
    )


def test_every_text_survives_cp932(lines: pl.DataFrame) -> None:
    written = as_owner_writes(lines)
    for name in ("伝票番号", "商品コード", "商品名", "国"):
        for text in written[name].drop_nulls().unique().to_list():
            assert text.encode(ENCODING).decode(ENCODING) == text


def test_pound_sign_is_the_wide_one_and_reads_back_as_the_ordinary_one(lines: pl.DataFrame) -> None:
    vouchers = lines.filter(pl.col("Description").str.contains("£", literal=True))
    written = as_owner_writes(vouchers)["商品名"]
    assert vouchers.height > 0
    assert written.str.contains("￡", literal=True).all()
    assert [unicodedata.normalize("NFKC", text) for text in written] == vouchers["Description"].to_list()


# Prices as an owner writes them; the raw value is kept to the last digit.
PRICES = [(2.55, "2.55"), (3.0, "3"), (0.001, "0.001"), (-11062.06, "-11062.06"), (0.0, "0"), (38970.0, "38970")]


@pytest.mark.parametrize(("price", "written"), PRICES)
def test_price_is_written_to_the_last_digit(lines: pl.DataFrame, price: float, written: str) -> None:
    one = lines.filter(pl.col("UnitPrice") == price).head(1)
    assert one.height == 1
    assert as_owner_writes(one)["単価"].to_list() == [written]


def test_ordinary_import_takes_everything_but_the_broken_rows(few: OwnerFiles, tmp_path: Path) -> None:
    staged = stage_file(
        few.purchases,
        shop_zone="Europe/London",
        currency="GBP",
        received_at=datetime(2011, 12, 10, tzinfo=UTC),
        folder=tmp_path,
    )
    assert staged.kind == "purchases"
    assert dict(staged.rejects) == few.broken
    assert staged.rows == staged.accepted + len(BROKEN)


def test_ordinary_import_takes_everybody_in_the_list(few: OwnerFiles, tmp_path: Path) -> None:
    staged = stage_file(
        few.roster,
        shop_zone="Europe/London",
        currency="GBP",
        received_at=datetime(2011, 12, 10, tzinfo=UTC),
        folder=tmp_path,
    )
    assert (staged.kind, staged.accepted, dict(staged.rejects)) == ("customers", FEW, {})
    facts = pl.read_parquet(staged.facts_path)
    bases = facts.filter(pl.col("event") == "consent_recorded")["properties"].str.json_path_match("$.basis")
    assert set(bases) <= {"opt_in", "business_relation"}
