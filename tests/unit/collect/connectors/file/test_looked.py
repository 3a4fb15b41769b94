"""Look into a file: what its tables are, how sure that is, what else each column could be, and how to correct it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xlsxwriter

from tenshu.collect.connectors.file import EXTRA, OPTIONS, Choice, Looked, Mapping, fields_of, look_at
from tenshu.collect.connectors.file.cells.guard import inspect
from tenshu.collect.connectors.file.columns.fields import FIELDS, KINDS
from tenshu.collect.connectors.file.columns.suggest import alternatives_for, trait_name
from tenshu.collect.connectors.file.errors import BadMapping, EmptyFile, NotRecognised
from tenshu.collect.connectors.file.layout.table import Opened, open_file
from tenshu.collect.connectors.file.looked import look_into
from tenshu.collect.connectors.file.plans.plan import MOST_EXTRAS, RESERVED
from tenshu.collect.connectors.file.plans.terms import ShopTerms
from tenshu.kit.progress import NoProgress
from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    RECEIVED,
    codes_of,
    facts_of,
    line,
    look,
    purchases,
    stage,
    stage_all,
    traits_of,
    write_book,
    write_csv,
)

PEOPLE = ["会員番号", "氏名", "メール", "趣味", "備考(店)"]
SATO = ["1", "佐藤 花子", "a@example.jp", "釣り", "VIP"]
SUZUKI = ["2", "鈴木 一郎", "b@example.jp", "山", ""]
LINES = [line(order_no=str(1000 + n), customer_no=str(n % 7)) for n in range(20)]
COLUMNS = {"customer_no": ["会員番号"], "full_name": ["氏名"], "email": ["メール"]}


def workbook(path: Path) -> Path:
    sheets: dict[str, Sequence[Sequence[Any]]] = {
        "顧客": [["顧客名簿"], [], PEOPLE, SATO, SUZUKI],
        "4月": [PURCHASE_HEADER, *LINES[:10], ["合計", "", "", 20, "", 15000, ""]],
        "5月": [PURCHASE_HEADER, *LINES[10:]],
        "集計": [["日付", "売上"], ["2024/5/1", 1000], ["2024/5/2", 2000]],
        "メモ": [["ご確認ください"]],
    }
    return write_book(path, sheets)


def test_every_table_of_a_workbook_is_looked_at(tmp_path: Path) -> None:
    looked = look(workbook(tmp_path / "a.xlsx"))
    assert [(table.sheet, table.kind, table.is_chosen) for table in looked.tables] == [
        ("顧客", "customers", True),
        ("4月", "purchases", True),
        ("5月", "purchases", True),
        ("集計", "purchases", False),
        ("メモ", "", False),
    ]
    assert [each.code for each in looked.tables[3].skipped] == ["summary_sheet"]
    assert [each.code for each in looked.tables[4].skipped] == ["other_sheet"]
    assert (looked.name, looked.tables[0].header_row, looked.tables[0].rows) == ("a.xlsx", 3, 2)


def test_columns_come_with_samples_alternatives_and_how_sure_they_are(tmp_path: Path) -> None:
    (table,) = look(write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI])).tables
    number, name, mail, hobby, remark = table.columns
    assert (number.field, number.samples) == ("customer_no", ("1", "2"))
    assert ("member_no", 1.0) in number.alternatives
    assert mail.confidence > 0.9 > hobby.confidence
    assert (hobby.field, hobby.extra, remark.extra) == (None, f"{EXTRA}趣味", f"{EXTRA}備考_店")
    assert name.extra == ""
    assert table.sample_rows == (tuple(SATO), tuple(SUZUKI))
    assert "unnamed_columns" in [each.code for each in table.assumptions]


def test_value_suggests_a_meaning_where_the_header_does_not() -> None:
    assert alternatives_for("customers", "x", ["a@example.jp", "b@example.jp"], but=None)[0] == ("email", 0.5)
    assert alternatives_for("customers", "x", ["釣り"], but=None) == ()


@pytest.mark.parametrize(
    ("header", "name"),
    [("趣味（複数可）", "趣味_複数可"), ("No.", "No"), ("〒", "column"), ("email", "email_"), ("x" * 99, "x" * 63)],
)
def test_header_becomes_a_name_that_conditions_can_use(header: str, name: str) -> None:
    assert trait_name(header) == name
    assert trait_name(header) not in RESERVED


def test_unknown_table_is_no_error_to_look_at(tmp_path: Path) -> None:
    (table,) = look(write_csv(tmp_path / "weather.csv", [["気温", "湿度"], ["20", "50"], ["21", "51"]])).tables
    assert (table.kind, table.confidence, table.is_chosen) == ("", 0.0, False)
    assert table.missing
    assert len(table.columns) == 2


def test_mapping_shows_in_what_is_looked_at(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI])
    looked = look_at(
        path,
        shop_zone="Asia/Tokyo",
        currency="JPY",
        received_at=RECEIVED,
        mapping=Mapping(columns={"company": "趣味"}),
        folder=tmp_path,
    )
    assert [column.field for column in looked.tables[0].columns][3] == "company"
    assert list(tmp_path.iterdir()) == [path]


def test_workbook_of_both_kinds_is_two_imports(tmp_path: Path) -> None:
    staged = stage_all(workbook(tmp_path / "a.xlsx"))
    assert list(staged) == ["customers", "purchases"]
    assert (staged["customers"].rows, staged["purchases"].rows) == (2, 20)
    assert staged["purchases"].sheets == ["4月", "5月"]
    assert staged["customers"].import_id != staged["purchases"].import_id
    assert {"summary_sheet", "other_sheet", "total"} <= codes_of(staged["purchases"])
    whole = facts_of(stage(purchases(tmp_path / "usual.csv", *LINES)))
    assert facts_of(staged["purchases"]).equals(whole)


def test_what_goes_for_one_sheet_only_names_it(tmp_path: Path) -> None:
    sheets: dict[str, list[Any]] = {
        "4月": [PURCHASE_HEADER, *LINES[:10], ["合計", "", "", 20, "", 15000, ""]],
        "5月": [PURCHASE_HEADER, *LINES[10:14], ["合計", "", "", 20, "", 15000, ""]],
    }
    staged = stage_all(write_book(tmp_path / "a.xlsx", sheets))["purchases"]
    totals = [each.text("ja") for each in staged.notes if each.code == "total"]
    assert totals == ["4月: 合計の行は取り込みません: 12行目(合計)。", "5月: 合計の行は取り込みません: 6行目(合計)。"]
    assert [each.code for each in staged.notes].count("known_by") == 1


def test_month_with_one_column_more_is_read_with_the_others(tmp_path: Path) -> None:
    sheets: dict[str, list[Any]] = {
        "4月": [PURCHASE_HEADER, *LINES[:10]],
        "5月": [[*PURCHASE_HEADER, "国"], *([*row, "日本"] for row in LINES[10:])],
    }
    assert stage_all(write_book(tmp_path / "a.xlsx", sheets))["purchases"].rows == 20


def test_choices_decide_which_sheets_are_read_and_how(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    people = Choice(sheet="顧客", kind="customers", columns=COLUMNS | {f"{EXTRA}趣味": ["趣味"]})
    staged = stage_all(path, people)
    assert list(staged) == ["customers"]
    first = traits_of(staged["customers"])[0]
    assert (first["趣味"], first["full_name"]) == ("釣り", "佐藤 花子")
    assert staged["customers"].mapping[f"{EXTRA}趣味"] == ["趣味"]
    assert "備考_店" not in first


def test_wrong_guess_is_corrected_and_a_column_is_left_out(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI])
    columns = {"customer_no": ["会員番号"], "company": ["氏名"]}
    (person, _other) = traits_of(stage_all(path, Choice(kind="customers", columns=columns))["customers"])
    assert person == {"customer_no": "1", "company": "佐藤 花子"}


def test_another_choice_is_another_import(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI])
    kept = COLUMNS | {f"{EXTRA}趣味": ["趣味"]}
    ids = {
        stage_all(path, Choice(kind="customers", columns=columns))["customers"].import_id for columns in (COLUMNS, kept)
    }
    assert len(ids) == 2


@pytest.mark.parametrize(
    "columns",
    [
        {f"{EXTRA}email": ["趣味"]},  # a name that means something already
        {f"{EXTRA}a b": ["趣味"]},
        {f'{EXTRA}x"': ["趣味"]},
        {f"{EXTRA}": ["趣味"]},
        {"hobby": ["趣味"]},
        {"company": ["no such header"]},
        {f"{EXTRA}x{number}": ["趣味"] for number in range(MOST_EXTRAS + 1)},
    ],
)
def test_choice_that_names_what_is_not_there_is_told(tmp_path: Path, columns: dict[str, list[str]]) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO, SUZUKI])
    with pytest.raises(BadMapping):
        stage_all(path, Choice(kind="customers", columns=COLUMNS | columns))


def test_purchases_keep_no_columns_of_their_own(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", *LINES)
    columns = {"ordered_at": ["購入日時"], "unit_price": ["単価"], f"{EXTRA}x": ["商品名"]}
    with pytest.raises(BadMapping):
        stage_all(path, Choice(kind="purchases", columns=columns))


def test_choice_of_a_sheet_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO])
    with pytest.raises(BadMapping, match="6月"):
        stage_all(path, Choice(sheet="6月", kind="customers", columns=COLUMNS))


def test_choice_without_what_its_kind_needs_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [PEOPLE, SATO])
    with pytest.raises(NotRecognised):
        stage_all(path, Choice(kind="customers", columns={"company": ["氏名"]}))


def test_no_table_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotRecognised):
        stage_all(write_book(tmp_path / "a.xlsx", {"メモ": [["ご確認ください"]]}))
    with pytest.raises(EmptyFile):
        stage(write_csv(tmp_path / "b.csv", [PEOPLE, SATO]), mapping=Mapping(sheet="6月"))


def test_order_of_dates_can_be_chosen(tmp_path: Path) -> None:
    path = purchases(tmp_path / "a.csv", line(ordered_at="1/2/2024"))
    columns = {"ordered_at": ["購入日時"], "unit_price": ["単価"]}
    months = [
        facts_of(stage_all(path, Choice(kind="purchases", columns=columns, options={"date_order": order}))["purchases"])
        for order in ("mdy", "dmy")
    ]
    assert [facts["occurred_at"].dt.convert_time_zone("Asia/Tokyo")[0].month for facts in months] == [1, 2]
    assert set(OPTIONS) == {"tax", "tax_rate", "date_order", "year", "fill"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_title_in_both_languages(kind: str) -> None:
    titles = fields_of(kind)
    assert [each.name for each in titles] == [each.name for each in FIELDS[kind]]
    assert all(each.title("ja") != each.title("en") for each in titles)
    assert len({each.title("ja") for each in titles}) == len(titles)


def test_hidden_sheets_charts_and_cell_notes_are_told_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet, secret = book.add_worksheet("顧客"), book.add_worksheet("設定")
    for number, row in enumerate([PEOPLE, SATO, SUZUKI]):
        sheet.write_row(number, 0, row)
        secret.write_row(number, 0, ["9", *row[1:]])
    sheet.write_comment(1, 0, "部外秘のメモ")
    secret.hide()
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=顧客!$A$2:$A$3"})
    book.add_chartsheet("グラフ").set_chart(chart)
    book.close()
    looked = look(path)
    assert [table.sheet for table in looked.tables] == ["顧客"]
    assert {each.code for each in looked.notes} == {"hidden_sheet", "chart_sheet", "comments"}
    staged = stage_all(path)["customers"]
    assert "部外秘" not in str(traits_of(staged))
    assert [person["customer_no"] for person in traits_of(staged)] == ["1", "2"]


def test_one_sheet_can_be_read_as_customers_and_as_purchases(tmp_path: Path) -> None:
    header = ["注文番号", "注文日", "商品名", "金額", "注文者氏名", "メールアドレス", "電話番号"]
    rows = [[str(n), "2024/5/1", "花", "500", "佐藤 花子", "a@example.jp", "090-1234-5678"] for n in range(3)]
    path = write_csv(tmp_path / "orders.csv", [header, *rows])
    people = Choice(
        kind="customers",
        columns={"full_name": ["注文者氏名"], "email": ["メールアドレス"], "updated_on": ["注文日"]},
    )
    bought = Choice(
        kind="purchases",
        columns={"order_no": ["注文番号"], "ordered_at": ["注文日"], "amount": ["金額"], "email": ["メールアドレス"]},
    )
    staged = stage_all(path, bought, people)
    assert list(staged) == ["customers", "purchases"]
    assert traits_of(staged["customers"]) == [
        {"email": "a@example.jp", "full_name": "佐藤 花子", "last_name": "佐藤", "first_name": "花子"}
    ]
    assert staged["purchases"].facts == 3


def test_what_was_looked_at_can_be_kept_and_read_again(tmp_path: Path) -> None:
    looked = look(workbook(tmp_path / "a.xlsx"))
    assert msgspec.json.decode(msgspec.json.encode(looked), type=Looked) == looked


def test_cells_of_an_open_file_can_be_kept_and_looked_into_again(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    opened = open_file(path, inspect(path), scratch=tmp_path, progress=NoProgress())
    kept = msgspec.json.encode(opened, enc_hook=str)
    again = msgspec.json.decode(kept, type=Opened, dec_hook=lambda kind, value: kind(value))
    terms = ShopTerms("Asia/Tokyo", "JPY", RECEIVED)
    assert look_into(again, name="a.xlsx", terms=terms, mappings={}) == look(path)
