"""A file under real hands: dropped on the page, corrected with the eye on the guess, let in; and without any script."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

ROWS: Final = (
    "会員番号,氏名,<b>連絡先</b>,趣味\n901,佐藤 花子,sato901@example.jp,園芸\n902,鈴木 一郎,suzuki902@example.jp,\n"
)
#: Drops a file as the browser does when a hand lets it go over the page.
DROP: Final = """([name, text]) => {
  const given = new DataTransfer();
  given.items.add(new File([text], name, {type: "text/csv"}));
  const told = {bubbles: true, cancelable: true, dataTransfer: given};
  document.body.dispatchEvent(new DragEvent("dragover", told));
  document.body.dispatchEvent(new DragEvent("drop", told));
}"""


def drop(page: Page, name: str, text: str) -> None:
    page.evaluate(DROP, [name, text])
    page.wait_for_selector("#look")


def test_a_dropped_file_is_corrected_while_the_page_follows_and_let_in(console_page: OpenPage, axe: str) -> None:
    with console_page("/import", language="ja") as page:
        page.evaluate("document.querySelector('[data-most]').dataset.most = 10")
        page.evaluate(DROP, ["大きい.csv", "x" * 11])
        expect(page.locator(".sending")).to_contain_text("分割してください")
        page.reload()
        drop(page, "名簿<img src=x>.csv", ROWS)
        expect(page.locator("h1")).to_have_text("名簿<img src=x>.csv")
        contact = page.get_by_label("<b>連絡先</b>")
        expect(contact).to_have_value("phone")  # what the header says, and the cells do not
        expect(page.locator(".columns li.is-unsure")).to_contain_text("要確認")
        contact.focus()
        contact.select_option("email")
        expect(page.locator(".columns li.is-yours")).to_contain_text("選択済み")
        assert page.evaluate("document.activeElement.id") == contact.get_attribute("id")
        page.get_by_label("趣味").select_option("extra")
        expect(page.locator("#name-0-3")).to_have_value("趣味")
        expect(contact).to_have_value("email")  # what was chosen before stands
        page.get_by_role("button", name="全行を確認する").click()
        page.get_by_label("取引関係がある").check()
        expect(page.locator("#reason-business_relation")).to_be_visible()
        assert not page.locator("#reason-opt_in").is_visible()
        page.evaluate(axe + ";0")
        violations = "async () => (await axe.run()).violations.filter(v => v.impact === 'serious').map(v => v.id)"
        assert page.evaluate(violations) == []
        page.locator("#reason-business_relation").fill("この一年に買った方")
        page.get_by_role("button", name="2 行を取り込む").click()
        expect(page.locator(".question")).to_have_text("取り込みが終わりました")


def test_without_scripts_a_file_is_chosen_and_corrected_too(console_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(ROWS.replace("90", "80"), encoding="utf-8")
    with console_page("/import", language="en", width=390, has_script=False) as page:
        page.set_input_files("#file", path)
        page.get_by_role("button", name="Look into it").click()
        page.locator("#column-0-1-customers").select_option("")
        page.locator("#column-0-2-customers").select_option("email")
        page.get_by_role("button", name="Look again with these choices").click()
        assert page.locator("#column-0-1-customers").input_value() == ""
        page.get_by_role("button", name="Check every row").click()
        page.get_by_role("button", name="Take over 2 rows").click()
        assert page.locator(".question").inner_text() == "This came in"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("has_script", [True, False], ids=["with scripts", "without"])
def test_the_list_of_refused_rows_is_taken_along_as_often_as_one_likes(
    console_page: OpenPage, tmp_path: Path, *, has_script: bool
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(ROWS.replace("90", "70").replace("sato701@example.jp", "no address"), encoding="utf-8")
    with console_page("/import", language="en", has_script=has_script) as page:
        page.set_input_files("#file", path)
        if not has_script:
            page.get_by_role("button", name="Look into it").click()
        page.get_by_label("<b>連絡先</b>").select_option("email")
        page.get_by_role("button", name="Check every row").click()
        for _time in range(2):
            button = page.get_by_role("button", name="as CSV")
            button.focus()
            with page.expect_download() as taken:
                page.keyboard.press("Enter")
            assert "no address" in taken.value.path().read_text("utf-8")
            assert taken.value.suggested_filename == "list refused rows.csv"
