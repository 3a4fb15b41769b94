"""The builder in a real browser: the count and the sentence follow what one types; the hands stay where they are."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage


@pytest.mark.parametrize("width", [1280, 390])
def test_the_count_and_the_sentences_follow_the_typing(console_page: OpenPage, width: int) -> None:
    with console_page("/segments/new", language="en", width=width) as page:
        page.click("#add-trait-c")
        page.select_option("#c-0-trait", "last_name")
        value = page.locator("#c-0-value")
        expect(value).to_be_visible()
        value.press_sequentially("佐藤", delay=20)
        expect(page.locator("#live-count")).to_have_text("1")
        expect(page.locator("#live-sentence")).to_have_text("last name is “佐藤”")
        expect(page.locator("#part-c-0-said")).to_have_text("last name is “佐藤”")
        expect(value).to_be_focused()
        page.click("#add-did-c")
        expect(page.locator("#c-1-days")).to_be_visible()
        expect(value).to_have_value("佐藤")
        page.fill("#c-1-days", "1")
        expect(page.locator("#live-count")).to_have_text("0")
        expect(page.locator(".funnel li")).to_have_count(5)


def test_without_a_script_the_same_form_counts(console_page: OpenPage) -> None:
    address = "/segments/new?condition=%7B%22kind%22:%22did%22,%22event%22:%22order_completed%22%7D"
    with console_page(address, language="en", has_script=False) as page:
        page.get_by_role("button", name="Count").last.click()
        expect(page.locator("#live-count")).to_have_text("35")


def test_customers_are_found_while_one_types(console_page: OpenPage) -> None:
    with console_page("/customers", language="ja") as page:
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("佐", delay=20)
        expect(page.locator("#found a[href^='/customers/']")).to_have_count(1)
        expect(page).to_have_url(re.compile("q="))
        page.keyboard.press("Tab")
        page.locator("#found a[href^='/customers/']").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".karte-name")).to_contain_text("佐藤")
