"""The first page of the settings: a card each, with what is set, and what still waits for the owner."""

import pytest

from tenshu.bootstrap import Shop, save_settings
from tenshu.content.shop import ShopSettings
from tenshu.deliver.channels.email.settings import SmtpSettings, write_smtp
from tenshu.deliver.limits import Limits, write_limits
from tenshu.deliver.standstill import RESTORED, stand_still
from tenshu.testing.small_shop import MONDAY
from tenshu.web.console.settings.index import OTHERS
from tests.unit.web.console.visiting import visiting

SHOP = ShopSettings(
    name="花屋", postal_address="東京都千代田区1-1", contact="03-1234-5678", sender_email="info@hanaya.jp"
)


@pytest.fixture
def shop(own_shop: Shop) -> Shop:
    return own_shop


def page(shop: Shop, language: str = "ja") -> str:
    with visiting(shop, language=language) as client:
        return client.get("/settings").text


def waiting(text: str) -> list[str]:
    """Return where the cards lead that wait for a person."""
    return [part.split('"')[0] for part in text.split('<a class="card is-missing" href="')[1:]]


def test_a_shop_that_nobody_set_up_waits_in_three_places(shop: Shop) -> None:
    found = page(shop)
    assert waiting(found) == ["/settings/shop", "/settings/sender", "/settings/mail-server"]
    assert found.count("ここが残っています") == 3


def test_a_shop_that_is_set_up_waits_for_nothing(shop: Shop) -> None:
    write_smtp(shop.ledger, SmtpSettings(smtp_host="sv1.xserver.jp"))
    assert waiting(page(save_settings(shop, SHOP))) == []


def test_every_card_says_what_is_set(shop: Shop) -> None:
    write_smtp(shop.ledger, SmtpSettings(smtp_host="sv1.xserver.jp", smtp_port=465, smtp_tls="tls"))
    with shop.ledger.writing() as tx:
        write_limits(tx, Limits(per_day=15_000))
    found = page(save_settings(shop, SHOP), "en")
    for said in (
        "花屋, 東京都千代田区1-1. Questions go to 03-1234-5678.",
        "Mails come from &#34;花屋&#34; &lt;info@hanaya.jp&gt;.",
        "Mail goes out through sv1.xserver.jp, port 465, encrypted by TLS, without a login.",
        "At most 15,000 mails in 24 hours go out.",
        "News from the shop, About your orders",
        "Sending is on: what is due goes out.",
    ):
        assert said in found


def test_a_shop_that_was_restored_waits_for_its_owner(shop: Shop) -> None:
    with shop.ledger.writing() as tx:
        stand_still(tx, RESTORED, MONDAY)
    found = page(shop)
    assert "/settings/sending" in waiting(found)
    assert "バックアップから復元しました" in found


def test_pages_of_other_rooms_have_a_card_when_they_are_there(shop: Shop) -> None:
    found = page(shop)
    with visiting(shop) as client:
        for path, _title, _text in OTHERS:
            assert (f'href="{path}"' in found) == (client.get(path).status_code == 200), path


def test_the_way_to_the_first_start_is_shown(shop: Shop) -> None:
    assert 'href="/setup/shop"' in page(shop)
