"""The first start and the trial of a mail server in a real browser."""

import pytest

from tenshu.bootstrap import Shop, save_settings
from tenshu.content.shop import ShopSettings
from tenshu.web.console.setup.steps import NAMES
from tests.browser.conftest import OpenPage
from tests.browser.test_pages import STICKING_OUT, complaints, foreign_words
from tests.unit.deliver.channels.email.mail_server import Conduct, mail_server


@pytest.mark.parametrize("name", [*NAMES, "done"])
def test_every_step_of_the_first_start_is_for_everybody(name: str, console_page: OpenPage, axe: str) -> None:
    with console_page(f"/setup/{name}") as page:
        assert foreign_words(page) == []
        assert complaints(page, axe) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate(STICKING_OUT) == []


def test_a_slow_mail_server_is_followed_in_words_while_it_is_tried(
    console_page: OpenPage, console_shop: Shop, axe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(console_shop, ShopSettings(sender_email="info@hanaya.jp", bounce_domain="hanaya.jp"))
    monkeypatch.setattr("tenshu.web.console.settings.server_test.PATIENCE", 1.5)
    with mail_server(Conduct(is_silent=True)) as server, console_page("/setup/mail-server") as page:
        page.get_by_label("サーバー名(SMTP)").fill("127.0.0.1")
        page.get_by_label("ポート", exact=True).fill(str(server.port))
        page.get_by_label("暗号化しない").check()
        page.get_by_role("button", name="送らずに試す").click()
        page.get_by_role("heading", name="サーバーを試しています…").wait_for()
        page.get_by_role("heading", name="まだ送れません。").wait_for(timeout=10_000)
        assert page.locator(".tried .is-bad").count() == 1
        assert complaints(page, axe) == []


def test_a_known_host_is_recognised_while_its_name_is_typed(console_page: OpenPage) -> None:
    with console_page("/settings/mail-server", language="en") as page:
        page.get_by_label("Server's name (SMTP)").press_sequentially("sv1234.xserver.jp")
        page.get_by_text("Xserver takes mail at port 465 with TLS.").wait_for()


def test_a_purpose_is_shown_as_it_is_typed(console_page: OpenPage) -> None:
    with console_page("/settings/purposes/marketing") as page:
        page.locator("#benefit_ja").fill("新しい花をいちばんに知れます。")
        page.locator("#as-read").get_by_text("新しい花をいちばんに知れます。").wait_for()
        page.reload()
        assert page.get_by_text("新しい花をいちばんに知れます。").count() == 0
