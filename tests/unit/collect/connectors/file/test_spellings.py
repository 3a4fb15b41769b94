"""One thing in many spellings is one thing, from the cell to the fact: days, money, answers, customers, goods."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.collect.connectors.file.support import (
    PURCHASE_HEADER,
    facts_of,
    line,
    purchases,
    rejects_of,
    stage,
    write_book,
    write_csv,
)

TOKYO = ZoneInfo("Asia/Tokyo")
#: 10 December 2018, 14:30 in Tokyo, is 05:30 in UTC; day 43444 of a spreadsheet; 14:30 is 0.604166... of a day.
AFTERNOON = datetime(2018, 12, 10, 5, 30, tzinfo=UTC)
MIDNIGHT = datetime(2018, 12, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "平成30年12月10日 14:30",
        "平成30年12月10日 14時30分",
        "平成30年12月10日 午後2時30分",
        "H30.12.10 14:30",
        "H30/12/10 14:30:00",
        "Ｈ３０．１２．１０　１４：３０",
        "2018/12/10 14:30",
        "2018/12/10 2:30 PM",
        "2018/12/10(月) 14:30",
        "2018年12月10日（月曜日） 14:30",
        "2018-12-10T14:30:00",
        "2018-12-10T14:30:00+09:00",
        "2018-12-10T05:30:00Z",  # a time that names its zone is a time of that zone
        "2018-12-10 00:30:00-0500",
        "20181210 1430",
        "20181210143000",
        "43444.604166666664",
    ],
)
def test_instant_is_one_in_every_spelling(tmp_path: Path, written: str) -> None:
    usual = facts_of(stage(purchases(tmp_path / "usual.csv", line(ordered_at="2018-12-10 14:30"))))
    other = facts_of(stage(purchases(tmp_path / "other.csv", line(ordered_at=written))))
    assert other["occurred_at"].to_list() == [AFTERNOON]
    assert other["fact_id"].to_list() == usual["fact_id"].to_list()


@pytest.mark.parametrize(
    "written", ["平成30年12月10日", "H30.12.10", "2018/12/10", "2018/12/10 (月)", "20181210", "43444", "10-Dec-2018"]
)
def test_day_alone_is_its_first_moment_in_the_shop(tmp_path: Path, written: str) -> None:
    (fact,) = facts_of(stage(purchases(tmp_path / "p.csv", line(ordered_at=written)))).to_dicts()
    assert fact["occurred_at"] == MIDNIGHT


def test_day_of_a_spreadsheet_is_the_same_as_in_text(tmp_path: Path) -> None:
    moment = datetime(2018, 12, 10, 14, 30, tzinfo=TOKYO)
    as_dates = [["1001", "A-1", "花束", 2, moment, 1500, "77"], ["1002", "A-1", "花束", 2, moment, 1500, "77"]]
    # The same cells without the format that shows a number as a day.
    as_numbers = [[*row[:4], 43444 + 14.5 / 24, *row[5:]] for row in as_dates]
    books = [
        write_book(tmp_path / f"{number}.xlsx", {"売上": [PURCHASE_HEADER, *rows]})
        for number, rows in enumerate((as_dates, as_numbers))
    ]
    dates, numbers = (facts_of(stage(book)) for book in books)
    assert dates["occurred_at"].to_list() == [AFTERNOON] * 2
    assert numbers.equals(dates)


@settings(max_examples=15, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2024, 5, 31)), st.times(), st.sampled_from(["Asia/Tokyo", "UTC"]))
def test_any_minute_is_one_instant_in_five_spellings(
    tmp_path_factory: pytest.TempPathFactory, day: date, clock: time, zone: str
) -> None:
    era, first = ("令和", 2019) if day >= date(2019, 5, 1) else ("平成", 1989)
    year = day.year - first + 1
    hour, minute = clock.hour, clock.minute
    serial = (day - date(1899, 12, 30)).days + (hour * 60 + minute) / 1440
    spellings = [
        f"{day.isoformat()} {hour:02}:{minute:02}",
        f"{day.year}/{day.month}/{day.day} {hour}:{minute:02}",
        f"{era}{'元' if year == 1 else year}年{day.month}月{day.day}日 {hour}時{minute}分",
        f"{day:%Y%m%d} {hour:02}{minute:02}",
        repr(serial),
    ]
    rows = [line(order_no=str(number), ordered_at=written) for number, written in enumerate(spellings)]
    staged = stage(purchases(tmp_path_factory.mktemp("d") / "p.csv", *rows), kind="purchases", zone=zone)
    expected = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert not staged.rejects, rejects_of(staged)
    assert facts_of(staged)["occurred_at"].to_list() == [expected] * 5


def test_wall_time_that_a_clock_change_skips_or_repeats_is_still_one_instant(tmp_path: Path) -> None:
    # London 2024: 01:30 on 31 March never was (read by the offset before the change), 01:30 on 29 October 2023
    # was twice (the first of the two is meant).
    rows = [line(order_no="1", ordered_at="2024-03-31 01:30"), line(order_no="2", ordered_at="2023-10-29 01:30")]
    facts = facts_of(stage(purchases(tmp_path / "p.csv", *rows), zone="Europe/London", currency="GBP"))
    assert facts["occurred_at"].to_list() == [
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        datetime(2023, 10, 29, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("written", "yen"),
    [
        ("1234", 1234),
        ("￥1,234", 1234),
        ("¥1,234", 1234),
        ("\\1,234", 1234),
        ("１２３４円", 1234),
        ("１，２３４　円", 1234),
        ("1234.0", 1234),
        ("1,234.00", 1234),
        ("JPY 1,234", 1234),
        ("¥1,234-", 1234),
        ("+1,234", 1234),
        ("1.234e3", 1234),
        ("△1,234", -1234),
        ("▲１，２３４円", -1234),
        ("(1,234)", -1234),
        ("（￥1,234）", -1234),
        ("-1234", -1234),
        ("－１２３４", -1234),
        ("¥-1,234", -1234),
    ],
)
def test_price_is_one_in_every_spelling(tmp_path: Path, written: str, yen: int) -> None:
    (fact,) = facts_of(stage(purchases(tmp_path / "p.csv", line(quantity="1", unit_price=written)))).to_dicts()
    assert (fact["amount"], fact["unit_price"]) == (yen, Decimal(yen))
    # One piece at a price below nothing takes money off the order; nobody bought it.
    assert fact["event"] == ("product_purchased" if yen > 0 else "order_adjusted")


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 999), st.integers(1, 9_999_999)), min_size=1, max_size=12))
def test_spelling_of_numbers_changes_no_amount(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("n")
    wide = str.maketrans("0123456789,", "０１２３４５６７８９，")
    plain = [
        line(order_no=str(n), quantity=str(count), unit_price=str(price)) for n, (count, price) in enumerate(numbers)
    ]
    dressed = [
        line(order_no=str(n), quantity=f"{count}個", unit_price=f"￥{price:,}".translate(wide))
        for n, (count, price) in enumerate(numbers)
    ]
    first, second = (
        facts_of(stage(purchases(folder / f"{name}.csv", *rows), kind="purchases"))
        for name, rows in (("plain", plain), ("dressed", dressed))
    )
    assert first["amount"].to_list() == [count * price for count, price in numbers]
    assert second.equals(first)


CONSENT = {
    "ja": ("会員番号", "氏名", "メールアドレス", "メール配信希望", "同意日", "同意方法", "同意の根拠", "理由"),
    "en": ("Customer ID", "Name", "Email", "Opt in", "Consent date", "Consent source", "Legal basis", "Reason"),
}


@pytest.mark.parametrize(
    ("japanese", "english", "status", "basis", "reason"),
    [
        (("○", "会員登録", "", ""), ("yes", "sign-up form", "", ""), "granted", "opt_in", None),
        (("希望する", "店頭", "", ""), ("TRUE", "in the shop", "", ""), "granted", "opt_in", None),
        (("×", "会員登録", "", ""), ("no", "sign-up form", "", ""), "denied", "opt_in", None),
        (("配信停止", "電話", "", ""), ("withdrawn", "by phone", "", ""), "revoked", "opt_in", None),
        (
            ("○", "", "取引関係", "毎月の納品"),
            ("yes", "", "business relation", "monthly deliveries"),
            "granted",
            "business_relation",
            ("毎月の納品", "monthly deliveries"),
        ),
        (
            ("○", "名刺交換", "", ""),
            ("yes", "business card", "", ""),
            "granted",
            "business_card",
            ("名刺交換", "business card"),  # the words that named it are the least of a reason
        ),
        (
            ("○", "", "公表アドレス", ""),
            ("yes", "", "published address", ""),
            "granted",
            "published_address",
            ("公表アドレス", "published address"),
        ),
    ],
)
def test_consent_is_the_same_in_japanese_and_english(
    tmp_path: Path,
    japanese: tuple[str, ...],
    english: tuple[str, ...],
    status: str,
    basis: str,
    reason: tuple[str, str] | None,
) -> None:
    for place, (language, (answer, how, ground, why)) in enumerate((("ja", japanese), ("en", english))):
        row = ("7", "Hana Sato", "hana@example.jp", answer, "2024-04-02", how, ground, why)
        staged = stage(write_csv(tmp_path / f"{language}.csv", [CONSENT[language], row]))
        (consent,) = facts_of(staged).filter(pl.col("event") == "consent_recorded").to_dicts()
        said = json.loads(consent["properties"])
        assert (said["status"], said["basis"], said.get("reason")) == (status, basis, reason[place] if reason else None)
        assert said["proof"]["answer"] == answer
        assert consent["occurred_at"] == datetime(2024, 4, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("answer", ["", "-", "不明", "未定", "?"])
def test_no_answer_is_no_consent_and_no_fault(tmp_path: Path, answer: str) -> None:
    row = ("7", "Hana Sato", "hana@example.jp", answer, "", "", "", "")
    staged = stage(write_csv(tmp_path / "c.csv", [CONSENT["ja"], row]), kind="customers")
    assert (staged.accepted, staged.events) == (1, {"customer_described": 1})


@pytest.mark.parametrize("answer", ["多分", "maybe", "2", "○×"])
def test_answer_that_is_neither_yes_nor_no_is_refused_not_guessed(tmp_path: Path, answer: str) -> None:
    row = ("7", "Hana Sato", "hana@example.jp", answer, "", "", "", "")
    staged = stage(write_csv(tmp_path / "c.csv", [CONSENT["ja"], row]), kind="customers")
    assert (staged.facts, rejects_of(staged)) == (0, [(2, "メール配信希望", answer, "bad_consent")])


@pytest.mark.parametrize(
    ("code", "name", "is_goods"),
    [
        ("POST", "POSTAGE", False),
        ("A-1", "送料", False),
        ("A-1", "送料（北海道）", False),
        ("A-1", "クール便送料", False),
        ("送料", "花束", False),
        ("A-1", "代引手数料", False),
        ("A-1", "500円クーポン", False),
        ("A-1", "ポイント利用", False),
        ("D", "Discount", False),
        ("A-1", "Bank Charges", False),
        ("A-1", "ギフト包装料", False),
        ("A-1", "送料無料Tシャツ", True),  # only whole names count
        ("A-1", "POSTAGE STAMP ALBUM", True),
        ("A-1", "手数料計算機", True),
        ("A-1", "花束", True),
        ("POSTER", "花束", True),
    ],
)
def test_line_of_no_goods_counts_in_the_order_and_is_no_product(
    tmp_path: Path, code: str, name: str, *, is_goods: bool
) -> None:
    (fact,) = facts_of(stage(purchases(tmp_path / "p.csv", line(product_id=code, description=name)))).to_dicts()
    assert (fact["event"], fact["amount"], fact["is_goods"]) == ("product_purchased", 3000, is_goods)


@pytest.mark.parametrize(
    ("written", "number"),
    [("17850", "17850"), ("17850.0", "17850"), ("１７８５０", "17850"), (" 17850 ", "17850"), ("017850", "017850")],
)
def test_customer_of_a_purchase_and_of_the_list_are_one(tmp_path: Path, written: str, number: str) -> None:
    bought = facts_of(stage(purchases(tmp_path / "p.csv", line(customer_no=written))))
    roster = write_csv(tmp_path / "r.csv", [CONSENT["ja"][:3], (written, "佐藤 花子", "hana@example.jp")])
    described = facts_of(stage(roster))
    who = {"kind": "customer_no", "value": number}
    assert bought["identifiers"].to_list() == [[who]]
    assert described["identifiers"].to_list()[0][0] == who


def test_day_beyond_tomorrow_is_refused_and_tomorrow_is_not(tmp_path: Path) -> None:
    # The file came on 1 June at noon; a clock a day ahead is let in.
    received = datetime(2024, 6, 1, 3, tzinfo=UTC)
    written = [(received + timedelta(hours=hours)).isoformat() for hours in (0, 24, 25)]
    rows = [line(order_no=str(number), ordered_at=text) for number, text in enumerate(written)]
    staged = stage(purchases(tmp_path / "p.csv", *rows), received_at=received)
    assert (staged.accepted, rejects_of(staged)) == (2, [(4, "購入日時", written[2], "future_date")])
