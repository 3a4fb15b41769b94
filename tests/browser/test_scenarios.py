"""The tree of a scenario under real hands: a step opens its panel by mouse and keys, and counts come without a jump."""

from datetime import date

import pytest
from playwright.sync_api import expect

from tenshu.bootstrap import Shop
from tenshu.journey.drafts import keep_draft
from tenshu.journey.recipes import Choices
from tenshu.testing.small_shop import TWO_MAILS, add_template, start, tick
from tests.browser.conftest import OpenPage


@pytest.fixture(scope="module", autouse=True)
def walking(console_shop: Shop) -> None:
    """Let everybody walk between two mails."""
    add_template(console_shop)
    start(console_shop, "two", holdout_rate=0.2, **TWO_MAILS)
    tick(console_shop)
    chosen = Choices(recipe="welcome", title="はじめまして", template="hello", review_on=date(2026, 9, 1), days=3)
    with console_shop.ledger.writing() as tx:
        keep_draft(tx, "first", chosen, now=console_shop.clock.now(), by="店主")


def test_a_step_opens_by_keyboard_and_stays_open_when_counts_are_renewed(console_page: OpenPage) -> None:
    with console_page("/scenarios/two", language="en") as page:
        page.focus("#box-send")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "box-wait"
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_contain_text("Wait")
        assert page.locator(".tree .box[aria-current]").get_attribute("id") == "box-wait"
        assert page.locator("#panel .people-here li").count() == 12
        with page.expect_response("**/live**"):
            page.evaluate("document.getElementById('live').dispatchEvent(new Event('refresh'))")
        page.wait_for_timeout(200)
        assert page.evaluate("document.activeElement.id") == "box-wait"
        assert page.locator(".tree .box[aria-current]").get_attribute("id") == "box-wait"


def test_a_phone_shows_the_list_and_goes_to_the_panel(console_page: OpenPage) -> None:
    with console_page("/scenarios/two", width=390) as page:
        assert not page.locator(".tree").is_visible()
        assert page.locator(".tree-list > li").count() == 5
        page.locator(".tree-list .box.wait").click()
        expect(page.locator("#panel h2")).to_contain_text("まで待つ")
        expect(page.locator("#panel h2")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_a_step_opens_too(console_page: OpenPage) -> None:
    with console_page("/scenarios/two", language="en", has_script=False) as page:
        page.click("#box-wait")
        assert "step=wait" in page.url
        assert page.locator("#panel h2").inner_text().startswith("Wait")


def test_a_step_is_put_into_a_draft_by_keys_alone_and_taken_back(console_page: OpenPage) -> None:
    with console_page("/scenarios/first/tree", language="en") as page:
        page.focus("#box-wait")
        page.keyboard.press("Enter")
        expect(page.locator("#days")).to_have_value("3")
        page.get_by_text("Put a step in").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "place"
        page.get_by_label("Split by chance").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_have_text("Split by chance")
        assert page.locator(".tree .box[aria-current]").get_attribute("id") == "box-split"
        page.get_by_role("button", name="Undo", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text("The last change is taken back.")
        assert page.locator("#box-split").count() == 0
