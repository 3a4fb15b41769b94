"""Prices come in with tax: what headers, titles and columns say of it, and what is taken for granted."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file import Mapping
from tenshu.collect.connectors.file.plans.tax import rate_of, says_included
from tests.unit.collect.connectors.file.support import codes_of, facts_of, stage, write_csv

START = ("伝票番号", "購入日", "商品名", "数量")


def sales(tmp_path: Path, header: Sequence[str], *rows: Sequence[str], title: str = "") -> Path:
    full = [[*START, *header], *([str(100 + n), "2024/5/1", "花", "3", *row] for n, row in enumerate(rows))]
    return write_csv(tmp_path / "a.csv", [[title, *[""] * (len(full[0]) - 1)], *full] if title else full)


def amounts(path: Path, *, currency: str = "JPY", **options: str) -> list[int]:
    return facts_of(stage(path, currency=currency, mapping=Mapping(options=options)))["amount"].to_list()


@pytest.mark.parametrize(
    ("text", "included"),
    [
        ("単価(税込)", True),
        ("税込単価", True),
        ("内税", True),
        ("単価（税抜）", False),
        ("本体価格", False),
        ("税別", False),
        ("外税", False),
        ("Price (excl. tax)", False),
        ("price incl. tax", True),
        ("単価", None),
        ("消費税", None),
    ],
)
def test_words_of_tax_are_known(text: str, included: bool | None) -> None:  # noqa: FBT001 - a table of cases
    assert says_included(text) is included


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10%", 10),
        ("１０％", 10),
        ("0.1", 10),
        ("8", 8),
        ("8%(軽減)", 8),
        ("軽減", 8),
        ("※", 8),
        ("標準税率", 10),
        ("非課税", 0),
        ("対象外", 0),
        ("5%", 5),
        ("外税", None),
        ("77%", None),
        ("", None),
    ],
)
def test_rates_are_known(text: str, rate: int | None) -> None:
    assert rate_of(text) == rate


def test_prices_that_say_nothing_stay_and_it_is_told(tmp_path: Path) -> None:
    path = sales(tmp_path, ["単価"], ["100"])
    assert amounts(path) == [300]
    assert "tax_unknown" in codes_of(stage(path))


def test_prices_with_tax_stay(tmp_path: Path) -> None:
    path = sales(tmp_path, ["単価(税込)"], ["110"])
    assert amounts(path) == [330]
    assert "tax_included" in codes_of(stage(path))


@pytest.mark.parametrize(
    ("header", "title"), [("税抜単価", ""), ("単価（税抜）", ""), ("単価", "売上 税抜"), ("本体価格", "")]
)
def test_prices_without_tax_get_ten_per_cent(tmp_path: Path, header: str, title: str) -> None:
    path = sales(tmp_path, [header], ["100"], ["99"], title=title)
    assert amounts(path) == [330, 327]
    facts = facts_of(stage(path))
    assert [str(price) for price in facts["unit_price"]] == ["110.0000", "108.9000"]
    assert "tax_excluded" in codes_of(stage(path))


def test_rate_of_each_row_counts(tmp_path: Path) -> None:
    path = sales(tmp_path, ["税抜単価", "税率"], ["100", "10%"], ["100", "8%"], ["100", "非課税"], ["100", ""])
    assert amounts(path) == [330, 324, 300, 330]
    assert "tax_by_column" in codes_of(stage(path))


def test_kind_of_tax_of_each_row_counts(tmp_path: Path) -> None:
    path = sales(tmp_path, ["単価", "税区分"], ["100", "外税"], ["110", "内税"], ["100", "外税8%"], ["100", "非課税"])
    assert amounts(path) == [330, 330, 324, 300]
    assert "tax_by_row" in codes_of(stage(path))


def test_tax_beside_prices_without_it_is_added(tmp_path: Path) -> None:
    path = sales(tmp_path, ["税抜金額", "消費税額"], ["1,000", "100"], ["500", "40"])
    assert amounts(path) == [1100, 540]
    assert "tax_added" in codes_of(stage(path))


def test_size_of_the_tax_tells_whether_the_amount_holds_it(tmp_path: Path) -> None:
    on_top = sales(tmp_path, ["金額", "消費税"], ["1,000", "100"], ["2,000", "200"], ["500", "40"])
    assert amounts(on_top) == [1100, 2200, 540]
    inside = sales(tmp_path, ["金額", "消費税"], ["1,100", "100"], ["2,200", "200"], ["540", "40"])
    assert amounts(inside) == [1100, 2200, 540]
    assert "tax_included" in codes_of(stage(inside))


def test_tax_of_a_returned_line_goes_back_too(tmp_path: Path) -> None:
    path = sales(tmp_path, ["税抜金額", "消費税額"], ["1,000", "100"], ["-1,000", "-100"], ["-1,000", "100"])
    assert amounts(path) == [1100, -1100, -1100]


def test_price_with_tax_is_taken_where_both_stand(tmp_path: Path) -> None:
    path = sales(tmp_path, ["単価", "税込単価"], ["100", "110"], ["200", "220"])
    assert amounts(path) == [330, 660]
    totals = sales(tmp_path, ["税抜単価", "税込金額"], ["100", "330"], ["200", "650"])
    assert amounts(totals) == [330, 650]


def test_owner_overrules_what_the_file_says(tmp_path: Path) -> None:
    path = sales(tmp_path, ["単価"], ["100"])
    assert amounts(path, tax="excluded") == [330]
    assert amounts(path, tax="excluded", tax_rate="8") == [324]
    without = sales(tmp_path, ["税抜単価"], ["100"])
    assert amounts(without, tax="included") == [300]
    assert amounts(without, tax="as_written") == [300]


def test_rate_of_another_country_is_not_known(tmp_path: Path) -> None:
    path = sales(tmp_path, ["Unit price (excl. tax)"], ["100"])
    assert amounts(path, currency="GBP") == [30000]
    assert amounts(path, currency="GBP", tax_rate="20") == [36000]


def test_word_of_tax_beside_a_number_is_no_fault(tmp_path: Path) -> None:
    assert amounts(sales(tmp_path, ["単価"], ["1,650円(税込)"], ["￥１００（税込）"])) == [4950, 300]


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 99_999), st.sampled_from([10, 8])), min_size=1, max_size=8))
def test_tax_is_rounded_half_up_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, prices: list[tuple[int, int]]
) -> None:
    rows = [[f"{price}", f"{rate}%"] for price, rate in prices]
    path = sales(tmp_path_factory.mktemp("tax"), ["税抜単価", "税率"], *rows)
    assert amounts(path) == [(3 * price * (100 + rate) * 2 + 100) // 200 for price, rate in prices]
