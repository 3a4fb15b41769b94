"""The editor of messages in a real browser: what is typed is seen at once, and hostile letters stay shut in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tenshu.bootstrap import Shop, save_templates
from tenshu.content.blocks.brand import Brand
from tenshu.content.starters import begin, starters
from tenshu.content.template import TemplateSource, TemplateText
from tenshu.staff.person import Person
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.app import make_app
from tests.browser.conftest import answering
from tests.browser.test_pages import complaints
from tests.unit.content.pictures import png
from tests.unit.web.gates import OpenGate

HOSTILE = """<html><head><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=/templates">
<style>@import url(https://evil.example/a.css);body{background:url(https://evil.example/b.png)}</style></head><body>
<script>parent.document.title="taken"; document.title=document.cookie</script>
<svg onload="parent.document.title='taken'"><script>alert(1)</script></svg><img src=x onerror="alert(document.cookie)">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
</table></mtext></math><img src="https://evil.example/c.png"><iframe src="https://evil.example/d"></iframe>
<form action="/templates/new"><button id="send">x</button></form><p>the end</p></body></html>"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened, _clock = open_small_shop(tmp_path_factory.mktemp("letters") / "home")
    welcome = begin(starters()[0], "welcome", title="ようこそ", brand=Brand())
    newsletter = begin(
        next(one for one in starters() if one.name == "newsletter"), "newsletter", title="便り", brand=Brand()
    )
    text = TemplateText(subject="x", mjml=HOSTILE, text="x")
    save_templates(opened, [welcome, newsletter, TemplateSource(name="hostile", languages={"ja": text})])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def console(shop: Shop) -> Iterator[str]:
    gate = OpenGate(Person(id=1, name="店主", email="owner@example.com", role="marketer"))
    with answering(make_app(shop, gate=gate)) as url:
        yield url


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="ja-JP", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_what_is_typed_is_seen_at_once_by_mouse_and_by_keyboard(console: str, page: Page) -> None:
    said_aloud: list[str] = []
    page.on("console", lambda said: said_aloud.append(said.text) if said.type in {"error", "warning"} else None)
    page.goto(f"{console}/templates/welcome")
    first = page.locator("[name='b0.text']")
    first.fill("こんにちは、")
    first.press("End")
    page.click('[data-chip="〔〇〇様〕"]')
    expect(page.locator("#state")).to_contain_text("未保存")
    assert first.input_value() == "こんにちは、〔〇〇様〕"
    assert page.locator(".under mark").first.inner_text() == "〔〇〇様〕"
    page.frame_locator("#letter-frame").get_by_text("こんにちは、佐藤様").wait_for()
    first.press("Alt+ArrowDown")
    second = page.locator("[name='b1.text']")
    expect(second).to_have_value("こんにちは、〔〇〇様〕")
    expect(page.locator("button[value='down:1']")).to_be_focused()
    page.click("button[value='out:1']")
    expect(page.locator("button[value='back']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(second).to_have_value("こんにちは、〔〇〇様〕")
    page.click("a[aria-label='次の方']")
    expect(page.locator(".whom b")).not_to_have_text("佐藤様")
    page.frame_locator("#letter-frame").get_by_text("こんにちは、佐藤様").wait_for(state="hidden")
    assert said_aloud == []


def test_a_hostile_letter_runs_nothing_loads_nothing_and_sees_no_cookie(console: str, page: Page) -> None:
    loaded: list[str] = []
    dialogs: list[str] = []
    page.context.add_cookies([{"name": "secret", "value": "s3cret", "url": console}])
    page.on("requestfinished", lambda sent: loaded.append(sent.url))
    page.on("requestfailed", lambda sent: loaded.append(sent.url) if sent.failure != "csp" else None)
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(f"{console}/templates/hostile")
    page.frame_locator("#letter-frame").get_by_text("the end").wait_for()
    page.wait_for_timeout(300)
    assert dialogs == []
    assert page.title() != "taken"
    assert not [url for url in loaded if "evil.example" in url]
    assert any("/letter?" in url for url in loaded)
    frame = next(one for one in page.frames if "/letter?" in one.url)
    assert frame.evaluate("self.origin") == "null"
    with pytest.raises(Exception, match="sandboxed"):
        frame.evaluate("document.cookie")
    assert "s3cret" not in frame.content()
    assert frame.url.startswith(f"{console}/templates/hostile/letter")


def test_a_file_that_is_chosen_goes_up_by_itself(console: str, page: Page, tmp_path: Path) -> None:
    (tmp_path / "flower.png").write_bytes(png())
    page.goto(f"{console}/templates/welcome?in=en")
    page.locator(".adder.is-last summary").first.click()
    page.locator(".adder.is-last button[value^='add:image']").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "flower.png")
    page.wait_for_selector(".picture img")
    assert page.locator("input[name$='.src']").input_value().startswith("/media/")
    shown = page.frame_locator("#letter-frame").locator("img")
    shown.wait_for()
    assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 2


@pytest.mark.parametrize(("language", "width", "is_dark"), [("ja-JP", 1280, False), ("en-GB", 390, True)])
def test_everybody_can_use_the_editor(
    chromium: Browser, console: str, axe: str, language: str, width: int, *, is_dark: bool
) -> None:
    context = chromium.new_context(
        locale=language, viewport={"width": width, "height": 900}, color_scheme="dark" if is_dark else "light"
    )
    page = context.new_page()
    page.goto(f"{console}/templates/newsletter")
    page.locator(".adder summary").first.click()
    page.locator("[name='b0.text']").fill("今だけ! Act now! 〔〇〇〕 {{ x }}")
    expect(page.locator(".remarks q").first).to_be_visible()
    assert complaints(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
