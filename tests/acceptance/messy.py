"""A workbook as a small shop really keeps it: titles, two rows of headings, totals, a hidden sheet, notes, slips."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

PEOPLE: Final = 60
#: Rows of the list that nobody could take over: a broken address, and a telephone number that is none.
BROKEN: Final = 2
_SURNAMES: Final = ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤")
_READINGS: Final = ("ｻﾄｳ", "ｽｽﾞｷ", "ﾀｶﾊｼ", "ﾀﾅｶ", "ｲﾄｳ", "ﾜﾀﾅﾍﾞ", "ﾔﾏﾓﾄ", "ﾅｶﾑﾗ", "ｺﾊﾞﾔｼ", "ｶﾄｳ")
_NAMES: Final = ("花子", "太郎", "桜", "蓮", "結衣", "大輔")
_GOODS: Final = (("花束(大)", 3000), ("苗", 480), ("鉢", 1200), ("カード", 150))


def write_workbook(path: Path, *, today: date) -> None:
    """Write the workbook; its purchases lie in the two years before today."""
    book = xlsxwriter.Workbook(str(path))
    _customers(book.add_worksheet("顧客名簿"), today)
    _purchases(book.add_worksheet("購入履歴"), today)
    notes = book.add_worksheet("メモ")
    notes.write_string(0, 0, "来月の仕入れ: 苗を多めに")
    hidden = book.add_worksheet("設定")
    hidden.write_row(0, 0, ["税率", 0.1])
    hidden.hide()
    book.close()


def _customers(sheet: Worksheet, today: date) -> None:
    sheet.merge_range(0, 0, 0, 8, "花屋 木の実 顧客名簿")
    sheet.write_string(1, 0, f"作成日: 令和{today.year - 2018}年{today.month}月{today.day}日")
    sheet.merge_range(3, 1, 3, 2, "氏名")
    sheet.merge_range(3, 6, 3, 7, "住所")
    for column, name in ((0, "会員番号"), (3, "フリガナ"), (4, "メールアドレス"), (5, "電話番号"), (8, "備考")):
        sheet.write_string(3, column, name)
    for column, name in ((1, "姓"), (2, "名"), (6, "郵便番号"), (7, "都道府県")):
        sheet.write_string(4, column, name)
    row = 5
    for nth in range(PEOPLE):
        if nth == PEOPLE // 2:
            row += 1  # a blank line, as between two printed pages
        sheet.write_row(row, 0, _person(nth))
        row += 1
    sheet.write_row(row, 0, ["合計", "", "", "", "", "", "", "", f"{PEOPLE}名"])
    sheet.write_string(row + 2, 0, "※ 備考は店長が記入")


def _person(nth: int) -> list[str]:
    mail = f"kyaku{nth}@hanaya.example"
    if nth == 3:
        mail = "kyaku3@@hanaya.example"
    if nth == 7:
        mail = "hana..taro.@docomo.ne.jp"
    phone = "電話なしです" if nth == 11 else f"０９０－{1000 + nth}－{2000 + nth}"
    postal = f"〒1{nth % 100:02d}-0001"
    surname, reading = _SURNAMES[nth % 10], _READINGS[nth % 10]
    return [f"H-{nth:03d}", surname, f"{_NAMES[nth % 6]} 様", reading, mail, phone, postal, "東京都", ""]


def _purchases(sheet: Worksheet, today: date) -> None:
    sheet.write_string(0, 0, "購入履歴(税込)")
    sheet.write_row(2, 0, ["購入日", "会員番号", "商品名", "数量", "単価(税込)", "金額"])
    row = 3
    for nth in range(PEOPLE):
        for visit in range(1 + nth % 4):
            on = today - timedelta(days=(nth * 37 + visit * 113) % 700 + 1)
            goods, price = _GOODS[(nth + visit) % 4]
            pieces = 1 + (nth + visit) % 3
            written = f"{on.year}年{on.month}月{on.day}日" if nth % 2 else f"{on:%Y/%m/%d}"
            sheet.write_row(row, 0, [written, f"H-{nth:03d}", goods, pieces, f"￥{price:,}", pieces * price])
            row += 1
    sheet.write_row(row, 0, ["合計", "", "", "", "", "=SUM(F4:F200)"])
