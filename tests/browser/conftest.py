"""A real Chromium against the real server; what is missing on the machine is said, not skipped over."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from starlette.applications import Starlette

from tenshu.bootstrap import Shop
from tenshu.staff.person import Person
from tenshu.testing.small_shop import open_small_shop
from tenshu.web.app import make_app
from tenshu.web.pages import STATIC
from tenshu.web.server import serve_app
from tests.house.tree import ROOT
from tests.unit.web.cast import open_test_shop, sample_report
from tests.unit.web.gates import LocalGate, OpenGate

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LOCALES: Final = {"ja": "ja-JP", "en": "en-GB"}

OpenPage = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, for one module: while it is open its event loop runs in the main thread."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("The browser tests need Chromium, and this machine has none. Install it: apt-get install chromium")
    if not STATIC.joinpath("vendor", "tabler.min.css").is_file():
        pytest.fail("The browser assets are not built. Build them: python scripts/build_assets.py")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serving(shop: Shop, *, is_empty: bool = False) -> Iterator[str]:
    """Serve the shop on a free port; yield the address."""
    app = make_app(shop, report=None if is_empty else sample_report, gate=LocalGate(shop))
    with answering(app) as url:
        yield url


@contextmanager
def answering(app: Starlette) -> Iterator[str]:
    """Serve the application on a free port; yield the address."""
    stop, ready, found = threading.Event(), threading.Event(), list[str]()

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    given = {"port": 0, "on_ready": on_ready, "stop": stop}
    thread = threading.Thread(target=serve_app, args=(app,), kwargs=given)
    thread.start()
    try:
        assert ready.wait(30), "the server never said that it is ready"
        yield found[0]
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture(scope="session")
def served_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop behind the pages."""
    return open_test_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def address(served_shop: Shop) -> Iterator[str]:
    """Where the shop with a full report is served."""
    with serving(served_shop) as url:
        yield url


@pytest.fixture(scope="session")
def empty_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a fresh shop is served."""
    with serving(open_test_shop(tmp_path_factory.mktemp("fresh")), is_empty=True) as url:
        yield url


@pytest.fixture
def open_page(chromium: Browser) -> OpenPage:
    """Open an address as one would on a desk or a phone; any complaint of the browser fails the test."""

    @contextmanager
    def opened(
        url: str,
        *,
        language: str = "ja",
        width: int = 1280,
        is_dark: bool = False,
        has_script: bool = True,
        expected: str = "no complaint at all",
    ) -> Iterator[Page]:
        context: BrowserContext = chromium.new_context(
            locale=LOCALES[language],
            timezone_id="Asia/Tokyo",
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if is_dark else "light",
            java_script_enabled=has_script,
        )
        page, complaints, foreign = context.new_page(), list[str](), list[str]()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on("request", lambda sent: foreign.append(sent.url) if not sent.url.startswith(_host(url)) else None)
        page.goto(url, wait_until="load")
        yield page
        context.close()
        assert not [complaint for complaint in complaints if expected not in complaint], complaints
        assert not [sent for sent in foreign if not sent.startswith("data:")], foreign

    return opened


def _host(url: str) -> str:
    return "/".join(url.split("/")[:3])


@pytest.fixture(scope="module")
def console_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A small shop with a cast, for a module's pages."""
    shop, _clock = open_small_shop(tmp_path_factory.mktemp("console"), people=30)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def console_address(console_shop: Shop) -> Iterator[str]:
    """Where its console is served to an owner who is signed in."""
    person = Person(id=1, name="山田花子", email="owner@example.com", role="owner")
    with answering(make_app(console_shop, gate=OpenGate(person))) as url:
        yield url


@pytest.fixture
def console_page(open_page: OpenPage, console_address: str) -> OpenPage:
    """Open a page of the console by its path, as `open_page` does by its address."""
    return lambda path, **how: open_page(console_address + path, **how)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that judges whether everybody can use a page (axe-core, from npm)."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.fail("axe-core is not there. Bring it: python scripts/build_assets.py --force")
    return path.read_text("utf-8")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where a test may leave pictures."""
    return tmp_path
