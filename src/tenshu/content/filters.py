"""Filters for templates: how a shop writes to a person.

`sama` addresses somebody (佐藤様, or お客様 when the name is unknown), `yen` and `money` write amounts,
`date` writes days. None of them reads a clock, and each gives an empty text for an unknown value, so
that a gap in the data never shows as `None` in somebody's mail.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liquid import RenderContext
from liquid.exceptions import FilterArgumentError
from liquid.filter import with_context

from tenshu.kit.i18n import _
from tenshu.kit.money import format_money

Filter = Callable[..., object]

_DIRECTIVE: Final = re.compile(r"%(-?[A-Za-z%])")
_WEEKDAYS: Final = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def filters(language: str) -> dict[str, Filter]:
    """Return tenshu's own filters, speaking the language (ja or en)."""
    return {"sama": _sama(language), "yen": _yen(language), "money": _money(language), "date": _date(language)}


def _sama(language: str) -> Filter:
    unknown = _("Dear customer", language)
    known = _("Dear {name}", language)

    def sama(value: object, fallback: str | None = None) -> str:
        """Address a person by name, or politely without one."""
        name = _text(value).strip()
        if not name:
            return unknown if fallback is None else str(fallback)
        return name if language == "ja" and name.endswith("様") else known.replace("{name}", name)

    return sama


def _yen(language: str) -> Filter:
    def yen(value: object) -> str:
        """Write a whole amount of yen: 1,234円 or ¥1,234."""
        amount = _number(value)
        if amount is None:
            return ""
        whole = f"{int(amount.to_integral_value(rounding='ROUND_HALF_UP')):,}"
        return f"{whole}円" if language == "ja" else f"¥{whole}".replace("¥-", "-¥")

    return yen


def _money(language: str) -> Filter:
    @with_context
    def money(value: object, currency: str | None = None, *, context: RenderContext) -> str:
        """Write minor units in the currency given, else in the shop's."""
        amount = _number(value)
        if amount is None:
            return ""
        code = currency or _of_shop(context, "currency") or "JPY"
        if not re.fullmatch("[A-Za-z]{3}", code):
            raise FilterArgumentError(f"money: {code!r} is no currency code such as JPY", token=None)
        return _written(int(amount), code, language)

    return money


@lru_cache(maxsize=20_000)
def _written(minor: int, currency: str, language: str) -> str:
    return format_money(minor, currency, language)


def _date(language: str) -> Filter:
    @with_context
    def write_date(value: object, pattern: str = "%Y-%m-%d", *, context: RenderContext) -> str:
        """Write a day or an instant (in the shop's zone) by a pattern such as %Y年%-m月%-d日."""
        moment = _moment(value, _of_shop(context, "zone"))
        return "" if moment is None else _DIRECTIVE.sub(lambda found: _piece(found[1], moment, language), str(pattern))

    return write_date


def _piece(directive: str, moment: datetime, language: str) -> str:
    simple = {
        "Y": f"{moment.year:04d}",
        "y": f"{moment.year % 100:02d}",
        "m": f"{moment.month:02d}",
        "-m": f"{moment.month}",
        "d": f"{moment.day:02d}",
        "-d": f"{moment.day}",
        "e": f"{moment.day:2d}",
        "H": f"{moment.hour:02d}",
        "-H": f"{moment.hour}",
        "M": f"{moment.minute:02d}",
        "a": _WEEKDAYS["ja" if language == "ja" else "en"][moment.weekday()],
        "B": f"{moment.month}月" if language == "ja" else _MONTHS[moment.month - 1],
        "%": "%",
    }
    if directive not in simple:
        raise FilterArgumentError(
            f"date: %{directive} is unknown; use {', '.join(f'%{key}' for key in simple)}", token=None
        )
    return simple[directive]


def _moment(value: object, zone: str | None) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)) if zone and value.tzinfo else value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None  # noqa: DTZ001 - a bare day


def _of_shop(context: RenderContext, name: str) -> str | None:
    shop = context.globals.get("shop")
    found = shop.get(name) if isinstance(shop, Mapping) else None
    if name == "zone" and isinstance(found, str):
        try:
            ZoneInfo(found)
        except (ZoneInfoNotFoundError, ValueError):
            return None
    return found if isinstance(found, str) else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
