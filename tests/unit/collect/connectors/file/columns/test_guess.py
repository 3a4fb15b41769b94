"""What a table is, and what its columns mean: by its headers, by its values, and how sure."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from tenshu.collect.connectors.file.columns.guess import Guess, guess, missing_fields
from tenshu.collect.connectors.file.columns.looks import look_at

FLOWERS = ["花束", "胡蝶蘭 三本立て", "観葉植物", "花瓶 大", "リース", "苗 トマト", "土 20L", "肥料"]

FAMILIES = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"]
GIVEN = ["花子", "太郎", "さくら", "大輔", "千尋", "健", "美咲"]


def order_lines(count: int = 120) -> list[list[str]]:
    """Return columns: order, product, name, quantity, time, price, customer; three lines an order."""
    columns: list[list[str]] = [[] for _ in range(7)]
    for place in range(count):
        order, product = place // 3, (place * 7 + place // 5) % len(FLOWERS)
        day = date(2024, 1, 1) + timedelta(days=order)
        cells = (
            str(536365 + order),
            f"{22100 + product}A",
            FLOWERS[product],
            str(1 + place % 6),
            f"{day:%Y/%m/%d} 10:{order % 60:02d}",
            f"{(product + 1) * 1.25:.2f}",
            str(17000 + order % 11),
        )
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    return columns


def people(count: int = 60) -> list[list[str]]:
    """Return columns: number, name, address of mail, telephone, postal code, birthday."""
    rows = [
        (
            f"K{1000 + n}",
            f"{FAMILIES[n % 8]} {GIVEN[n % 7]}",
            f"hanako{n}@example.jp",
            f"090-1234-{n:04d}",
            f"150-{n:04d}",
            f"19{50 + n % 50}/04/01",
        )
        for n in range(count)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def meanings(guessed: Guess) -> dict[int, str]:
    return {column: name for name, found in guessed.fields.items() for column in found.columns}


JA = ["伝票番号", "商品コード", "商品名", "数量", "購入日時", "単価", "会員番号"]
EN = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
MEANT = ["order_no", "product_id", "description", "quantity", "ordered_at", "unit_price", "customer_no"]


@pytest.mark.parametrize(
    "names", [JA, EN, [name.upper() for name in EN], ["注文ID", "SKU", "品名", "個数", "注文日", "販売価格", "顧客ID"]]
)
def test_headers_in_either_language_tell_purchases(names: Sequence[str]) -> None:
    guessed = guess(names, order_lines())
    assert guessed.kind == "purchases"
    assert meanings(guessed) == dict(enumerate(MEANT))
    assert guessed.confidence > 0.95


@pytest.mark.parametrize(
    "names",
    [
        ["会員番号", "氏名", "メールアドレス", "電話番号", "郵便番号", "生年月日"],
        ["customer_id", "full_name", "email", "phone", "zip", "birthday"],
        ["顧客コード", "お客様名", "Ｅメール", "TEL", "郵便番号", "誕生日"],
    ],
)
def test_headers_in_either_language_tell_customers(names: Sequence[str]) -> None:
    guessed = guess(names, people())
    assert guessed.kind == "customers"
    assert meanings(guessed) == dict(
        enumerate(["customer_no", "full_name", "email", "phone", "postal_code", "birthday"])
    )
    assert guessed.confidence > 0.95


def test_values_tell_purchases_when_headers_say_nothing() -> None:
    names = [f"column {number}" for number in range(1, 8)]
    guessed = guess(names, order_lines())
    assert guessed.kind == "purchases"
    assert meanings(guessed) == dict(enumerate(MEANT))
    assert 0.5 <= guessed.confidence < 0.8


def test_values_tell_customers_when_headers_say_nothing() -> None:
    guessed = guess([f"f{number}" for number in range(6)], people())
    assert guessed.kind == "customers"
    assert meanings(guessed) == dict(
        enumerate(["customer_no", "full_name", "email", "phone", "postal_code", "birthday"])
    )
    assert 0.5 <= guessed.confidence < 0.8


@pytest.mark.parametrize("order", [[6, 5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 6, 2, 4], [2, 4, 6, 0, 1, 3, 5]])
def test_place_of_a_column_does_not_matter(order: list[int]) -> None:
    columns = order_lines()
    guessed = guess(["?"] * 7, [columns[number] for number in order])
    assert meanings(guessed) == {place: MEANT[number] for place, number in enumerate(order)}


def test_guess_by_values_is_less_sure_than_by_headers() -> None:
    assert guess(["?"] * 7, order_lines()).confidence < guess(JA, order_lines()).confidence


def test_quantity_price_and_amount_are_told_by_multiplying() -> None:
    columns = order_lines()
    amounts = [f"{int(count) * float(price):.2f}" for count, price in zip(columns[3], columns[5], strict=True)]
    guessed = guess(["?"] * 8, [*columns, amounts])
    assert (meanings(guessed)[3], meanings(guessed)[5], meanings(guessed)[7]) == ("quantity", "unit_price", "amount")


def test_header_that_its_values_contradict_is_doubted() -> None:
    wrong = guess(["会員番号", "氏名", "メールアドレス"], [["1", "2"], ["佐藤", "鈴木"], ["東京都", "大阪府"]])
    right = guess(["会員番号", "氏名", "メールアドレス"], [["1", "2"], ["佐藤", "鈴木"], ["a@x.jp", "b@x.jp"]])
    assert wrong.confidence < right.confidence


def test_unknown_column_beside_known_ones_is_left_alone() -> None:
    guessed = guess([*JA, "担当者"], [*order_lines(), ["田中"] * 120])
    assert 7 not in meanings(guessed)


def test_orders_of_a_shop_with_names_and_addresses_are_purchases() -> None:
    columns = [*order_lines(), ["佐藤 花子"] * 120, ["hanako@example.jp"] * 120]
    guessed = guess([*JA, "氏名", "メールアドレス"], columns)
    assert guessed.kind == "purchases"
    assert meanings(guessed)[8] == "email"


def test_kind_that_is_known_is_kept() -> None:
    assert guess(JA, order_lines(), "customers").kind == "customers"


def test_table_of_something_else_is_not_understood() -> None:
    guessed = guess(["温度", "湿度"], [["20", "21"], ["50", "51"]])
    assert guessed.confidence == 0
    assert guessed.missing


def test_empty_table_is_not_understood() -> None:
    assert guess([], []).confidence == 0
    assert guess(["備考", "メモ"], [[], []]).confidence == 0


@pytest.mark.parametrize(
    ("kind", "fields", "missing"),
    [
        ("purchases", {"ordered_at", "unit_price"}, []),
        ("purchases", {"ordered_at", "amount"}, []),
        ("purchases", {"ordered_at"}, ["unit_price|amount"]),
        ("purchases", {"amount"}, ["ordered_at"]),
        ("customers", {"email"}, []),
        ("customers", {"full_name"}, ["customer_no|member_no|email|phone"]),
    ],
)
def test_what_a_kind_needs_is_named(kind: str, fields: set[str], missing: list[str]) -> None:
    assert missing_fields(kind, dict.fromkeys(fields)) == missing


@pytest.mark.parametrize(
    ("cells", "holds"),
    [
        (["a@x.jp", "b@x.jp"], "email"),
        (["03-1234-5678", "090-1234-5678"], "phone"),
        (["2024/05/01", "令和6年5月1日"], "date"),
        (["20240501", "20240502"], "date"),
        (["¥1,200", "△300"], "number"),
        (["150-0001", "〒150-0002"], "postal"),
        (["サトウ ハナコ", "すずき"], "kana"),
        (["東京都", "大阪府"], "prefecture"),
        (["東京都渋谷区1-1", "大阪府大阪市北区2"], "address"),
        (["○", "×"], "choice"),
        (["佐藤 花子", "鈴木 太郎"], "name"),
        (["A-1001", "B-1002"], "code"),
    ],
)
def test_column_looks_like_what_it_is(cells: list[str], holds: str) -> None:
    assert look_at(cells).share(holds) == 1.0


def test_blank_cells_do_not_count_against_a_column() -> None:
    look = look_at(["a@x.jp", "", None, "なし"])
    assert look.share("email") == 1.0
    assert look.filled_rate == 0.25


def test_numbers_are_no_dates_and_no_telephone_numbers() -> None:
    look = look_at(["12345", "17850", "40513"])
    assert look.share("date") == look.share("phone") == look.share("email") == 0


def test_blank_column_looks_like_nothing() -> None:
    assert look_at(["", None]).share("text") == 0
    assert look_at([]).filled_rate == 0
