"""What the lists offer is what the forms take, begins with the usual, and always holds what is kept."""

import pytest

from tenshu.bootstrap import Shop, save_settings
from tenshu.content.shop import ShopSettings
from tenshu.content.shop_values import is_currency, is_zone
from tenshu.kit.i18n import LANGUAGES, speaking
from tenshu.web.console.settings import choices
from tenshu.web.console.settings.about_sending import SERVER
from tenshu.web.console.settings.about_shop import PLACE
from tests.unit.web.console.settings.test_forms import read
from tests.unit.web.console.visiting import visiting


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_zone_that_is_offered_is_taken(language: str) -> None:
    with speaking(language):
        offered = choices.zones(language)
    assert len(offered) > 300
    assert all(is_zone(code) and words for code, words in offered)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_currency_that_is_offered_is_taken(language: str) -> None:
    with speaking(language):
        offered = choices.currencies(language)
    assert len(offered) > 100
    assert [code for code, _words in offered if not is_currency(code)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_ones_come_first_and_the_others_in_order(language: str) -> None:
    with speaking(language):
        zones = [code for code, _words in choices.zones(language)]
        currencies = [code for code, _words in choices.currencies(language)]
    assert zones[:2] == ["Asia/Tokyo", "Asia/Seoul"]
    assert zones[6:] == sorted(zones[6:])
    assert currencies[:3] == ["JPY", "USD", "EUR"]
    assert currencies[7:] == sorted(currencies[7:])


def test_each_language_has_its_own_words_for_the_usual_zones() -> None:
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = choices.zones(language)[0][1]
    assert said == {"ja": "東京 (Asia/Tokyo)", "en": "Tokyo (Asia/Tokyo)"}


@pytest.mark.parametrize("kept", ["UTC", "Japan", "Etc/GMT+9"])
def test_a_zone_that_is_kept_is_offered_though_it_is_not_a_usual_one(kept: str) -> None:
    offered = choices.zones("en", kept)
    assert offered[0][0] == kept
    assert offered[1:] == choices.zones("en")


def test_a_currency_that_is_kept_is_offered_and_a_usual_one_only_once() -> None:
    assert choices.currencies("en", "XQQ")[0] == ("XQQ", "XQQ")
    assert choices.currencies("en", "JPY") == choices.currencies("en")
    assert choices.currencies("en", "") == choices.currencies("en")


def test_asking_for_what_is_kept_changes_the_list_of_nobody_else() -> None:
    before = list(choices.zones("en"))
    choices.zones("en", "UTC")
    assert choices.zones("en") == before


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_the_page_shows_the_zone_that_is_kept_so_that_saving_does_not_move_the_shop(own_shop: Shop, zone: str) -> None:
    shop = save_settings(own_shop, ShopSettings(name="花屋", zone=zone))
    with visiting(shop) as client:
        page = client.get("/settings/shop").text
    assert f'<option value="{zone}" selected>' in page


def test_the_languages_of_mails_are_those_of_the_product_in_words() -> None:
    with speaking("ja"):
        assert choices.languages() == [("ja", "日本語"), ("en", "英語")]
    assert [code for code, _words in choices.languages()] == list(LANGUAGES)
    assert all(read(PLACE, language=code).is_good for code, _words in choices.languages())


def test_every_encryption_that_is_offered_is_taken_and_none_of_them_is_called_by_a_code() -> None:
    for language in LANGUAGES:
        with speaking(language):
            offered = choices.encryptions()
        assert [code for code, _words, _hint in offered] == ["starttls", "tls", "none"]
        assert not {words for _code, words, _hint in offered} & {"starttls", "tls", "none"}
    for code, _words, _hint in choices.encryptions():
        assert read(SERVER, smtp_tls=code, smtp_username="", smtp_password="").is_good


def test_only_the_encryption_that_is_none_carries_a_warning() -> None:
    with speaking("en"):
        hints = {code: hint for code, _words, hint in choices.encryptions()}
    assert hints == {"starttls": "", "tls": "", "none": "Only for a server on this machine itself."}
