"""The doors of the console in a real browser: the first owner comes in, goes out, and comes back by the keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tenshu.staff.links import make_link
from tests.browser.conftest import OpenPage, answering
from tests.unit.web.console.crew_home import crew_home
from tests.unit.web.console.doors import open_console

PASSWORD = "mizuumi no soko ni aru"
SERIOUS = {"serious", "critical"}
#: What the browser says of an answer with 403 or 422, which these tests provoke.
REFUSED = "Failed to load resource"


def complaints(page: Page, axe: str) -> list[str]:
    """Return what axe finds that keeps somebody from using the page."""
    page.evaluate(axe + ";0")
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize(("language", "width", "is_dark"), [("ja", 390, False), ("en", 1280, True)])
def test_the_first_owner_comes_in_goes_out_and_comes_back(
    tmp_path: Path,
    open_page: OpenPage,
    axe: str,
    language: str,
    width: int,
    is_dark: bool,  # noqa: FBT001
) -> None:
    shop = crew_home(tmp_path, is_lived_in=False, access="any")[0]
    with shop.ledger.writing() as tx:
        token = make_link(tx, "set_up", now=shop.clock.now())
    with answering(open_console(shop)) as url:
        given = {"language": language, "width": width, "is_dark": is_dark, "expected": REFUSED}
        with open_page(f"{url}/set-up/{token}", **given) as page:
            assert page.evaluate("document.activeElement.id") == "name"
            assert complaints(page, axe) == []
            page.keyboard.type("山田")
            page.fill("#email", "yamada@example.com")
            page.fill("#password", "password2024")
            page.keyboard.press("Enter")
            page.wait_for_selector("#password-error")
            assert page.input_value("#email") == "yamada@example.com"
            assert page.evaluate("document.activeElement.id") == "password"
            page.fill("#password", PASSWORD)
            page.click("[data-reveals]")
            assert page.get_attribute("#password", "type") == "text"
            page.keyboard.press("Enter")
            page.wait_for_url("**/setup/**")
            page.goto(f"{url}/settings/me")
            if width < 600:
                page.click(".menu-button")
            page.click("form.who button")
            page.wait_for_url("**/sign-in")
            assert page.is_visible(".notice")
            assert complaints(page, axe) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.keyboard.type("yamada@example.com")
            page.keyboard.press("Tab")
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{url}/")
            assert page.context.cookies()[0]["httpOnly"]
    shop.close()
