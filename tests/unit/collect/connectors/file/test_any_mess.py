"""However a table is dressed up, the facts are those of the clean table."""

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    stage,
    traits_of,
    write_book,
    write_csv,
)

Rows = list[list[str]]

LINE = st.tuples(
    st.integers(1, 9999).map(lambda number: f"D{number:05}"),
    st.sampled_from(["A-1", "B-22", "C-333"]),
    st.sampled_from(["花束", "①ばら", "腕時計", "㈱限定 鉢植え", "Tea cup"]),
    st.integers(1, 30).map(str),
    st.dates(date(2020, 1, 1), date(2024, 5, 1)).map(str),
    st.integers(1, 50_000).map(lambda price: f"{price:,}"),
    st.sampled_from(["", *(str(number) for number in range(100, 120))]),
).map(list)
MESS = st.fixed_dictionaries(
    {
        "titles": st.lists(st.sampled_from(["売上一覧", "2024年5月1日現在", "担当: 佐藤", "※社外秘"]), max_size=3),
        "gap": st.booleans(),
        "again": st.integers(0, 2),
        "totals": st.integers(0, 3),
        "word": st.sampled_from(["合計", "小計", "総 計", "4月計", "【合計】"]),
        "remarks": st.lists(st.sampled_from(["※価格は税込です", "- 1 -", "以上", "【東京店】"]), max_size=2),
        "margin": st.integers(0, 2),
        "wide": st.booleans(),
    }
)


def dressed(lines: Rows, mess: dict[str, Any], places: Callable[[int], int]) -> Rows:
    """Return the table with titles, totals, headers, remarks and margins; a row of nothing is a blank row."""
    width = len(PURCHASE_HEADER)

    def alone(text: str) -> list[str]:
        return [text, *[""] * (width - 1)]

    rows = [list(line) for line in lines]
    for number in range(mess["totals"]):
        rows.insert(places(len(rows)), [mess["word"], "", "", str(number + 5), "", "12,345", ""])
    for _number in range(mess["again"]):
        rows.insert(places(len(rows)), list(PURCHASE_HEADER))
    for remark in mess["remarks"]:
        rows.insert(places(len(rows)), alone(remark))
    above = [alone(title) for title in mess["titles"]] + ([[""] * width] if mess["gap"] else [])
    margin = [""] * mess["margin"]
    return [[*margin, *row, *([""] if mess["wide"] else [])] for row in [*above, list(PURCHASE_HEADER), *rows]]


def full_width(rows: Rows) -> Rows:
    digits = str.maketrans("0123456789,", "０１２３４５６７８９，")
    return [
        [row[0], row[1], row[2], row[3].translate(digits), row[4], row[5].translate(digits), row[6]] for row in rows
    ]


def told(path: Path) -> Sequence[tuple[Any, ...]]:
    return facts_of(stage(path)).drop("received_at").rows()


@settings(max_examples=9, deadline=None)
@given(st.lists(LINE, min_size=4, max_size=14), MESS, st.data())
def test_dressed_up_text_gives_the_facts_of_the_clean_one(
    tmp_path_factory: pytest.TempPathFactory, lines: Rows, mess: dict[str, Any], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("mess")
    table = dressed(full_width(lines), mess, lambda size: data.draw(st.integers(1, size)))
    for name, rows in (("clean.csv", [list(PURCHASE_HEADER), *lines]), ("dressed.csv", table)):
        with (folder / name).open("w", newline="", encoding="cp932") as handle:
            csv.writer(handle).writerows(rows)
    assert told(folder / "dressed.csv") == told(folder / "clean.csv")


@settings(max_examples=2, deadline=None)
@given(st.lists(LINE, min_size=4, max_size=10), MESS, st.data())
def test_dressed_up_workbook_gives_the_facts_of_the_clean_text(
    tmp_path_factory: pytest.TempPathFactory, lines: Rows, mess: dict[str, Any], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("mess")
    table = dressed(lines, mess, lambda size: data.draw(st.integers(1, size)))
    with (folder / "clean.csv").open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([PURCHASE_HEADER, *lines])
    book = write_book(folder / "dressed.xlsx", {"売上": table, "メモ": [["ご確認ください"]]})
    assert told(book) == told(folder / "clean.csv")


PERSON = st.tuples(
    st.sampled_from(["佐藤", "髙﨑", "鈴木", "五十嵐"]),
    st.sampled_from(["花子", "一郎", "桜"]),
    st.sampled_from(["サトウ", "ヤマダ", "ガク"]),
    st.sampled_from(["ハナコ", "イチロウ", "ピエール"]),
    st.integers(1000, 9999).map(lambda number: f"090-1234-{number}"),
    st.sampled_from(["150-0001", "530-0001"]),
).map(list)
HALVES = str.maketrans(
    dict(zip("サトウヤマハナコイチロクエルー", "ｻﾄｳﾔﾏﾊﾅｺｲﾁﾛｸｴﾙｰ", strict=True)) | {"ダ": "ﾀﾞ", "ガ": "ｶﾞ", "ピ": "ﾋﾟ"}
)
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")


@settings(max_examples=5, deadline=None)
@given(st.lists(PERSON, min_size=3, max_size=9), st.booleans(), st.booleans(), st.booleans())
def test_dressed_up_list_of_people_gives_the_people_of_the_clean_one(
    tmp_path_factory: pytest.TempPathFactory,
    people: Rows,
    has_title: bool,  # noqa: FBT001 - drawn
    has_total: bool,  # noqa: FBT001
    has_halves: bool,  # noqa: FBT001
) -> None:
    folder = tmp_path_factory.mktemp("people")
    clean = [["会員番号", "姓", "名", "セイ", "メイ", "電話番号", "郵便番号"]]
    clean += [[str(number), *person] for number, person in enumerate(people, 1)]
    upper, lower = (
        ["会員番号", "氏名", "", "フリガナ", "", "連絡先", ""],
        ["", "姓", "名", "セイ", "メイ", "電話番号", "〒"],
    )
    dressed_up = [["顧客名簿", *[""] * 6]] if has_title else []
    dressed_up += [upper, lower]
    for number, (last, first, last_kana, first_kana, phone, place) in enumerate(people, 1):
        kana = [each.translate(HALVES) if has_halves else each for each in (last_kana, first_kana)]
        dressed_up.append(
            [str(number), last, f"{first} 様", *kana, phone.translate(WIDE), f"〒{place.translate(WIDE)}"]
        )
    dressed_up += [["合計", f"{len(people)}名", *[""] * 5], ["※社外秘", *[""] * 6]] if has_total else []
    assert traits_of(stage(write_csv(folder / "dressed.csv", dressed_up))) == traits_of(
        stage(write_csv(folder / "clean.csv", clean))
    )
