"""What a word in a cell means depends on its column: pears, a line sent back, a day before there were files."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.collect.connectors.file.rows import meaning
from tenshu.collect.vocabulary import PRODUCT_PURCHASED, PRODUCT_RETURNED
from tenshu.kit.japanese import PLACEHOLDERS
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    purchases,
    rejects_of,
    stage,
    write_csv,
)

NAMES_ONLY = ("注文番号", "商品名", "数量", "注文日", "単価", "会員番号")


@pytest.mark.parametrize("name", ["なし", "無", "nan", "Nan", "None", "不明", "N/A", "*"])
def test_product_may_be_called_like_nothing(tmp_path: Path, name: str) -> None:
    rows = [NAMES_ONLY, ["1", name, "3", "2024/05/01", "200", "77"], ["2", "りんご", "1", "2024/05/01", "150", "77"]]
    fact = facts_of(stage(write_csv(tmp_path / "a.csv", rows))).row(0, named=True)
    assert (fact["product_id"], fact["description"], fact["is_goods"]) == (name, name, True)
    assert fact["amount"] == 600


@pytest.mark.parametrize("code", ["なし", "NA", "null"])
def test_product_code_may_look_like_nothing(tmp_path: Path, code: str) -> None:
    fact = facts_of(stage(purchases(tmp_path / "a.csv", line(product_id=code)))).row(0, named=True)
    assert (fact["product_id"], fact["is_goods"]) == (code, True)


@pytest.mark.parametrize("blank", ["", " ", "-", "－", " - "])
def test_blank_or_a_dash_is_no_name(tmp_path: Path, blank: str) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(description=blank), line(product_id=blank)))
    assert facts_of(staged)["description"].to_list() == [None]
    assert [(row, column, reason) for row, column, _value, reason in rejects_of(staged)] == [
        (3, "商品コード", "missing_value")
    ]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(PLACEHOLDERS - {"-", "−"})))
def test_every_word_for_nothing_names_a_product_and_no_customer(
    tmp_path_factory: pytest.TempPathFactory, word: str
) -> None:
    path = purchases(tmp_path_factory.mktemp("any") / "a.csv", line(), line(description=word, customer_no=word))
    fact = facts_of(stage(path)).row(1, named=True)
    assert fact["description"] is not None
    assert fact["identifiers"] == []


@pytest.mark.parametrize("word", ["なし", "無", "-", "不明"])
def test_words_for_nothing_stay_nothing_where_no_thing_is_named(tmp_path: Path, word: str) -> None:
    header = ("会員番号", "氏名", "メールアドレス", "電話番号", "生年月日", "住所", "メール配信希望")
    people = [["1", "佐藤花子", word, word, word, word, "○"], ["2", "鈴木", "s@example.jp", "0312345678", "", "", "○"]]
    staged = stage(write_csv(tmp_path / "a.csv", [header, *people]))
    assert (staged.accepted, staged.rejects) == (2, {})
    described = facts_of(staged).row(0, named=True)
    assert described["identifiers"] == [{"kind": "customer_no", "value": "1"}]
    assert word not in described["properties"]


@pytest.mark.parametrize("word", ["なし", "無", "-", "nan"])
@pytest.mark.parametrize(("field", "reason"), [("quantity", "bad_number"), ("ordered_at", "bad_date")])
def test_word_for_nothing_is_no_number_and_no_day(tmp_path: Path, word: str, field: str, reason: str) -> None:
    assert stage(purchases(tmp_path / "a.csv", line(), line(**{field: word}))).rejects == {reason: 1}


@pytest.mark.parametrize(
    "header", ["キャンセル", "返品", "キャンセル区分", "取消", "Cancelled", "Is Cancelled", "Refund"]
)
@pytest.mark.parametrize(
    "answer", ["済", "済み", "○", "yes", "Yes", "1", "TRUE", "有", "完了", "レ", "2024/05/03", "返品済"]
)
def test_yes_in_a_column_of_cancellations_is_a_return(tmp_path: Path, header: str, answer: str) -> None:
    rows = [[*line(), ""], [*line(order_no="1002"), answer]]
    staged = stage(purchases(tmp_path / "a.csv", *rows, header=(*PURCHASE_HEADER, header)))
    assert staged.mapping["status"] == [header]
    assert facts_of(staged)["event"].to_list() == [PRODUCT_PURCHASED, PRODUCT_RETURNED]


@pytest.mark.parametrize("header", ["キャンセル", "返品区分", "Cancelled"])
@pytest.mark.parametrize(
    "answer", ["", "-", "×", "no", "0", "FALSE", "無", "なし", "未", "未返品", "返品不可", "キャンセル可"]
)
def test_no_in_a_column_of_cancellations_is_a_purchase(tmp_path: Path, header: str, answer: str) -> None:
    rows = [[*line(), answer]]
    staged = stage(purchases(tmp_path / "a.csv", *rows, header=(*PURCHASE_HEADER, header)))
    assert facts_of(staged)["event"].to_list() == [PRODUCT_PURCHASED]


@pytest.mark.parametrize(
    ("headers", "answers", "event"),
    [
        (("キャンセル", "返品"), ("", "済"), PRODUCT_RETURNED),
        (("キャンセル", "返品"), ("○", ""), PRODUCT_RETURNED),
        (("キャンセル", "返品"), ("", ""), PRODUCT_PURCHASED),
        (("キャンセル", "返品"), ("×", "-"), PRODUCT_PURCHASED),
        (("注文ステータス", "返品"), ("出荷済", "○"), PRODUCT_RETURNED),
        (("注文ステータス", "返品"), ("1", "0"), PRODUCT_PURCHASED),  # 1 is a state here, the other column answers
        (("注文ステータス", "返品"), ("キャンセル", ""), PRODUCT_RETURNED),
        (("Financial Status", "Fulfillment Status"), ("refunded", "fulfilled"), PRODUCT_RETURNED),
        (("Financial Status", "Fulfillment Status"), ("paid", "fulfilled"), PRODUCT_PURCHASED),
    ],
)
def test_each_of_two_columns_can_cancel(
    tmp_path: Path, headers: tuple[str, str], answers: tuple[str, str], event: str
) -> None:
    staged = stage(purchases(tmp_path / "a.csv", [*line(), *answers], header=(*PURCHASE_HEADER, *headers)))
    assert staged.mapping["status"] == list(headers)
    assert staged.events == {event: 1}


@pytest.mark.parametrize("answer", ["済", "完了", "2024/05/03", "出荷済"])
def test_done_in_a_column_of_states_is_a_purchase(tmp_path: Path, answer: str) -> None:
    staged = stage(purchases(tmp_path / "a.csv", [*line(), answer], header=(*PURCHASE_HEADER, "注文ステータス")))
    assert facts_of(staged)["event"].to_list() == [PRODUCT_PURCHASED]


@pytest.mark.parametrize(
    "header", ["キャンセル期限日", "返品期限", "返品可否", "キャンセル理由", "返金額", "Cancel until"]
)
def test_column_about_cancelling_does_not_ask_whether(header: str) -> None:
    assert not meaning.asks_for_cancelled(header)


def test_days_until_which_one_may_cancel_cancel_nothing(tmp_path: Path) -> None:
    rows = [[*line(), "2024/05/03"], [*line(order_no="1002"), "2024/05/04"]]
    staged = stage(purchases(tmp_path / "a.csv", *rows, header=(*PURCHASE_HEADER, "キャンセル期限日")))
    assert staged.events == {PRODUCT_PURCHASED: 2}


@pytest.mark.parametrize(
    "day", ["1899/12/31", "1850-01-01", "0001-01-02", "明治5年1月1日", "00001", "1753-01-01 00:00"]
)
def test_order_before_1900_is_refused(tmp_path: Path, day: str) -> None:
    staged = stage(purchases(tmp_path / "a.csv", line(), line(ordered_at=day)))
    assert rejects_of(staged) == [(3, "購入日時", day, "bad_date")]


def test_order_before_1900_is_refused_where_the_time_has_a_column_of_its_own(tmp_path: Path) -> None:
    header = (*PURCHASE_HEADER[:4], "購入日", *PURCHASE_HEADER[5:], "購入時刻")
    rows = [[*line(ordered_at="2024/05/01"), "10:00"], [*line(ordered_at="1899/05/01"), "10:00"]]
    assert stage(purchases(tmp_path / "a.csv", *rows, header=header)).rejects == {"bad_date": 1}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/New_York"])
def test_first_day_of_1900_is_the_shops(tmp_path: Path, zone: str) -> None:
    rows = [line(), line(ordered_at="1900/01/01 00:00"), line(ordered_at="1899/12/31 23:59")]
    staged = stage(purchases(tmp_path / "a.csv", *rows), zone=zone)
    assert (staged.accepted, staged.rejects) == (2, {"bad_date": 1})


@pytest.mark.parametrize("day", ["令和1年4月30日", "平成31年5月1日", "R1.4.30", "昭和64年1月8日"])
def test_day_outside_its_era_is_refused(tmp_path: Path, day: str) -> None:
    rows = [line(ordered_at="令和1年5月1日"), line(ordered_at="平成31年4月30日"), line(ordered_at=day)]
    staged = stage(purchases(tmp_path / "a.csv", *rows))
    assert rejects_of(staged) == [(4, "購入日時", day, "bad_date")]
