"""Every page of the console in a real browser, in both languages, on a desk and a phone, for everybody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage

from tenshu.bootstrap import REHEARSED_UNTIL, Shop
from tenshu.store.settings import forget_setting, write_setting
from tenshu.web.console.areas import all_pages
from tests.browser.conftest import OpenPage
from tests.browser.samples import DOORS, FILES, SAMPLES, furnish

PAGES = sorted({page.path for page in all_pages() if page.method == "GET"} - FILES - DOORS)
#: Pages of a rehearsal.
REHEARSED = frozenset({"/own"})
#: The names in a path.
NAMES = re.compile(r"{(\w+)(?::\w+)?}")
#: axe's words for what keeps somebody from using a page.
SERIOUS = frozenset({"serious", "critical"})
#: Parts that stick out of the page's frame; what may be scrolled by itself does not.
STICKING_OUT = """() => [...document.querySelectorAll('main *')].filter(e => {
  if (e.closest('.wide, .visually-hidden, .tabs, .chart, pre, details:not([open]), svg')) return false;
  if (!e.getClientRects().length) return false;
  const box = e.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 200))"""
#: Texts that a person reads or hears, without what people and programs have typed themselves.
SHOWN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const held = walker.currentNode.parentElement;
    if (!held || held.closest('code, pre, kbd, script, style, textarea, option, [lang], iframe, .typed')) continue;
    found.push(walker.currentNode.textContent.trim());
  }
  for (const e of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      if (!e.closest('.typed')) found.push((e.getAttribute(name) || '').trim());
  return found.filter(t => t);
}"""
#: Words of the field, names of things and of formats that Japanese pages say in Latin letters.
TYPED = re.compile(r"\S+@\S+|https?://\S+|「[^」]*」|“[^”]*”|\b[\w.-]+\.[a-z]{2,5}\b|\{\{.*?\}\}|tenshu [a-z -]+")
LATIN = re.compile(r"[A-Za-z]{3,}")
SPOKEN = frozenset(
    """
    tenshu English Excel CSV TSV JSON xlsx csv RFM SMTP STARTTLS TLS SPF DKIM DMARC DNS TXT URL HTML MJML PDF LINE zip
    hello Instagram Gmail Xserver Liquid Web web mail Tokyo Asia JPY AES UTF Parquet ods API CNAME UTC POP IMAP
    """.split()  # noqa: SIM905 - a list of words is read more easily than quotation marks
)


@pytest.fixture(scope="module")
def furnished(console_shop: Shop) -> Shop:
    """The shop with something on every page."""
    furnish(console_shop)
    return console_shop


@pytest.fixture
def opened_in(path: str, furnished: Shop) -> Iterator[Shop]:
    """The shop for a page: some are only there in a rehearsal."""
    if path in REHEARSED:
        with furnished.ledger.writing() as tx:
            write_setting(tx, REHEARSED_UNTIL, furnished.clock.now().isoformat())
    yield furnished
    with furnished.ledger.writing() as tx:
        forget_setting(tx, REHEARSED_UNTIL)


def address(path: str) -> str:
    """Return the path with its names filled in."""
    missing = [
        name for name in re.findall(r"{(\w+)(?::\w+)?}", path) if (path, name) not in SAMPLES and name not in SAMPLES
    ]
    assert not missing, f"{path}: give tests/browser/samples.py a sample of {missing}"
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: str(SAMPLES.get((path, found[1]), SAMPLES.get(found[1]))), path)


def complaints(page: BrowserPage, axe: str) -> list[Any]:
    """Return what axe finds serious, each with the first places."""
    page.evaluate(f"{axe};0")
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        [one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]]
        for one in found
        if one["impact"] in SERIOUS
    ]


def foreign_words(page: BrowserPage) -> list[str]:
    """Return the texts of a Japanese page that are said in English."""
    said: list[str] = page.evaluate(SHOWN)
    return [text for text in said if set(LATIN.findall(_plain(text))) - SPOKEN]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.usefixtures("opened_in")
def test_every_page_opens_for_everybody(path: str, language: str, console_page: OpenPage, axe: str) -> None:
    with console_page(address(path), language=language) as page:
        assert page.evaluate("document.documentElement.lang") == language
        assert page.locator("h1").count() == 1
        if language == "ja":
            assert foreign_words(page) == []
        assert complaints(page, axe) == []
        assert page.evaluate(STICKING_OUT) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate(STICKING_OUT) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/", "/ranks", "/import", "/segments/new"])
@pytest.mark.usefixtures("furnished")
def test_a_dark_page_is_as_readable(path: str, console_page: OpenPage, axe: str) -> None:
    with console_page(path, is_dark=True) as page:
        assert complaints(page, axe) == []


def test_the_menu_opens_on_a_phone_by_keyboard(console_page: OpenPage) -> None:
    with console_page("/", language="en", width=390) as page:
        assert not page.get_by_role("link", name="Segments").is_visible()
        page.get_by_role("button", name="Menu").focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Segments").click()
        page.wait_for_url("**/segments")


def _plain(text: str) -> str:
    """Return the text without addresses, file names and what stands between quotation marks."""
    return re.sub(
        r"\S+@\S+|https?://\S+|「[^」]*」|“[^”]*”|\b[\w.-]+\.[a-z]{2,5}\b|\{\{.*?\}\}|tenshu [a-z -]+", " ", text
    )


def test_samples_are_of_addresses_that_exist() -> None:
    names = {name for page in all_pages() for name in NAMES.findall(page.path)}
    told = {key if isinstance(key, str) else key[1] for key in SAMPLES}
    assert told <= names
    assert {page.path for page in all_pages()} >= FILES | DOORS
