"""Bring files through the pages, as somebody at a browser does: read the form, change it, send it."""

import io
import re
from collections.abc import Sequence
from html import unescape
from typing import Any, Final

import httpx
import xlsxwriter

from tests.unit.web.console.visiting import Visitor

HEADER: Final = ("会員番号", "氏名", "メールアドレス", "メルマガ")
#: 佐藤 says yes, 鈴木 no, 高橋 nothing.
ROWS: Final = (
    ("1", "佐藤 花子", "sato@example.jp", "○"),
    ("2", "鈴木 一郎", "suzuki@example.jp", "×"),
    ("3", "高橋 実", "takahashi@example.jp", ""),
)
LINES: Final = (
    ("注文番号", "購入日", "会員番号", "商品名", "数量", "金額"),
    ("A-1", "2026-05-01", "1", "花束", 1, 3000),
    ("A-2", "2026-05-02", "3", "鉢植え", 2, 5000),
)


def csv_of(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    """Return a CSV file of these rows."""
    return "".join(",".join(map(str, row)) + "\n" for row in (header, *rows)).encode(encoding)


def book_of(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of these sheets."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return packed.getvalue()


def brought(visitor: Visitor, data: bytes, name: str = "名簿.csv") -> str:
    """Send a file; return the number of its upload."""
    answer = visitor.post("/import", files={"file": (name, data)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[-1]


def form_of(page: str) -> dict[str, str]:
    """Return what the form of the columns would send."""
    form = {"columns": "yes"}
    form |= dict.fromkeys(re.findall(r'<input type="checkbox" id="[\w-]+" name="([\w-]+)"[^>]* checked', page), "yes")
    form |= dict(re.findall(r'<input type="hidden" name="(was-\d+)" value="(\w*)"', page))
    for name, options in re.findall(r'<select id="[\w-]+" name="([\w-]+)">(.*?)</select>', page, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', options)
        form[name] = found[1] if found else ""
    for name, value in re.findall(r'<input id="[\w-]+" name="((?:name|option)-[\w-]+)" value="([^"]*)"', page):
        form[name] = unescape(value)
    return form


def checked(visitor: Visitor, number: str, **changes: str) -> httpx.Response:
    """Have every row of an upload read, with changes in the form; return the page of what came of it."""
    form = form_of(visitor.get(f"/import/{number}/columns").text)
    told = {name.replace("_", "-"): value for name, value in changes.items()}
    return visitor.post(f"/import/{number}/check", form | told, follow=True)


def entered(visitor: Visitor, number: str, basis: str = "none", reason: str = "", **more: str) -> httpx.Response:
    """Let a checked upload in; return the page of what it did."""
    data = {"basis": basis, f"reason-{basis}": reason, **more}
    return visitor.post(f"/import/{number}/enter", data, follow=True)


def imported(visitor: Visitor, data: bytes, name: str = "名簿.csv", **basis: str) -> httpx.Response:
    """Bring a file all the way; return the page of what it did."""
    number = brought(visitor, data, name)
    checked(visitor, number)
    return entered(visitor, number, **basis)


def words(answer: httpx.Response) -> str:
    """Return what a page says, without its markup."""
    page = answer.text.partition('<main id="main"')[2] or answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
