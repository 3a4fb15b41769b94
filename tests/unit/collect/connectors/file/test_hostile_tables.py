"""Files as shops really have them: what is no purchase is none, nobody is taken for somebody else, and it is told."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from tenshu.collect.connectors.file import stage_tables
from tenshu.collect.connectors.file.plans.amounts import amount_counts, lacks_tax
from tests.unit.collect.connectors.file.support import (
    RECEIVED,
    codes_of,
    facts_of,
    look,
    rejects_of,
    stage,
    stage_all,
    traits_of,
    write_book,
    write_csv,
)

PEOPLE = ["氏名", "電話"]
SALES = ["日付", "会員番号", "商品名", "金額"]


def lines(path: Path, rows: Sequence[Sequence[object]]) -> list[tuple[str, int]]:
    """Stage purchases and return event and amount of each line."""
    return facts_of(stage(write_csv(path / "a.csv", rows))).select("event", "amount").rows()


def sold(*amounts: int) -> list[tuple[str, int]]:
    return [("product_purchased", amount) for amount in amounts]


@pytest.mark.parametrize(
    "word", ["渋谷店 計", "当月計", "4月 売上計", "5月分合計（税込）", "Jan Subtotal", "Grand Total:", "平均", "粗利"]
)
def test_sums_are_never_given_the_customer_and_the_day_above_them(tmp_path: Path, word: str) -> None:
    rows = [["店舗", *SALES], *(["渋谷店", f"2024/4/{day}", "7", "茶", "100"] for day in range(1, 9))]
    total = [word, "", "", "", "800"]
    assert lines(tmp_path, [*rows, total, total, total]) == sold(*[100] * 8)


def test_words_where_numbers_of_people_stand_are_nobody(tmp_path: Path) -> None:
    people = [[str(number), f"人{number}", f"090-1111-000{number}", "3"] for number in range(1, 6)]
    below = [["合計 5名", "", "", "15"], ["男性 3名", "", "", ""], ["平均", "", "", "3"], ["確認印", "", "", ""]]
    path = write_csv(tmp_path / "a.csv", [["会員番号", "氏名", "電話番号", "購入回数"], *people, *below])
    assert [each["customer_no"] for each in traits_of(stage(path))] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "header",
    [
        ["日付", "お名前", "電話番号", "商品", "金額"],
        ["予約日", "宿泊者名", "電話番号", "プラン名", "宿泊料金（税込）"],
        ["来店日", "氏名", "TEL", "備考", "金額"],
        ["注文日時", "氏(請求先)", "電話番号(請求先)", "商品名", "価格"],
    ],
)
def test_who_bought_beside_what_was_bought_is_no_list_of_customers(tmp_path: Path, header: list[str]) -> None:
    rows = [
        ["4/1", "佐藤 花子", "090-1111-2222", "ケーキ", "1200"],
        ["4/3", "山田 太郎", "090-3333-4444", "クッキー", "800"],
    ]
    assert lines(tmp_path, [header, *rows]) == sold(1200, 800)


def test_columns_about_a_life_of_purchases_make_no_purchase_and_no_day_of_joining(tmp_path: Path) -> None:
    header = ["会員番号", "メールアドレス", "最終購入日", "累計購入金額", "購入回数", "次回予約日"]
    staged = stage(
        write_csv(tmp_path / "a.csv", [header, ["1", "a@example.jp", "2024/3/1", "12000", "3", "2024/6/10"]])
    )
    assert traits_of(staged) == [{"customer_no": "1", "email": "a@example.jp"}]


def test_number_of_a_row_is_nobodys_number(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "4月": [["No", *PEOPLE], [1, "佐藤", "090-1111-2222"]],
        "5月": [["No", *PEOPLE], [1, "田中", "080-1111-2222"]],
    }
    staged = stage(write_book(tmp_path / "a.xlsx", sheets))
    assert [each["phone"] for each in traits_of(staged)] == ["+819011112222", "+818011112222"]
    assert not any("customer_no" in each for each in traits_of(staged))


def test_name_in_a_column_called_customer_is_no_number(tmp_path: Path) -> None:
    rows = [["Customer", "Email"], ["Ann Smith", "ann@example.com"], ["Ann Smith", "other@example.com"]]
    found = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    assert [(each["full_name"], each["email"]) for each in found] == [(name, email) for name, email in rows[1:]]


def test_where_it_was_sent_is_not_who_bought(tmp_path: Path) -> None:
    header = ["注文番号", "注文日", "注文者氏名", "注文者電話番号", "送付先氏名", "送付先電話番号", "商品名", "金額"]
    row = ["1", "2024/4/1", "佐藤", "090-1111-2222", "田中", "06-1111-2222", "茶", "100"]
    (who,) = facts_of(stage(write_csv(tmp_path / "a.csv", [header, row])))["identifiers"].to_list()
    assert who == [{"kind": "phone", "value": "+819011112222"}]


def test_telephone_and_postal_code_in_parts_are_put_together(tmp_path: Path) -> None:
    phones = [f"注文者電話番号{part}" for part in (1, 2, 3)]
    header = ["注文番号", "注文日時", "注文時間", "注文者姓", "注文者名", *phones, "商品名", "金額"]
    row = ["1", "2024/04/01 10:00:00", "10:00:00", "佐藤", "花子", "090", "1111", "2222", "鍋", "5000"]
    fact = facts_of(stage(write_csv(tmp_path / "a.csv", [header, row]))).row(0, named=True)
    assert fact["identifiers"] == [{"kind": "phone", "value": "+819011112222"}]
    assert fact["occurred_at"].isoformat() == "2024-04-01T01:00:00+00:00"


def test_tables_side_by_side_are_both_read(tmp_path: Path) -> None:
    rows = [["A店", "", "", "B店", ""], [*PEOPLE, "", *PEOPLE], ["佐藤", "090-1111-2222", "", "田中", "080-1111-0000"]]
    rows.append(["山田", "090-3333-4444", "", "", ""])
    for path in (write_book(tmp_path / "a.xlsx", {"名簿": rows}), write_csv(tmp_path / "a.csv", rows[1:])):
        staged = stage(path)
        assert [each["full_name"] for each in traits_of(staged)] == ["佐藤", "山田", "田中"]
        assert "several_tables" in codes_of(staged)


def test_table_below_another_is_read_by_its_own_header(tmp_path: Path) -> None:
    people: list[list[object]] = [["会員番号", "氏名", "メール"], ["1", "佐藤花子", "a@example.jp"]]
    sales: list[list[object]] = [["売上一覧"], [*SALES], ["2024/4/1", "1", "茶", 1000], ["合計", "", "", 1000]]
    staged = stage_all(write_book(tmp_path / "a.xlsx", {"S": [["顧客一覧"], *people, [], *sales]}))
    assert [each["customer_no"] for each in traits_of(staged["customers"])] == ["1"]
    assert facts_of(staged["purchases"])["amount"].to_list() == [1000]


def test_amount_after_a_discount_counts(tmp_path: Path) -> None:
    header = ["注文番号", "注文日", "会員番号", "商品名", "単価", "数量", "値引額", "金額"]
    rows = [
        ["1", "2024/4/1", "7", "靴", "10000", "1", "1000", "9000"],
        ["2", "2024/4/3", "8", "靴下", "500", "3", "0", "1500"],
    ]
    path = write_csv(tmp_path / "a.csv", [header, *rows])
    assert facts_of(stage(path))["amount"].to_list() == [9000, 1500]
    assert "amount_counts" in codes_of(stage(path))


def test_total_of_an_order_is_no_amount_of_its_lines() -> None:
    columns = {"unit_price": [0], "quantity": [1], "amount": [2]}
    cells = [["100", "200"], ["1", "1"], ["300", "200"]]
    assert amount_counts(columns, cells, ["単価", "数量", "合計金額"]) == (False, False)
    assert amount_counts(columns, cells, ["単価", "数量", "金額"]) == (False, False)


def test_tax_beside_prices_without_it_is_added(tmp_path: Path) -> None:
    header = ["伝票番号", "売上日", "品名", "数量", "単価", "税抜金額", "消費税", "得意先コード"]
    rows = [
        ["1", "2024/4/1", "釘", "2", "500", "1,000", "100", "T1"],
        ["2", "2024/4/2", "茶", "1", "2,000", "2,000", "160", "T2"],
    ]
    assert lines(tmp_path, [header, *rows]) == sold(1100, 2160)


def test_unit_price_that_lacks_the_tax_of_its_amount_is_not_counted(tmp_path: Path) -> None:
    rows = [["2024/4/1", "1", "茶", "500", "2", "1100"], ["2024/4/2", "2", "皿", "1000", "1", "1100"]]
    assert lines(tmp_path, [["注文日", "会員番号", "商品名", "単価", "数量", "金額"], *rows]) == sold(1100, 1100)
    assert not lacks_tax({"unit_price": [0], "amount": [1]}, [["100", "200"], ["100", "200"]])


def test_thousands_of_yen_are_yen(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", [["売上日", "会員番号", "商品", "金額（千円）"], ["2024/4/1", "1", "茶", "12"]]
    )
    assert facts_of(stage(path))["amount"].to_list() == [12_000]
    assert "unit" in codes_of(stage(path))


def test_state_on_the_first_line_of_an_order_goes_for_the_others(tmp_path: Path) -> None:
    header = ["Name", "Email", "Financial Status", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"]
    day = "2024-04-02 10:00:00 +0900"
    rows = [
        ["#1", "a@example.com", "refunded", day, "1", "Mug", "10"],
        ["#1", "a@example.com", "", day, "1", "Cup", "20"],
    ]
    rows.append(["#2", "b@example.com", "paid", day, "1", "Mug", "10"])
    assert [event for event, _amount in lines(tmp_path, [header, *rows])] == [
        *["product_returned"] * 2,
        "product_purchased",
    ]


def test_days_in_three_columns_are_days(tmp_path: Path) -> None:
    rows = [["年", "月", "日", "会員番号", "商品", "金額"], ["2024", "4", "1", "1", "茶", "100"]]
    assert (
        facts_of(stage(write_csv(tmp_path / "a.csv", rows)))["occurred_at"][0].isoformat()
        == "2024-03-31T15:00:00+00:00"
    )


def test_new_year_within_a_file_of_one_year_is_the_next_year(tmp_path: Path) -> None:
    rows = [SALES, ["12/30", "1", "茶", "100"], ["12/31", "1", "茶", "100"], ["1/2", "1", "茶", "100"]]
    days = facts_of(stage(write_csv(tmp_path / "売上_2023.csv", rows)))["occurred_at"].dt.year().to_list()
    assert days == [2023, 2023, 2024]


def test_days_that_can_be_read_in_two_ways_are_told(tmp_path: Path) -> None:
    rows = [["Order ID", "Date", "Email", "Product", "Price"], ["1", "03/04/2024", "a@example.com", "Mug", "10"]]
    assert "date_order" in codes_of(stage(write_csv(tmp_path / "a.csv", rows)))
    rows.append(["2", "25/03/2024", "a@example.com", "Mug", "10"])
    assert "date_order" not in codes_of(stage(write_csv(tmp_path / "a.csv", rows)))


def test_people_who_share_a_telephone_are_told(tmp_path: Path) -> None:
    rows = [PEOPLE, ["佐藤花子", "03-1234-5678"], ["佐藤 花子様", "03-1234-5678"]]
    assert "shared" not in codes_of(stage(write_csv(tmp_path / "a.csv", rows)))
    rows.append(["佐藤太郎", "03-1234-5678"])
    assert "shared" in codes_of(stage(write_csv(tmp_path / "a.csv", rows)))


def test_second_column_of_telephones_and_addresses_fills_what_the_first_lacks(tmp_path: Path) -> None:
    header = ["お客様コード", "自宅電話", "携帯", "PCメール", "携帯メール"]
    rows = [
        ["1", "03-1234-5678", "090-1111-2222", "a@example.jp", "a@docomo.ne.jp"],
        ["2", "03-1234-5679", "", "", "b@docomo.ne.jp"],
    ]
    found = traits_of(stage(write_csv(tmp_path / "a.csv", [header, *rows])))
    assert [(each["phone"], each["email"]) for each in found] == [
        ("+819011112222", "a@example.jp"),
        ("+81312345679", "b@docomo.ne.jp"),
    ]


def test_kana_in_brackets_is_how_the_name_is_read(tmp_path: Path) -> None:
    rows = [
        ["会員番号", "お名前（フリガナ）"],
        ["1", "佐藤花子（サトウハナコ）様"],
        ["2", "有限会社ヤマト　代表取締役　大和武"],
    ]
    sato, yamato = traits_of(stage(write_csv(tmp_path / "a.csv", rows)))
    assert (sato["full_name"], sato["name_kana"]) == ("佐藤花子", "サトウハナコ")
    assert (yamato["full_name"], yamato["company"]) == ("大和武", "有限会社ヤマト")


def test_no_day_of_a_database_is_none_and_a_cut_postal_code_is_refused(tmp_path: Path) -> None:
    header = ["会員番号", "生年月日", "登録日", "郵便番号"]
    rows = [["1", "0000-00-00", "0000-00-00 00:00:00", "1500001.0"], ["2", "", "", "150-001"]]
    staged = stage(write_csv(tmp_path / "a.csv", [header, *rows]))
    assert traits_of(staged) == [{"customer_no": "1", "postal_code": "150-0001"}]
    assert [each[3] for each in rejects_of(staged)] == ["bad_postal_code"]


def test_codes_kept_from_spreadsheets_are_codes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('会員番号,電話番号\n="0001",\'09011112222\n="0002",="0312345678"\n', encoding="utf-8")
    found = [(each["customer_no"], each["phone"]) for each in traits_of(stage(path))]
    assert found == [("0001", "+819011112222"), ("0002", "+81312345678")]


def test_what_is_missing_is_said_by_its_title(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["品名", "数量", "金額"], ["釘", "10", "1000"]])
    with pytest.raises(Exception, match="Day of purchase not found"):
        stage_tables(path, shop_zone="Asia/Tokyo", currency="JPY", received_at=RECEIVED, folder=tmp_path / "staged")
    assert look(path).tables[0].missing == ("ordered_at",)
    assert pl.read_csv(path).height == 1
