"""What the shop's settings take: everything that works, and nothing that only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import TAKES, is_address, is_currency, is_domain, is_port, is_url, is_zone


@pytest.mark.parametrize("value", ["Asia/Tokyo", "Europe/London", "UTC"])
def test_time_zones_are_known(value: str) -> None:
    assert is_zone(value)


@pytest.mark.parametrize("value", ["", "Tokyo", "asia/tokyo", "JST+9", "../../etc/passwd", "日本"])
def test_what_is_no_time_zone_is_refused(value: str) -> None:
    assert not is_zone(value)


def test_currencies_are_known_by_their_codes() -> None:
    assert all(is_currency(code) for code in ("JPY", "USD", "GBP"))
    assert not any(is_currency(code) for code in ("", "jpy", "円", "YEN", "¥"))


@pytest.mark.parametrize("value", ["https://hanaya.jp", "http://127.0.0.1:8000", "https://hanaya.jp/a?b=c"])
def test_addresses_of_pages_are_known(value: str) -> None:
    assert is_url(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "hanaya.jp",
        "https://",
        "javascript:alert(1)",
        "ftp://hanaya.jp",
        "https://ha naya.jp",
        "http://[bad",
        "https://hanaya.jp/\nBcc:x",
        "https://hanaya.jp:99999",
    ],
)
def test_what_is_no_address_of_a_page_is_refused(value: str) -> None:
    assert not is_url(value)


@pytest.mark.parametrize("value", ["hanaya.jp", "bounce.hanaya.co.jp", "a-b.example.com"])
def test_domains_are_known(value: str) -> None:
    assert is_domain(value)


@pytest.mark.parametrize("value", ["", "a@hanaya.jp", "花屋 さん", "hanaya", "-hanaya.jp", "https://hanaya.jp"])
def test_what_is_no_domain_is_refused(value: str) -> None:
    assert not is_domain(value)


def test_one_plain_address_is_an_address() -> None:
    assert is_address("info@hanaya.jp")
    assert not any(is_address(value) for value in ("", "info", "a@x.jp,b@x.jp", "a@x.jp b@x.jp", "@x.jp"))


@given(st.integers(-10, 100_000))
def test_a_port_is_a_number_from_1_to_65535(number: int) -> None:
    assert is_port(str(number)) == (1 <= number <= 65_535)
    assert not is_port(f"00000{number}9999")


@given(st.text(max_size=12))
def test_any_text_may_be_asked_about(text: str) -> None:
    assert all(takes(text) in {True, False} for takes, _allowed in TAKES.values())


def test_the_defaults_of_a_fresh_shop_are_what_it_takes() -> None:
    fresh = ShopSettings()
    for name, (takes, _allowed) in TAKES.items():
        if hasattr(fresh, name):
            assert takes(getattr(fresh, name)), name
