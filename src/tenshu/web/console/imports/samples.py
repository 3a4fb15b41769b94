"""Small workbooks that show what a file may look like: made as they are asked for, from words in this file."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

import xlsxwriter

Sheets = Mapping[str, Sequence[Sequence[str | int]]]

#: Name of the file -> its sheets.
SAMPLES: Final[dict[str, Sheets]] = {
    "tenshu-sample-ja.xlsx": {
        "顧客": (
            ("会員番号", "氏名", "フリガナ", "メールアドレス", "電話番号", "登録日", "メール配信希望", "同意日"),
            (
                "1001",
                "佐藤 花子",
                "サトウ ハナコ",
                "hanako@example.jp",
                "090-0000-0001",
                "2024-04-01",
                "○",
                "2024-04-01",
            ),
            ("1002", "鈴木 一郎", "スズキ イチロウ", "ichiro@example.jp", "090-0000-0002", "2024-05-20", "×", ""),
            ("1003", "高橋 実", "タカハシ ミノル", "minoru@example.jp", "090-0000-0003", "2025-01-15", "", ""),
        ),
        "購入": (
            ("注文番号", "購入日", "会員番号", "商品名", "数量", "金額"),
            ("A-1", "2026-03-02", "1001", "季節の花束", 1, 3800),
            ("A-2", "2026-03-14", "1003", "鉢植え", 2, 5200),
            ("A-3", "2026-04-05", "1001", "ドライフラワー", 1, 2400),
        ),
    },
    "tenshu-sample-en.xlsx": {
        "Customers": (
            ("Customer no", "Full name", "E-mail address", "Phone", "Joined on", "Newsletter", "Consent date"),
            ("1001", "Hanako Sato", "hanako@example.jp", "090-0000-0001", "2024-04-01", "yes", "2024-04-01"),
            ("1002", "Ichiro Suzuki", "ichiro@example.jp", "090-0000-0002", "2024-05-20", "no", ""),
            ("1003", "Minoru Takahashi", "minoru@example.jp", "090-0000-0003", "2025-01-15", "", ""),
        ),
        "Purchases": (
            ("Order no", "Order date", "Customer no", "Product name", "Quantity", "Amount"),
            ("A-1", "2026-03-02", "1001", "Seasonal bouquet", 1, 3800),
            ("A-2", "2026-03-14", "1003", "Potted plant", 2, 5200),
            ("A-3", "2026-04-05", "1001", "Dried flowers", 1, 2400),
        ),
    },
}


def sample_book(sheets: Sheets) -> bytes:
    """Return a workbook with these sheets; texts are texts and numbers are numbers."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True, "strings_to_numbers": False}) as book:
        heading = book.add_format({"bold": True, "bottom": 1})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 0, 12)
            sheet.set_column(1, len(rows[0]), 20)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row, heading if number == 0 else None)
    return packed.getvalue()
