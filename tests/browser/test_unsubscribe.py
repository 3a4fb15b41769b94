"""The way out in a real browser: one page, one button, in the person's language."""

import pytest
from playwright.sync_api import expect

from tenshu.bootstrap import Shop
from tests.browser.conftest import OpenPage
from tests.unit.web.cast import state_of, token

WORDS = {
    "ja": ("メールの配信を停止しますか", "配信を停止する", "配信を停止しました。"),
    "en": ("Shall we stop writing to you?", "Unsubscribe", "You are unsubscribed."),
}


@pytest.mark.parametrize(("language", "enrolment"), [("ja", 7), ("en", 8)])
def test_one_button_unsubscribes(
    address: str, served_shop: Shop, open_page: OpenPage, language: str, enrolment: int
) -> None:
    asked, button, done = WORDS[language]
    before = len(state_of(served_shop)["suppressions"])
    link = f"{address}/u/{token('unsubscribe', enrolment=enrolment)}"
    with open_page(link, language=language, width=390) as page:
        expect(page.get_by_role("heading", name=asked)).to_be_visible()
        assert len(state_of(served_shop)["suppressions"]) == before  # looking changes nothing
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", name=done)).to_be_visible()
    assert len(state_of(served_shop)["suppressions"]) == before + 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_button_works_without_scripts_and_by_keyboard(address: str, open_page: OpenPage, language: str) -> None:
    with open_page(f"{address}/u/{token('unsubscribe')}", language=language, has_script=False) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=WORDS[language][2])).to_be_visible()


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_the_page_fits_a_phone(address: str, open_page: OpenPage, *, is_dark: bool) -> None:
    with open_page(f"{address}/u/{token('unsubscribe')}", width=390, is_dark=is_dark) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.get_by_role("button").bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_a_page_that_is_not_there_says_so_kindly(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/static/../u/cut-off", language="ja", expected="404") as page:
        expect(page.get_by_role("heading", name="お探しのページはありません。")).to_be_visible()
