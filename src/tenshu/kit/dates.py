"""Read dates and times as people and programs write them: ISO, slashes, 和暦, Excel serials.

A day that lies outside its era (平成31年5月1日) is no day. A wall time without a zone is a time of the zone
that is given. Where day and month could be either (01/02/2011), the caller says the order; `date_orders`
tells which orders a whole column allows.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Literal
from zoneinfo import ZoneInfo

#: How day, month and year follow each other where the text alone does not say it.
DateOrder = Literal["ymd", "mdy", "dmy"]
ORDERS: Final[tuple[DateOrder, ...]] = ("ymd", "mdy", "dmy")

#: The year before the first of each era, its first day and its last; a day on which it changed belongs to both.
_ERAS: Final = {
    "令和": (2018, (2019, 5, 1), (9999, 12, 31)),
    "平成": (1988, (1989, 1, 8), (2019, 4, 30)),
    "昭和": (1925, (1926, 12, 25), (1989, 1, 7)),
    "大正": (1911, (1912, 7, 30), (1926, 12, 25)),
    "明治": (1867, (1868, 1, 1), (1912, 7, 30)),
}
_ERA_LETTERS: Final = {
    "r": "令和",
    "h": "平成",
    "s": "昭和",
    "t": "大正",
    "m": "明治",
    "令": "令和",
    "平": "平成",
    "昭": "昭和",
}
_LONGEST_ERA: Final = 64

_ERA_DATE: Final = re.compile(
    r"(令和|平成|昭和|大正|明治|[rhstm令平昭])\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
)
_ERA_COMPACT: Final = re.compile(r"([rhstm])(\d\d)(\d\d)(\d\d)(?!\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?=$|\D|\d{4,6}$)")
_THREE_PARTS: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{1,2})(?!\d)")
_MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_MONTH_NAME: Final = "(" + "|".join(_MONTHS) + r")[a-z]*\.?"
_DAY_MONTH_NAME: Final = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH_NAME}[\s,-]+(\d{{4}}|\d{{2}})(?!\d)")
_MONTH_NAME_DAY: Final = re.compile(rf"{_MONTH_NAME}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})")
#: A year that has every day.
_LEAP_YEAR: Final = 2000
#: A day without its year, in a spelling that Python and Rust read alike: month, day, and what may follow.
MONTH_DAY: Final = (
    r"^(\d{1,2})\s*[/月-]\s*(\d{1,2})\s*日?"
    r"(\s+\d{1,2}\s*[:時].*|\s*[(\[][月火水木金土日](?:曜日?)?[)\]].*)?$"
)
_MONTH_DAY: Final = re.compile(MONTH_DAY)
_SERIAL: Final = re.compile(r"(\d{5})(\.\d+)?")
_WEEKDAY: Final = re.compile(
    r"[(\[](?:[月火水木金土日](?:曜日?)?|[a-z]{3,9})[)\]]|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+"
)
_CLOCK: Final = re.compile(
    r"[\st]*(午前|午後|am|pm)?\s*(\d{1,2})\s*[:時]\s*(?:(\d{1,2})\s*分?)?(?::?(\d{1,2})(?:\.(\d{1,9}))?\s*秒?)?\s*(am|pm)?\s*(z|utc|[+-]\d\d:?\d\d)?"
)
_CLOCK_COMPACT: Final = re.compile(r"(\d\d)(\d\d)(\d\d)?")


def parse_date(text: str, order: DateOrder = "ymd") -> date | None:
    """Return the day that the text writes, or None; a time of day behind it is left out.

    >>> parse_date("令和6年5月1日"), parse_date("Ｓ64.1.7"), parse_date("2/1/2011", "dmy")
    (datetime.date(2024, 5, 1), datetime.date(1989, 1, 7), datetime.date(2011, 1, 2))
    """
    found = _split(text, order)
    return found[0] if found else None


def parse_instant(text: str, zone: ZoneInfo, order: DateOrder = "ymd") -> datetime | None:
    """Return the instant in UTC that the text writes, or None; a day alone means its first moment.

    >>> parse_instant("2024/5/1 午後3:04", ZoneInfo("Asia/Tokyo"))
    datetime.datetime(2024, 5, 1, 6, 4, tzinfo=datetime.timezone.utc)
    """
    found = _split(text, order)
    if found is None:
        return None
    day, clock, offset = found
    try:
        return datetime.combine(day, clock, tzinfo=offset or zone).astimezone(UTC)
    except OverflowError:
        return None


def parse_month_day(text: str) -> tuple[int, int] | None:
    """Return month and day of a day that is written without its year, or None.

    >>> parse_month_day("3月15日"), parse_month_day("２/２９"), parse_month_day("2/30"), parse_month_day("2024/3/15")
    ((3, 15), (2, 29), None, None)
    """
    if len(text) > 60:
        return None
    found = _MONTH_DAY.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        day = date(_LEAP_YEAR, int(found.group(1)), int(found.group(2)))
    except ValueError:
        return None
    return day.month, day.day


def date_orders(texts: Iterable[str]) -> dict[DateOrder, int]:
    """Count for each order how many of the texts it can read.

    >>> date_orders(["12/31/2011", "2011-12-31"])
    {'ymd': 1, 'mdy': 2, 'dmy': 1}
    """
    kept = list(texts)
    return {order: sum(parse_date(text, order) is not None for text in kept) for order in ORDERS}


def _split(text: str, order: DateOrder) -> tuple[date, time, timezone | None] | None:
    if len(text) > 60:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    serial = _SERIAL.fullmatch(plain)
    if serial:
        return _from_serial(float(plain))
    plain = _WEEKDAY.sub(" ", plain).strip()
    found = _day(plain, order)
    if found is None:
        return None
    day, rest = found
    clock = _clock(rest)
    return (day, *clock) if clock else None


def _day(plain: str, order: DateOrder) -> tuple[date, str] | None:
    for pattern, reading in _READINGS:
        found = pattern.match(plain)
        if found:
            parts = reading(found.groups())
            break
    else:
        found = _THREE_PARTS.match(plain)
        if found is None:
            return None
        parts = _in_order(found.groups(), order)
    try:
        return (date(*parts), plain[found.end() :]) if parts else None
    except ValueError:
        return None


def _in_order(parts: tuple[str, ...], order: DateOrder) -> tuple[int, int, int] | None:
    first, second, last = parts
    if order == "ymd":
        return (_full_year(first), int(second), int(last)) if len(last) <= 2 and len(first) == 2 else None
    if len(last) == 1:
        return None
    month, day = (first, second) if order == "mdy" else (second, first)
    return _full_year(last), int(month), int(day)


def _from_era(parts: tuple[str, ...]) -> tuple[int, int, int] | None:
    era, year, month, day = parts
    number = 1 if year == "元" else int(year)
    if not 1 <= number <= _LONGEST_ERA:
        return None
    before, first, last = _ERAS[_ERA_LETTERS.get(era, era)]
    written = (before + number, int(month), int(day))
    return written if first <= written <= last else None


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


_READINGS: Final = (
    (_ERA_DATE, _from_era),
    (_ERA_COMPACT, _from_era),
    (_YEAR_FIRST, lambda parts: (int(parts[0]), int(parts[1]), int(parts[2]))),
    (_COMPACT, lambda parts: (int(parts[0]), int(parts[1]), int(parts[2]))),
    (_DAY_MONTH_NAME, lambda parts: (_full_year(parts[2]), _MONTHS[parts[1]], int(parts[0]))),
    (_MONTH_NAME_DAY, lambda parts: (int(parts[2]), _MONTHS[parts[0]], int(parts[1]))),
)


def _clock(rest: str) -> tuple[time, timezone | None] | None:
    rest = rest.strip()
    if not rest:
        return time(), None
    compact = _CLOCK_COMPACT.fullmatch(rest)
    if compact:
        exact = _time(*(int(part or 0) for part in compact.groups()))
        return (exact, None) if exact is not None else None
    found = _CLOCK.fullmatch(rest)
    if found is None:
        return None
    before, hour_text, minute, second, fraction, after, zone = found.groups()
    hours = _on_24_hours(int(hour_text), before or after)
    micros = int((fraction or "0").ljust(6, "0")[:6])
    clock = _time(hours, int(minute or 0), int(second or 0), micros)
    return (clock, _offset(zone)) if clock is not None else None


def _on_24_hours(hour: int, half: str | None) -> int:
    if half is None or hour > 12:
        return hour
    return hour % 12 + (12 if half in {"午後", "pm"} else 0)


def _time(hour: int, minute: int, second: int, micros: int = 0) -> time | None:
    """Return the time of day; second 60 (a leap second) is 59."""
    if hour > 23 or minute > 59 or second > 60:
        return None
    return time(hour, minute, min(second, 59), micros)


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in {"z", "utc"}:
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes)) if minutes < 24 * 60 else None


def _from_serial(serial: float) -> tuple[date, time, timezone | None]:
    """Return what a spreadsheet's day number means (day 1 = 1900-01-01, with its 29 February 1900)."""
    seconds = round(serial * 86400)
    whole = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=seconds)
    return whole.date(), whole.time(), None
