"""The report page in a real browser: both languages, desk and phone, light and dark, keyboard, paper."""

import itertools
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

SIZES = [1280, 820, 390]

#: Parts of one text element that stick out of the frame of the page.
STICKING_OUT = """() => [...document.querySelectorAll('main *')].filter(e => {
  if (e.closest('.wide') || e.closest('.visually-hidden') || !e.getClientRects().length) return false;
  const box = e.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className))"""

#: Ticks of one axis whose texts touch each other.
TOUCHING_TICKS = """() => [...document.querySelectorAll('svg.interval')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  const touching = boxes.slice(1).filter((box, i) => box.left < boxes[i].right + 2);
  return touching.length ? [svg.getAttribute('aria-label')] : [];
})"""

#: Contrast (WCAG 2) of every piece of text against the nearest opaque ground.
LOW_CONTRAST = """() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return c.startsWith('color(srgb')
    ? [m[0] * 255, m[1] * 255, m[2] * 255, m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1]; };
  const light = ([r, g, b]) => {
    const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c[3] > .99) return c; } return [255, 255, 255, 1]; };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg, .visually-hidden, .skip') || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), a = light(parse(style.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) found.push(e.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return found;
}"""

#: What an attacker would add to the page, and what came of it.
INJECTED = """() => {
  const broken = [];
  addEventListener('securitypolicyviolation', e => broken.push(e.effectiveDirective));
  for (const [tag, text] of [['script', 'window.owned = 1'], ['style', 'body { display: none }']]) {
    const added = document.createElement(tag);
    added.textContent = text;
    document.body.append(added);
  }
  return new Promise(done => setTimeout(() => done([window.owned ?? null, broken]), 200));
}"""


def wait_until_drawn(page: Page) -> None:
    """Wait for the chart."""
    page.wait_for_selector("[data-drawn=yes] svg")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", SIZES)
def test_nothing_sticks_out_of_the_page(address: str, open_page: OpenPage, language: str, width: int) -> None:
    with open_page(f"{address}/report?lang={language}", language=language, width=width) as page:
        wait_until_drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", SIZES)
def test_the_words_below_an_axis_do_not_touch(address: str, open_page: OpenPage, language: str, width: int) -> None:
    with open_page(f"{address}/report?lang={language}", language=language, width=width) as page:
        assert page.evaluate(TOUCHING_TICKS) == []


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_can_be_read(address: str, open_page: OpenPage, *, language: str, is_dark: bool) -> None:
    with open_page(f"{address}/report?lang={language}", language=language, is_dark=is_dark) as page:
        assert page.evaluate(LOW_CONTRAST) == []


def test_the_theme_follows_the_system(address: str, open_page: OpenPage) -> None:
    grounds = []
    for is_dark in (False, True):
        with open_page(f"{address}/report", is_dark=is_dark) as page:
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(245, 240, 230)", "rgb(24, 23, 20)"]


def test_the_browsers_language_decides(address: str, open_page: OpenPage) -> None:
    for language, question in (("ja", "これは本当に効いたのか"), ("en", "Did it really help?")):
        with open_page(f"{address}/report", language=language) as page:
            expect(page.get_by_text(question)).to_be_visible()


def test_the_language_can_be_changed_by_one_click(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="ja") as page:
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Report")
        assert page.evaluate("document.documentElement.lang") == "en"


