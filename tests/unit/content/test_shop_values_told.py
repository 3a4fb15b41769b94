"""What the shop's settings take, value by value, and that each says what it takes in both languages."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenshu.content.shop_values import TAKES, is_address, is_currency, is_domain, is_port, is_url, is_zone
from tenshu.kit.i18n import LANGUAGES, _

#: By setting: values that it takes, and values that only look like it.
VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "name": (("花屋", "x"), ("",)),
    "zone": (("Asia/Tokyo", "America/Argentina/Ushuaia"), ("Asia", "Asia/Tokio", " Asia/Tokyo", "+09:00")),
    "currency": (("JPY", "EUR", "KRW"), ("JP", "JPYY", "jpy", "$", "")),
    "language": (("ja", "en"), ("", "JA", "fr", "ja-JP")),
    "sender_email": (("shop@example.com", "a.b+c@mail.example.co.jp"), ("", "shop", "shop@", "a@b@c.jp", "<a@b.jp>")),
    "bounce_domain": (("bounce.example.com",), ("", "example", "a@example.com", "exa mple.com", "example..com")),
    "public_url": (("https://mail.example.com", "http://localhost:8000"), ("", "mail.example.com", "https:/a.example")),
    "home_url": (("https://shop.example.com/ja",), ("ftp://shop.example.com", "https:///a", "HTTPS//a.example")),
    "smtp_host": (("smtp.example.com", "127.0.0.1"), ("",)),
    "smtp_port": (("1", "25", "587", "65535"), ("0", "65536", "-1", "5.8", " 25", "", "２５", "1e3", "9" * 400)),
    "smtp_tls": (("none", "starttls", "tls"), ("", "ssl", "TLS")),
}


@pytest.mark.parametrize(
    ("setting", "value"), [(name, value) for name, (good, _bad) in VALUES.items() for value in good]
)
def test_a_setting_takes_what_works(setting: str, value: str) -> None:
    takes, _allowed = TAKES[setting]
    assert takes(value)


@pytest.mark.parametrize(
    ("setting", "value"), [(name, value) for name, (_good, bad) in VALUES.items() for value in bad]
)
def test_a_setting_takes_nothing_that_only_looks_like_it(setting: str, value: str) -> None:
    takes, _allowed = TAKES[setting]
    assert not takes(value)


def test_every_setting_was_tried() -> None:
    assert set(VALUES) == set(TAKES)


@pytest.mark.parametrize("setting", list(TAKES))
def test_a_setting_says_what_it_takes_in_the_reader_s_language(setting: str) -> None:
    allowed = TAKES[setting][1]
    ja, en = (_(allowed, language) for language in LANGUAGES)
    assert en == allowed
    assert ja
    assert ja != en


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/London", "Etc/GMT+9", "UTC"])
def test_a_zone_that_is_taken_can_be_reckoned_with(zone: str) -> None:
    assert is_zone(zone)
    assert ZoneInfo(zone).key == zone


@settings(deadline=None)
@given(code=st.from_regex("[A-Z]{3}", fullmatch=True))
def test_a_currency_is_taken_by_its_exact_code_alone(code: str) -> None:
    assert not is_currency(code.lower())
    assert not is_currency(f"{code} ")


@settings(deadline=None)
@given(domain=st.from_regex(r"[a-z]{1,10}\.(com|co\.jp|example)", fullmatch=True))
def test_a_domain_is_one_when_mail_can_come_from_it(domain: str) -> None:
    assert is_domain(domain)
    assert is_address(f"shop@{domain}")
    assert is_url(f"https://{domain}")
    assert not is_domain(f"shop@{domain}")


@settings(deadline=None)
@given(number=st.integers(1, 65_535))
def test_a_port_may_not_be_written_in_any_other_way(number: int) -> None:
    assert is_port(f"{number}")
    assert not any(is_port(odd) for odd in (f"+{number}", f"{number}.0", f"{number} ", f"-{number}", f"{number}x"))
