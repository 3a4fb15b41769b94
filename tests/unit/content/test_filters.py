"""The filters: addressing people, writing amounts and days, and never showing a gap as None."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from liquid.exceptions import LiquidError

from tenshu.content.merge import parse


def said(source: str, language: str = "ja", **context: object) -> str:
    return parse(source, language, is_html=False).render(context)


@pytest.mark.parametrize(
    ("name", "ja", "en"),
    [
        ("佐藤", "佐藤様", "Dear 佐藤"),
        ("Smith", "Smith様", "Dear Smith"),
        ("  佐藤 ", "佐藤様", "Dear 佐藤"),
        ("佐藤様", "佐藤様", "Dear 佐藤様"),  # an export that already says 様 is not said twice in Japanese
        ("", "お客様", "Dear customer"),
        ("   ", "お客様", "Dear customer"),
        (None, "お客様", "Dear customer"),
        ([], "お客様", "Dear customer"),
        ({"a": 1}, "お客様", "Dear customer"),
        (123, "123様", "Dear 123"),
        ("{name}", "{name}様", "Dear {name}"),  # a name is a value and never a format
    ],
)
def test_sama_addresses_a_person_or_falls_back(name: object, ja: str, en: str) -> None:
    assert said("{{ name | sama }}", "ja", name=name) == ja
    assert said("{{ name | sama }}", "en", name=name) == en


def test_sama_of_a_field_that_nobody_gave_falls_back() -> None:
    assert said("{{ customer.last_name | sama }}") == "お客様"
    assert said("{{ customer.last_name | sama }}", customer={}) == "お客様"


def test_sama_takes_a_fallback_of_its_own() -> None:
    assert said("{{ nobody | sama: '会員の皆様' }}") == "会員の皆様"


@pytest.mark.parametrize(
    ("amount", "ja", "en"),
    [
        (0, "0円", "¥0"),
        (1234, "1,234円", "¥1,234"),
        (1234567, "1,234,567円", "¥1,234,567"),
        (-500, "-500円", "-¥500"),
        (Decimal("12.5"), "13円", "¥13"),  # half up
        ("980", "980円", "¥980"),
        (None, "", ""),
        ("abc", "", ""),
        (True, "", ""),
        (float("nan"), "", ""),
        (float("inf"), "", ""),
        ("1e30", "", ""),
    ],
)
def test_yen_writes_an_amount_or_nothing(amount: object, ja: str, en: str) -> None:
    assert said("{{ amount | yen }}", "ja", amount=amount) == ja
    assert said("{{ amount | yen }}", "en", amount=amount) == en


def test_money_is_in_the_currency_of_the_shop() -> None:
    # 123456 pence are 1,234.56 pounds; 1234 yen have no minor unit
    assert said("{{ 123456 | money }}", "en", shop={"currency": "GBP"}) == "£1,234.56"
    assert said("{{ 1234 | money }}", "en", shop={"currency": "JPY"}).endswith("¥1,234")


def test_money_takes_a_currency_of_its_own() -> None:
    assert said('{{ 250 | money: "GBP" }}', "en", shop={"currency": "JPY"}) == "£2.50"


def test_money_without_a_shop_is_yen() -> None:
    assert said("{{ 1234 | money }}", "en").endswith("¥1,234")


def test_money_of_nothing_is_nothing() -> None:
    assert said("{{ nobody | money }}") == ""


def test_money_refuses_a_currency_that_is_none() -> None:
    with pytest.raises(LiquidError, match="currency"):
        said('{{ 1 | money: "../../etc" }}')


@pytest.mark.parametrize(
    ("value", "pattern", "ja"),
    [
        (date(2026, 5, 1), "%Y年%-m月%-d日(%a)", "2026年5月1日(金)"),
        ("2026-05-01", "%Y/%m/%d", "2026/05/01"),
        ("2026-05-01T09:08:00", "%-H時%M分", "9時08分"),
        (date(2026, 12, 31), "%B%e日 %y", "12月31日 26"),
        (date(2026, 1, 5), "100%%", "100%"),
        ("tomorrow", "%Y", ""),
        (None, "%Y", ""),
        (7, "%Y", ""),
    ],
)
def test_date_writes_a_day_by_its_pattern(value: object, pattern: str, ja: str) -> None:
    assert said("{{ value | date: pattern }}", value=value, pattern=pattern) == ja


def test_date_in_english_names_month_and_weekday() -> None:
    assert said("{{ value | date: '%a %-d %B %Y' }}", "en", value=date(2026, 5, 1)) == "Fri 1 May 2026"


def test_instant_is_written_in_the_zone_of_the_shop() -> None:
    # 16:30 UTC is 01:30 of the next day in Tokyo
    instant = datetime(2026, 4, 30, 16, 30, tzinfo=UTC)
    assert said("{{ at | date: '%m/%d %H:%M' }}", at=instant, shop={"zone": "Asia/Tokyo"}) == "05/01 01:30"


def test_instant_stays_in_utc_when_the_zone_is_none() -> None:
    instant = datetime(2026, 4, 30, 16, 30, tzinfo=UTC)
    assert said("{{ at | date: '%H:%M' }}", at=instant, shop={"zone": "Nowhere/../Land"}) == "16:30"


def test_date_refuses_an_unknown_directive_and_names_the_known_ones() -> None:
    with pytest.raises(LiquidError, match="%Z is unknown; use %Y"):
        said("{{ '2026-05-01' | date: '%Z' }}")


@pytest.mark.parametrize("word", ["now", "today"])
def test_date_reads_no_clock(word: str) -> None:
    assert said(f"{{{{ '{word}' | date: '%Y' }}}}") == ""


def test_date_padding_of_a_billion_is_no_padding() -> None:
    assert said("{{ '2026-05-01' | date: '%1000000000d' }}") == "%1000000000d"


@pytest.mark.parametrize("name", ["yen", "money", "date", "upcase", "append: 'x'", "size", "join", "first"])
def test_no_filter_shows_an_unknown_field_as_none(name: str) -> None:
    assert "None" not in said(f"{{{{ nobody | {name} }}}}")