def test_the_report_is_one_click_from_the_front_door(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/", language="en") as page:
        page.get_by_role("link", name="Reports").click()
        expect(page.get_by_text("Did it really help?")).to_be_visible()


def test_not_known_yet_is_said_with_how_many_more(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="ja") as page:
        expect(page.get_by_role("heading", name="まだ分かりません。あと約5,200人。")).to_be_visible()
        bar = page.get_by_role("img", name="まだ分かりません。あと約5,200人。")
        so_far = bar.locator(".so-far").bounding_box()
        whole = bar.locator(".missing").bounding_box()
        assert so_far is not None
        assert whole is not None
        assert so_far["width"] / whole["width"] == pytest.approx(1210 / (1210 + 5200), abs=0.02)


def test_the_account_is_one_bar_without_gaps(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report") as page:
        bar = page.locator("#outreach-1 .account-bar")
        boxes = [part.bounding_box() for part in bar.locator("rect.part").all()]
        frame = bar.bounding_box()
    assert frame is not None
    places = [(box["x"], box["x"] + box["width"]) for box in boxes if box is not None]
    assert len(places) == 6
    assert places[0][0] == pytest.approx(frame["x"], abs=2)
    assert places[-1][1] == pytest.approx(frame["x"] + frame["width"], abs=2)
    for (_start, end), (following, _end) in itertools.pairwise(places):
        assert following == pytest.approx(end, abs=2)


def test_the_estimate_and_the_truth_stand_where_their_numbers_are(address: str, open_page: OpenPage) -> None:
    """The outreach that helped: estimate +21.1, interval +8.4 to +33.8, truth +14.2, so zero is left of all."""
    with open_page(f"{address}/report") as page:
        drawing = page.locator("#outreach-2 svg.interval").first
        middle = {
            name: box["x"] + box["width"] / 2
            for name in ("zero", "range", "truth", "estimate")
            if (box := drawing.locator(f".{name}").bounding_box()) is not None
        }
    assert middle["zero"] < middle["truth"] < middle["range"] == pytest.approx(middle["estimate"], abs=2)


def test_the_curve_is_drawn_as_vectors_in_the_pages_words(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="ja") as page:
        wait_until_drawn(page)
        chart = page.locator("#decile-chart")
        expect(chart.locator("text", has_text="上位からの累計")).to_be_visible()
        expect(chart.locator("text", has_text=re.compile("^100%$"))).to_be_visible()
        assert chart.locator("canvas").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_curve_keeps_to_its_frame_when_the_window_changes(address: str, open_page: OpenPage, width: int) -> None:
    with open_page(f"{address}/report", width=width) as page:
        wait_until_drawn(page)
        page.set_viewport_size({"width": 700, "height": 900})
        page.wait_for_function(
            """() => { const c = document.querySelector('#decile-chart'); const s = c.querySelector('svg');
            return Math.abs(s.getBoundingClientRect().width - c.clientWidth) < 3; }"""
        )


def test_the_curve_has_a_twin_for_those_who_do_not_see_it(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="ja") as page:
        page.get_by_text("同じ内容を表で見る").click()
        rows = page.locator(".customers details tbody tr")
        assert rows.count() == 10
        expect(rows.first).to_contain_text("61.4%")


def test_without_scripts_every_number_is_still_there(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="en", has_script=False) as page:
        expect(page.get_by_text("The best tenth, 434 customers, makes 61.4% of the revenue.")).to_be_visible()
        page.get_by_text("The same as a table").click()
        assert page.locator(".customers details tbody tr").count() == 10


def test_everything_is_within_reach_of_the_keyboard(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="en") as page:
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the content")
        reached = set()
        for _step in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.className"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            if page.evaluate("document.activeElement.tagName") != "BODY":
                assert outline == "solid", reached
        assert any(name.startswith("SUMMARY") for name in reached)
        assert any("shade-" in name for name in reached)


def test_a_closed_part_opens_by_the_keyboard(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="en") as page:
        page.get_by_text("The account step by step").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#outreach-1 details table")).to_be_visible()


def test_skipping_leads_to_the_content(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", language="en") as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_a_phone_can_hit_what_it_must(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", width=390) as page:
        for target in page.locator("summary, .languages a").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 24, target.inner_text()


def test_paper_gets_light_colours_and_no_furniture(address: str, open_page: OpenPage) -> None:
    with open_page(f"{address}/report", is_dark=True) as page:
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator(".side")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.querySelector('h2')).color") == "rgb(36, 34, 30)"


def test_the_page_prints(address: str, open_page: OpenPage, pictures: Path) -> None:
    with open_page(f"{address}/report") as page:
        wait_until_drawn(page)
        printed = page.pdf(path=str(pictures / "report.pdf"), format="A4")
    assert printed.startswith(b"%PDF")


def test_a_fresh_shop_sees_a_page_that_teaches(empty_address: str, open_page: OpenPage) -> None:
    with open_page(f"{empty_address}/report", language="en") as page:
        expect(page.get_by_text("No outreach has started yet.")).to_be_visible()
        expect(page.get_by_text("tenshu import FILE --home HOME")).to_be_visible()
        assert page.locator("[data-chart]").count() == 0


def test_the_policy_stops_what_is_injected(address: str, open_page: OpenPage) -> None:
    """Scripts and styles that got into the page all the same would not run."""
    with open_page(f"{address}/report", expected="Content Security Policy") as page:
        outcome = page.evaluate(INJECTED)
    assert outcome == [None, ["script-src-elem", "style-src-elem"]]
