"""Dates in every spelling that a Japanese shop's files hold."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.dates import DateOrder, date_orders, parse_date, parse_instant

TOKYO = ZoneInfo("Asia/Tokyo")
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2011-12-09", date(2011, 12, 9)),
        ("2011/12/9", date(2011, 12, 9)),
        ("2011.12.09", date(2011, 12, 9)),
        ("２０１１／１２／９", date(2011, 12, 9)),
        ("2011年12月9日", date(2011, 12, 9)),
        ("2011 年 12 月 9 日", date(2011, 12, 9)),
        ("20111209", date(2011, 12, 9)),
        ("2011/12/09(金)", date(2011, 12, 9)),
        ("2011/12/09（金曜日）", date(2011, 12, 9)),
        ("Fri, 9 Dec 2011", date(2011, 12, 9)),
        ("9-Dec-2011", date(2011, 12, 9)),
        ("December 9, 2011", date(2011, 12, 9)),
        ("令和6年5月1日", date(2024, 5, 1)),  # 2018 + 6
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R6.5.1", date(2024, 5, 1)),
        ("R6/5/1", date(2024, 5, 1)),
        ("R06-05-01", date(2024, 5, 1)),
        ("R060501", date(2024, 5, 1)),
        ("令6.5.1", date(2024, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),  # 1988 + 31
        ("H31.4.30", date(2019, 4, 30)),
        ("平成22年12月1日", date(2010, 12, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),  # 1925 + 64
        ("S63/1/7", date(1988, 1, 7)),
        ("大正15年12月24日", date(1926, 12, 24)),  # 1911 + 15
        ("大正15年12月25日", date(1926, 12, 25)),  # the day on which the era changed has two names
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("明治元年10月23日", date(1868, 10, 23)),
        ("明治45年7月30日", date(1912, 7, 30)),  # 1867 + 45
        ("Ｈ元．１．８", date(1989, 1, 8)),
        ("40513", date(2010, 12, 1)),  # day 1 is 1900-01-01, and there was no 1900-02-29
        ("40513.75", date(2010, 12, 1)),
        ("11/12/09", date(2011, 12, 9)),  # two digits for the year, year first
    ],
)
def test_day_is_read(written: str, day: date) -> None:
    assert parse_date(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "不明",
        "きのうの午後",
        "平成二三年師走",
        "2011/13/05",
        "2011/02/30",
        "2011/11/31",
        "2011/12/",
        "2011-12-09 25:61",
        "2011-12-09 12:50 x",
        "2023-02-29",
        "令和0年1月1日",
        "昭和65年1月1日",  # no era lasted so long
        "令和1年4月30日",  # the day before the era began
        "令和元年1月1日",
        "R1.4.30",
        "R010430",
        "平成31年5月1日",  # the day after it ended
        "平成32年1月1日",
        "H31/5/1",
        "平成元年1月7日",
        "昭和64年1月8日",
        "昭和元年12月24日",
        "大正15年12月26日",
        "大正元年7月29日",
        "明治45年7月31日",
        "12/31/2011",  # day, month and year in an order that was not asked for
        "1.5",
        "123",
        "9" * 70,
    ],
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("1/2/2011", "dmy", date(2011, 2, 1)),
        ("1/2/2011", "mdy", date(2011, 1, 2)),
        ("1.2.11", "dmy", date(2011, 2, 1)),
        ("1/2/11", "mdy", date(2011, 1, 2)),
        ("1/2/70", "mdy", date(1970, 1, 2)),
        ("1/2/69", "mdy", date(2069, 1, 2)),
        ("2011-01-02", "dmy", date(2011, 1, 2)),  # the year first speaks for itself
        ("13/1/2011", "mdy", None),
        ("11/1/2", "ymd", date(2011, 1, 2)),
        ("1/2/3", "dmy", None),  # one digit is no year
        ("1/2/3", "ymd", None),
    ],
)
def test_order_decides_where_the_text_does_not(written: str, order: DateOrder, day: date | None) -> None:
    assert parse_date(written, order) == day


@pytest.mark.parametrize(
    ("written", "hour", "minute", "second"),
    [
        ("2011-12-09 12:50", 12, 50, 0),
        ("2011-12-09 8:05", 8, 5, 0),
        ("2011-12-09T12:50:31", 12, 50, 31),
        ("2011/12/9 12時50分", 12, 50, 0),
        ("2011/12/9 12時50分31秒", 12, 50, 31),
        ("2011/12/9 12時", 12, 0, 0),
        ("2011年12月9日 午後3時", 15, 0, 0),
        ("2011年12月9日（金）午前0時5分", 0, 5, 0),
        ("2011-12-09 3:04 PM", 15, 4, 0),
        ("2011-12-09 12:04 am", 0, 4, 0),
        ("201112091250", 12, 50, 0),
        ("20111209125031", 12, 50, 31),
        ("40886.5", 12, 0, 0),  # half a day
        ("2011-12-09 23:59:60", 23, 59, 59),  # a leap second
        ("2011-12-09", 0, 0, 0),
    ],
)
def test_time_of_day_is_read_in_the_zone(written: str, hour: int, minute: int, second: int) -> None:
    local = datetime(2011, 12, 9, hour, minute, second, tzinfo=TOKYO)
    assert parse_instant(written, TOKYO) == local.astimezone(UTC)


def test_zone_in_the_text_wins_over_the_shops() -> None:
    expected = datetime(2024, 5, 1, 1, 0, tzinfo=UTC)
    assert parse_instant("2024-05-01T10:00:00+09:00", LONDON) == expected
    assert parse_instant("2024-05-01T01:00:00Z", TOKYO) == expected
    assert parse_instant("2024-04-30 20:00 -0500", TOKYO) == expected


def test_fractions_of_a_second_are_kept_to_microseconds() -> None:
    found = parse_instant("2024-05-01T10:00:00.1234567Z", TOKYO)
    assert found is not None
    assert found.microsecond == 123456


def test_summer_time_is_the_zones() -> None:
    assert parse_instant("2011-07-01 12:00", LONDON) == datetime(2011, 7, 1, 11, 0, tzinfo=UTC)
    assert parse_instant("2011-01-01 12:00", LONDON) == datetime(2011, 1, 1, 12, 0, tzinfo=UTC)


def test_an_hour_that_the_clock_skips_is_still_an_instant() -> None:
    assert parse_instant("2026-03-08 02:30", ZoneInfo("America/New_York")) is not None


def test_first_day_of_time_is_no_crash() -> None:
    assert parse_instant("0001-01-01 00:00", TOKYO) is None


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_comes_back_from_each_spelling(day: date) -> None:
    for written in (day.isoformat(), f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"):
        assert parse_date(written) == day
    assert parse_date(f"{day.day}/{day.month}/{day.year}", "dmy") == day
    assert parse_date(f"{day.month}/{day.day}/{day.year}", "mdy") == day


@given(st.dates(date(1928, 1, 1), date(2099, 12, 31)))
def test_spreadsheet_serial_is_the_day_it_counts(day: date) -> None:
    assert parse_date(str((day - date(1899, 12, 30)).days)) == day


@given(st.dates(date(2019, 5, 1), date(2080, 12, 31)))
def test_reiwa_counts_from_2019(day: date) -> None:
    assert parse_date(f"令和{day.year - 2018}年{day.month}月{day.day}日") == day
    assert parse_date(f"R{day.year - 2018}.{day.month}.{day.day}") == day


ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
CHANGES = {date(1912, 7, 30), date(1926, 12, 25)}  # the old era's last day was the new one's first


@given(st.dates(date(1868, 1, 1), date(2080, 12, 31)))
def test_every_day_has_one_era(day: date) -> None:
    written = [
        f"{era}{day.year - before}年{day.month}月{day.day}日"
        for era, before in ERAS.items()
        if 1 <= day.year - before <= 64
    ]
    read = [found for text in written if (found := parse_date(text)) is not None]
    assert read == [day] * (2 if day in CHANGES else 1)


@given(st.text(max_size=70))
def test_no_text_breaks_the_reader(text: str) -> None:
    for order in ("ymd", "mdy", "dmy"):
        parse_instant(text, TOKYO, order)


def test_one_day_above_twelve_settles_the_order_of_a_column() -> None:
    counts = date_orders(["1/2/2011", "3/4/2011", "12/31/2011"])
    assert counts == {"ymd": 0, "mdy": 3, "dmy": 2}
