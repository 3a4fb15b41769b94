"""Days without their year, and columns of days: what is read of them, and what is left alone."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.kit.dates import ORDERS, DateOrder, date_orders, parse_date, parse_instant, parse_month_day

TOKYO = ZoneInfo("Asia/Tokyo")
DAYS = st.dates(min_value=date(1930, 1, 1), max_value=date(2060, 12, 31))
FORMS: dict[DateOrder, str] = {"ymd": "%y/%m/%d", "mdy": "%m/%d/%Y", "dmy": "%d/%m/%Y"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("3/15", (3, 15)),
        ("3月15日", (3, 15)),
        ("03月05日", (3, 5)),
        ("１２／３１", (12, 31)),
        (" 2/29 ", (2, 29)),
        ("1/1", (1, 1)),
    ],
)
def test_a_day_without_its_year_is_read(written: str, found: tuple[int, int]) -> None:
    assert parse_month_day(written) == found


@pytest.mark.parametrize(
    "written",
    ["", "2/30", "13/1", "0/1", "1/0", "4/31", "2024/3/15", "3", "3月", "15日", "March", "3/15/24", "9" * 100],
)
def test_what_is_no_day_of_any_year_is_none(written: str) -> None:
    assert parse_month_day(written) is None


@given(st.integers(0, 13), st.integers(0, 32), st.sampled_from(["{}/{}", "{}月{}日", "{:02}/{:02}", "{:02}月{:02}日"]))
def test_exactly_the_days_of_a_leap_year_are_days(month: int, day: int, form: str) -> None:
    is_day = 1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]
    assert parse_month_day(form.format(month, day)) == ((month, day) if is_day else None)


@given(st.text(max_size=70))
def test_no_text_breaks_the_reader_of_days_without_a_year(text: str) -> None:
    found = parse_month_day(text)
    assert found is None or (1 <= found[0] <= 12 and 1 <= found[1] <= 31)


@given(DAYS)
def test_a_whole_date_is_no_day_without_a_year(day: date) -> None:
    assert parse_month_day(f"{day:%Y/%m/%d}") is None
    assert parse_month_day(f"{day.year}年{day.month}月{day.day}日") is None


@given(st.lists(DAYS, max_size=8), st.sampled_from(["mdy", "dmy"]))
def test_the_order_that_wrote_a_column_reads_all_of_it(days: list[date], order: DateOrder) -> None:
    counted = date_orders(day.strftime(FORMS[order]) for day in days)
    assert set(counted) == set(ORDERS)
    assert counted[order] == len(days)
    assert all(count <= len(days) for count in counted.values())


@given(DAYS, st.sampled_from(["mdy", "dmy"]))
def test_a_day_is_read_in_the_order_that_wrote_it(day: date, order: DateOrder) -> None:
    assert parse_date(day.strftime(FORMS[order]), order) == day


@given(st.lists(DAYS, max_size=8))
def test_days_that_begin_with_their_year_have_every_order(days: list[date]) -> None:
    assert date_orders(day.isoformat() for day in days) == dict.fromkeys(ORDERS, len(days))


def test_an_empty_column_has_no_order() -> None:
    assert date_orders([]) == dict.fromkeys(ORDERS, 0)
    assert date_orders(["", "なし", "-"]) == dict.fromkeys(ORDERS, 0)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2040, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_an_offset_in_the_text_is_taken_at_its_word(local: datetime, hours: int) -> None:
    written = f"{local:%Y-%m-%dT%H:%M:%S}{'+' if hours >= 0 else '-'}{abs(hours):02}:00"
    meant = local.replace(microsecond=0, tzinfo=UTC) - timedelta(hours=hours)
    assert parse_instant(written, TOKYO) == meant


@given(DAYS)
def test_a_day_alone_begins_at_midnight_of_the_shop(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    assert parse_instant(day.isoformat(), TOKYO) == midnight
    assert parse_instant(f"{day:%Y/%m/%d} 0:00", TOKYO) == midnight


@pytest.mark.parametrize(
    ("half", "hour", "meant"),
    [("午前", 0, 0), ("午前", 12, 0), ("午後", 0, 12), ("午後", 12, 12), ("午後", 11, 23), ("午後", 15, 15)],
)
def test_halves_of_the_day_are_counted_as_people_do(half: str, hour: int, meant: int) -> None:
    found = parse_instant(f"2026/6/1 {half}{hour}:30", TOKYO)
    assert found == datetime(2026, 6, 1, meant, 30, tzinfo=TOKYO)


@pytest.mark.parametrize("clock", ["24:00", "12:60", "12:00:61", "99:99", "12:00 +25:00x", "noon"])
def test_a_day_with_a_time_that_is_none_is_no_day(clock: str) -> None:
    assert parse_instant(f"2026-06-01 {clock}", TOKYO) is None
